package producer

import (
	"errors"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// ErrClosed is what Send fails with on a closed producer, and what becomes of
// records that were not acknowledged when the context of Close ended.
var ErrClosed = errors.New("producer is closed")

// ErrBufferFull is wrapped by the error of a Send that found no buffer memory
// within Config.MaxBlock.
var ErrBufferFull = errors.New("producer buffer is full")

// RecordTooLargeError tells that a record was refused because it is larger than
// a setting allows.
type RecordTooLargeError struct {
	Topic string
	// Size is what the record takes in a batch, in bytes, before compression.
	Size int
	// Limit in bytes, and the Setting that says so.
	Limit   int
	Setting string
}

// Error names the sizes and the setting to raise.
func (e *RecordTooLargeError) Error() string {
	return fmt.Sprintf("record of %d bytes for topic %s is larger than %s, which is %d: raise it (and the broker's message.max.bytes or the topic's max.message.bytes), or send less",
		e.Size, e.Topic, e.Setting, e.Limit)
}

// DeliveryError tells that a record was accepted and then not acknowledged.
type DeliveryError struct {
	// Partition it was for.
	Partition cluster.TopicPartition
	// Attempts is how often it was sent.
	Attempts int
	// Waited is the time since it was accepted.
	Waited time.Duration
	// PossiblyWritten tells that the broker may have it all the same: it was
	// sent, and no answer came.
	PossiblyWritten bool
	// TimedOut tells that Config.DeliveryTimeout ended it.
	TimedOut bool
	// Err is the reason of the last failure; nil if it was never sent.
	Err error
}

// Error tells the partition, what was tried, why it failed last, and what to do.
func (e *DeliveryError) Error() string {
	s := fmt.Sprintf("record for %s was not delivered", e.Partition)
	if e.TimedOut {
		s += fmt.Sprintf(" within DeliveryTimeout (delivery.timeout.ms), after %v", e.Waited.Round(time.Millisecond))
	}
	if e.Attempts > 0 {
		s += fmt.Sprintf(", sent %d times", e.Attempts)
	}
	if e.PossiblyWritten {
		s += ", the broker may have it"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if errors.Is(e.Err, protocol.ErrMessageTooLarge) {
		s += ": raise the topic's max.message.bytes (the broker's message.max.bytes), or send less"
	}
	return s
}

// Unwrap returns the reason of the last failure.
func (e *DeliveryError) Unwrap() error { return e.Err }

// UnknownPartitionError tells that [Producer.SendTo] was given a partition that
// its topic does not have.
type UnknownPartitionError struct {
	Topic     string
	Partition int32
	// Partitions is how many the topic has.
	Partitions int
}

// Error names the topic, the partition, and those that there are.
func (e *UnknownPartitionError) Error() string {
	return fmt.Sprintf("topic %q has no partition %d: its partitions are 0 to %d", e.Topic, e.Partition, e.Partitions-1)
}
