package producer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// Serializer makes the bytes of a key or of a value for a topic. Nil bytes are
// null: as a value, a tombstone. It must be safe for concurrent use.
type Serializer[T any] func(topic string, v T) ([]byte, error)

// Bytes sends bytes as they are.
func Bytes(_ string, v []byte) ([]byte, error) { return v, nil }

// String sends the bytes of a string.
func String(_ string, v string) ([]byte, error) { return []byte(v), nil }

// JSON sends values as encoding/json writes them.
func JSON[T any](_ string, v T) ([]byte, error) { return json.Marshal(v) }

// Sender is what takes records: a [Producer], or the [Tx] of a transaction.
type Sender interface {
	Send(ctx context.Context, rec record.Record) (Future, error)
	SendTo(ctx context.Context, partition int32, rec record.Record) (Future, error)
}

// Message is a record whose key and value are not bytes yet.
type Message[K, V any] struct {
	Topic     string
	Key       K
	Value     V
	Headers   []record.Header
	Timestamp time.Time // zero for now
}

// Typed sends messages by a Sender. It is safe for concurrent use if that is,
// and costs nothing: make one where it is handy.
type Typed[K, V any] struct {
	sender Sender
	key    Serializer[K]
	value  Serializer[V]
}

// NewTyped returns a Typed with the given serializers. A nil one makes null of
// all keys, or values.
//
//	orders := producer.NewTyped(p, producer.String, producer.JSON[Order])
//	_, err := orders.Send(ctx, producer.Message[string, Order]{Topic: "orders", Key: o.ID, Value: o})
func NewTyped[K, V any](s Sender, key Serializer[K], value Serializer[V]) *Typed[K, V] {
	return &Typed[K, V]{s, key, value}
}

// Send serializes a message and sends it as [Producer.Send] does. The error is
// that, or a [*SerializationError].
func (t *Typed[K, V]) Send(ctx context.Context, m Message[K, V]) (Future, error) {
	rec, err := t.record(&m)
	if err != nil {
		return Future{}, err
	}
	return t.sender.Send(ctx, rec)
}

// SendTo serializes a message and sends it to a partition as [Producer.SendTo]
// does. The error is that, or a [*SerializationError].
func (t *Typed[K, V]) SendTo(ctx context.Context, partition int32, m Message[K, V]) (Future, error) {
	rec, err := t.record(&m)
	if err != nil {
		return Future{}, err
	}
	return t.sender.SendTo(ctx, partition, rec)
}

// SendSync sends a message and waits until it is acknowledged.
func (t *Typed[K, V]) SendSync(ctx context.Context, m Message[K, V]) (Metadata, error) {
	f, err := t.Send(ctx, m)
	if err != nil {
		return Metadata{}, err
	}
	return f.Get(ctx)
}

func (t *Typed[K, V]) record(m *Message[K, V]) (record.Record, error) {
	rec := record.Record{Topic: m.Topic, Headers: m.Headers, Timestamp: m.Timestamp}
	var err error
	if rec.Key, err = serialize("key", m.Topic, t.key, m.Key); err != nil {
		return rec, err
	}
	rec.Value, err = serialize("value", m.Topic, t.value, m.Value)
	return rec, err
}

func serialize[T any](part, topic string, s Serializer[T], v T) ([]byte, error) {
	if s == nil {
		return nil, nil
	}
	b, err := s(topic, v)
	if err != nil {
		return nil, &SerializationError{Topic: topic, Part: part, Err: err}
	}
	return b, nil
}

// SerializationError tells that a [Serializer] refused a key or a value. Nothing
// was sent.
type SerializationError struct {
	Topic string
	Part  string // "key" or "value"
	Err   error
}

// Error names the part, the topic and the serializer's reason.
func (e *SerializationError) Error() string {
	return fmt.Sprintf("serialize the %s of a record for topic %q: %v", e.Part, e.Topic, e.Err)
}

// Unwrap returns the serializer's error.
func (e *SerializationError) Unwrap() error { return e.Err }
