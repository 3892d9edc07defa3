package producer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/record"
)

type order struct {
	ID    string
	Cents int
}

func TestTyped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		b.partitions = 3
		p := b.configured(t, Config{})
		topicKey := func(topic string, id int) ([]byte, error) { return fmt.Appendf(nil, "%s/%d", topic, id), nil }
		orders := NewTyped(p, topicKey, JSON[*order])
		m := Message[int, *order]{
			Topic: "orders", Key: 7, Value: &order{ID: "x", Cents: 3},
			Headers: []record.Header{{Key: "h", Value: []byte("v")}}, Timestamp: time.UnixMilli(1700000000123),
		}
		if _, err := orders.SendSync(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		f, err := orders.SendTo(t.Context(), 2, m)
		if err != nil {
			t.Fatal(err)
		}
		if at, err := f.Get(t.Context()); err != nil || at.Partition != 2 || !at.Timestamp.Equal(m.Timestamp) {
			t.Errorf("sent to partition 2: %v, %v", at, err)
		}
		for _, set := range b.sets() {
			_, list := read(t, set)
			if len(list) != 1 || string(list[0].Key) != "orders/7" || string(list[0].Value) != `{"ID":"x","Cents":3}` ||
				fmt.Sprint(list[0].Headers) != fmt.Sprint(m.Headers) || !list[0].Timestamp.Equal(m.Timestamp) {
				t.Errorf("written: %+v", list)
			}
		}
	})
}

// recorder collects what it is sent, in place of a producer.
type recorder []record.Record

func (r *recorder) Send(_ context.Context, rec record.Record) (Future, error) {
	*r = append(*r, rec)
	return Future{}, nil
}

func (r *recorder) SendTo(ctx context.Context, _ int32, rec record.Record) (Future, error) {
	return r.Send(ctx, rec)
}

func TestTypedNulls(t *testing.T) {
	var sent recorder
	texts := NewTyped[string](&sent, nil, String)
	if _, err := texts.Send(t.Context(), Message[string, string]{Key: "dropped"}); err != nil {
		t.Fatal(err)
	}
	tombstones := NewTyped(&sent, Bytes, Bytes)
	if _, err := tombstones.Send(t.Context(), Message[[]byte, []byte]{Key: []byte("k")}); err != nil {
		t.Fatal(err)
	}
	if sent[0].Key != nil || sent[0].Value == nil || len(sent[0].Value) != 0 {
		t.Errorf("without a serializer of keys, and with an empty text: %+v", sent[0])
	}
	if string(sent[1].Key) != "k" || sent[1].Value != nil {
		t.Errorf("a tombstone: %+v", sent[1])
	}
}

// What cannot be serialized is not sent, and the error says what it is.
func TestSerializationError(t *testing.T) {
	var sent recorder
	orders := NewTyped(&sent, String, JSON[func()])
	_, err := orders.Send(t.Context(), Message[string, func()]{Topic: "orders", Value: func() {}})
	var wrong *SerializationError
	var cause *json.UnsupportedTypeError
	if !errors.As(err, &wrong) || wrong.Part != "value" || wrong.Topic != "orders" || !errors.As(err, &cause) || len(sent) != 0 {
		t.Errorf("%v, sent %v", err, sent)
	}
	refused := errors.New("no")
	keys := NewTyped(&sent, func(string, int) ([]byte, error) { return nil, refused }, Bytes)
	if _, err := keys.SendTo(t.Context(), 1, Message[int, []byte]{}); !errors.As(err, &wrong) || wrong.Part != "key" || !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
}
