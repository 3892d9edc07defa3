package consumer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

var (
	// ErrClosed is what calls on a closed Consumer fail with.
	ErrClosed = errors.New("consumer is closed")
	// ErrConcurrentPoll is what Poll fails with while another Poll, or a loop over
	// Records, is under way.
	ErrConcurrentPoll = errors.New("another Poll or loop over Records of this consumer is under way: records are handed out to one of them at a time")
	// ErrNotSubscribed is what Poll fails with if there is nothing to read from.
	ErrNotSubscribed = errors.New("consumer has no subscription and no assignment: call Subscribe, SubscribePattern or Assign first")
	// ErrNoGroup is what commits fail with if Config.GroupID is empty.
	ErrNoGroup = errors.New("consumer has no group: set GroupID (group.id) to commit offsets or to read committed ones")
)

// SubscriptionError is a call that the consumer's way of getting partitions does
// not allow: Subscribe, SubscribePattern and Assign exclude each other.
type SubscriptionError struct {
	// Call is the method that was called.
	Call string
	// Current is the method that the consumer gets its partitions by.
	Current string
}

// Error names the calls and the way out.
func (e *SubscriptionError) Error() string {
	return fmt.Sprintf("%s: the consumer gets its partitions by %s: call Unsubscribe first", e.Call, e.Current)
}

// NotAssignedError is a call for partitions that are not assigned to the
// consumer.
type NotAssignedError struct {
	// Call is the method that was called.
	Call string
	// Partition is the first that is not assigned.
	Partition TopicPartition
}

// Error names the call and the partition.
func (e *NotAssignedError) Error() string {
	return fmt.Sprintf("%s: partition %s is not assigned to this consumer", e.Call, e.Partition)
}

// TopicNameError is a name that no topic can have.
type TopicNameError struct {
	Name   string
	Reason string
}

// Error tells the name and what is wrong with it.
func (e *TopicNameError) Error() string {
	return fmt.Sprintf("topic name %q: %s", e.Name, e.Reason)
}

// NoOffsetError tells that there is no position to start from: the group has no
// committed offset for the partitions, and AutoOffsetReset is ResetNone.
type NoOffsetError struct {
	Partitions []TopicPartition
	// Group is empty for a consumer without one.
	Group string
}

// Error names the partitions and what to do.
func (e *NoOffsetError) Error() string {
	where := "there is no group"
	if e.Group != "" {
		where = fmt.Sprintf("group %s has no committed offset", e.Group)
	}
	return fmt.Sprintf("no position for %s: %s, and AutoOffsetReset (auto.offset.reset) is ResetNone: call Seek, SeekToBeginning or SeekToEnd",
		joinPartitions(e.Partitions), where)
}

// OffsetOutOfRangeError tells that a broker has no record at a position, and
// AutoOffsetReset is ResetNone: records were deleted before they were read, or
// the log has become shorter.
type OffsetOutOfRangeError struct {
	Partition TopicPartition
	// Offset is the position.
	Offset int64
}

// Error names the partition, the offset and what to do.
func (e *OffsetOutOfRangeError) Error() string {
	return fmt.Sprintf("position %d of %s is out of range, and AutoOffsetReset (auto.offset.reset) is ResetNone: call Seek, SeekToBeginning or SeekToEnd",
		e.Offset, e.Partition)
}

// LogTruncationError tells that records which were read are not in the log any
// more, and others are or will be in their place: a leader was elected that did
// not have them (KIP-320). It comes where AutoOffsetReset is ResetNone; otherwise
// the position is set to To, and that is logged.
type LogTruncationError struct {
	Partition TopicPartition
	// From is the position.
	From int64
	// To is the first offset where the log may differ from what was read, -1 if
	// the leader does not know.
	To int64
	// Epoch is the leader epoch of the records before To, -1 if not known.
	Epoch int32
}

// Error names the partition, both offsets and what to do.
func (e *LogTruncationError) Error() string {
	return fmt.Sprintf("the log of %s was truncated: what was read from offset %d to the position %d is gone, and AutoOffsetReset (auto.offset.reset) is ResetNone: call Seek, SeekToBeginning or SeekToEnd",
		e.Partition, e.To, e.From)
}

// CorruptBatchError is a batch that cannot be read, for its checksum, its
// compression or its contents. It wraps the [*record.CorruptError], which has the
// bytes. What becomes of the position is told at [CorruptBatchPolicy].
type CorruptBatchError struct {
	Partition TopicPartition
	*record.CorruptError
}

// Error names the partition, the offsets, what is wrong and how to go on.
func (e *CorruptBatchError) Error() string {
	return fmt.Sprintf("%s: %v; to skip it, seek to offset %d", e.Partition, e.CorruptError, e.LastOffset+1)
}

// Unwrap returns the [*record.CorruptError].
func (e *CorruptBatchError) Unwrap() error { return e.CorruptError }

// RecordTooLargeError tells that not one whole batch came in the answer to a
// fetch, as brokers before Kafka 0.10.1 have it for batches that are larger than
// the limit.
type RecordTooLargeError struct {
	Partition TopicPartition
	// Offset of the fetch.
	Offset int64
	// Limit is Config.MaxPartitionFetchBytes.
	Limit int
}

// Error names the partition, the offset and the limit to raise.
func (e *RecordTooLargeError) Error() string {
	return fmt.Sprintf("%s: the batch at offset %d is larger than MaxPartitionFetchBytes (max.partition.fetch.bytes) of %d: raise it, or seek past the batch",
		e.Partition, e.Offset, e.Limit)
}

// joinPartitions lists the first few of partitions.
func joinPartitions(list []TopicPartition) string {
	const most = 8
	var b strings.Builder
	for i, tp := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == most {
			fmt.Fprintf(&b, "and %d more", len(list)-most)
			break
		}
		b.WriteString(tp.String())
	}
	return b.String()
}

// permanent tells whether an error says of itself that trying again is of no use.
// A broker that has failed by surprise may do better the next time.
func permanent(err error) bool {
	var r interface{ Retriable() bool }
	return errors.As(err, &r) && !r.Retriable() && !errors.Is(err, protocol.ErrUnknownServerError)
}
