package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/barnabas-go/kafka/record"
)

// Deserializer makes a key or a value of its bytes in a record of a topic. Nil
// bytes are null: as a value, a tombstone. They alias memory that the record
// shares with others: what is kept of them keeps that.
type Deserializer[T any] func(topic string, b []byte) (T, error)

// Bytes hands out bytes as they are.
func Bytes(_ string, b []byte) ([]byte, error) { return b, nil }

// String makes a string of bytes; of null, an empty one.
func String(_ string, b []byte) (string, error) { return string(b), nil }

// JSON reads values as encoding/json does; null bytes are the zero value.
func JSON[T any](_ string, b []byte) (v T, err error) {
	if b != nil {
		err = json.Unmarshal(b, &v)
	}
	return v, err
}

// Message is a record whose key and value are read.
type Message[K, V any] struct {
	// Record is the record as it came: topic, partition, offset, timestamp,
	// headers, and the bytes of key and value.
	record.Record
	Key   K
	Value V
}

// Typed reads messages by a Consumer. It costs nothing: make one where it is
// handy.
type Typed[K, V any] struct {
	consumer *Consumer
	key      Deserializer[K]
	value    Deserializer[V]
}

// NewTyped returns a Typed with the given deserializers. A nil one leaves all keys,
// or values, zero.
//
//	orders := consumer.NewTyped(c, consumer.String, consumer.JSON[Order])
//	for m, err := range orders.Records(ctx) { ... m.Value.Total ... }
func NewTyped[K, V any](c *Consumer, key Deserializer[K], value Deserializer[V]) *Typed[K, V] {
	return &Typed[K, V]{c, key, value}
}

// Records returns messages as [Consumer.Records] does records. An error may be a
// [*DeserializationError], too: the loop may go on, with the next record.
func (t *Typed[K, V]) Records(ctx context.Context) iter.Seq2[Message[K, V], error] {
	return func(yield func(Message[K, V], error) bool) {
		for rec, err := range t.consumer.Records(ctx) {
			m := Message[K, V]{Record: rec}
			if err == nil {
				err = t.read(&m)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// Poll waits for records as [Consumer.Poll] does, and returns those that can be
// read. The error joins a [*DeserializationError] for each of the others; without
// such, it is that of Consumer.Poll. Poll may be called again after it.
func (t *Typed[K, V]) Poll(ctx context.Context) ([]Message[K, V], error) {
	records, err := t.consumer.Poll(ctx)
	if err != nil {
		return nil, err
	}
	messages := make([]Message[K, V], 0, len(records))
	var errs []error
	for i := range records {
		m := Message[K, V]{Record: records[i]}
		if err := t.read(&m); err != nil {
			errs = append(errs, err)
			continue
		}
		messages = append(messages, m)
	}
	return messages, errors.Join(errs...)
}

func (t *Typed[K, V]) read(m *Message[K, V]) (err error) {
	if m.Key, err = deserialize("key", t.key, &m.Record, m.Record.Key); err == nil {
		m.Value, err = deserialize("value", t.value, &m.Record, m.Record.Value)
	}
	return err
}

func deserialize[T any](part string, d Deserializer[T], rec *record.Record, b []byte) (v T, err error) {
	if d == nil {
		return v, nil
	}
	if v, err = d(rec.Topic, b); err != nil {
		return v, &DeserializationError{Record: *rec, Part: part, Err: err}
	}
	return v, nil
}

// DeserializationError tells that a [Deserializer] refused a key or a value.
type DeserializationError struct {
	// Record is the record as it came.
	Record record.Record
	Part   string // "key" or "value"
	Err    error
}

// Error names the part, the record and the deserializer's reason.
func (e *DeserializationError) Error() string {
	return fmt.Sprintf("deserialize the %s of the record at offset %d of %s: %v", e.Part, e.Record.Offset,
		TopicPartition{Topic: e.Record.Topic, Partition: e.Record.Partition}, e.Err)
}

// Unwrap returns the deserializer's error.
func (e *DeserializationError) Unwrap() error { return e.Err }
