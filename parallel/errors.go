package parallel

import (
	"fmt"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/record"
)

// HandlerError tells that Config.Handle has returned an error. The record is not
// committed.
type HandlerError struct {
	Record record.Record
	Err    error
}

// Error names the record and the handler's reason.
func (e *HandlerError) Error() string {
	return fmt.Sprintf("handle the record at offset %d of %s: %v", e.Record.Offset,
		cluster.TopicPartition{Topic: e.Record.Topic, Partition: e.Record.Partition}, e.Err)
}

// Unwrap returns the handler's error.
func (e *HandlerError) Unwrap() error { return e.Err }
