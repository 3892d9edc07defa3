package protocol

import (
	"errors"
	"fmt"
	"strings"
)

// BrokerError is an error code that a broker answered with, and where. It wraps
// the code, so that errors.Is(err, protocol.ErrNotLeaderForPartition) works.
type BrokerError struct {
	// Code is what the broker answered; never ErrNone.
	Code ErrorCode
	// Broker is the host:port that answered, empty if not known.
	Broker string
	// API that was called.
	API APIKey
	// Topic is empty if the error is not one of a topic.
	Topic string
	// Partition is -1 if the error is not one of a partition.
	Partition int32
	// Message is the broker's own text, often empty.
	Message string
}

// Error tells the code, the broker's text, the API, the partition and the
// broker; and where a permission is missing, which.
func (e *BrokerError) Error() string {
	var b strings.Builder
	b.WriteString(e.API.String())
	switch {
	case e.Topic != "" && e.Partition >= 0:
		fmt.Fprintf(&b, " %s-%d", e.Topic, e.Partition)
	case e.Topic != "":
		b.WriteString(" " + e.Topic)
	}
	if e.Broker != "" {
		b.WriteString(" at " + e.Broker)
	}
	b.WriteString(": " + e.Code.Error())
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if need := e.permission(); need != "" {
		b.WriteString(" (an ACL must allow the client's principal " + need + ": see kafka-acls --add --allow-principal)")
	}
	return b.String()
}

// topicOperations are what APIs need to be allowed on a topic, as the documentation
// of Kafka's authorization lists them.
var topicOperations = map[APIKey]string{
	Produce: "WRITE", AddPartitionsToTxn: "WRITE",
	Fetch: "READ", OffsetCommit: "READ", TxnOffsetCommit: "READ", ShareFetch: "READ",
	Metadata: "DESCRIBE", ListOffsets: "DESCRIBE", OffsetFetch: "DESCRIBE", OffsetForLeaderEpoch: "DESCRIBE",
	CreateTopics: "CREATE", DeleteTopics: "DELETE", DeleteRecords: "DELETE", CreatePartitions: "ALTER",
}

// permission is what the broker misses, empty if it is not that.
func (e *BrokerError) permission() string {
	switch e.Code {
	case ErrTopicAuthorizationFailed:
		if op, ok := topicOperations[e.API]; ok {
			return op + " on the topic"
		}
		return "more on the topic"
	case ErrClusterAuthorizationFailed:
		return "more on the cluster"
	case ErrTransactionalIDAuthorizationFailed:
		return "WRITE on the transactional id"
	}
	return ""
}

// Unwrap returns the code.
func (e *BrokerError) Unwrap() error { return e.Code }

// Retriable tells whether the same request may succeed later.
func (e *BrokerError) Retriable() bool { return e.Code.Retriable() }

// CodeOf returns the broker's code that err is or wraps, ErrNone if there is none.
func CodeOf(err error) ErrorCode {
	var code ErrorCode
	if errors.As(err, &code) {
		return code
	}
	return ErrNone
}
