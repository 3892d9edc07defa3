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
// broker.
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
	return b.String()
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
