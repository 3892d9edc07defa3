package consumer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/record"
)

// number reads a decimal number.
func number(topic string, b []byte) (int, error) {
	if topic != "t" {
		return 0, fmt.Errorf("topic %q", topic)
	}
	return strconv.Atoi(string(b))
}

// What cannot be read is an error with the record, and reading goes on.
func TestTyped(t *testing.T) {
	for _, byPoll := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			k := newFakeKafka(t, 1)
			k.topic("t", 1)
			k.produce(tp(0), "1", "x", "3", "")
			c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, ConsumerTimeout: time.Second})
			must(t, c.Assign(tp(0)))
			typed := NewTyped(c, Bytes, number)
			sum := 0
			var failed []error
			if byPoll {
				messages, err := typed.Poll(t.Context())
				for _, m := range messages {
					sum += m.Value
				}
				failed = err.(interface{ Unwrap() []error }).Unwrap()
			} else {
				for m, err := range typed.Records(t.Context()) {
					if err != nil {
						failed = append(failed, err)
						continue
					}
					sum += m.Value
				}
			}
			if sum != 4 || len(failed) != 2 {
				t.Fatalf("sum %d, errors %v", sum, failed)
			}
			var e *DeserializationError
			if !errors.As(failed[0], &e) || e.Part != "value" || e.Record.Offset != 1 || string(e.Record.Value) != "x" ||
				!errors.Is(e, strconv.ErrSyntax) || !strings.Contains(e.Error(), "value of the record at offset 1 of t-0") {
				t.Errorf("%#v", failed[0])
			}
		})
	}
}

func TestDeserializers(t *testing.T) {
	type order struct{ ID string }
	if o, err := JSON[*order]("t", nil); o != nil || err != nil {
		t.Errorf("null is %v, %v", o, err)
	}
	if o, err := JSON[order]("t", []byte(`{"ID":"7"}`)); o.ID != "7" || err != nil {
		t.Errorf("%v, %v", o, err)
	}
	if _, err := JSON[order]("t", []byte{}); err == nil {
		t.Error("no bytes, which are not null, are an order")
	}
	if s, err := String("t", []byte("s")); s != "s" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
}

// Interceptors change what is handed out, in their order, and hear of all commits.
func TestInterceptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		add := func(s string) Interceptor {
			return Interceptor{OnConsume: func(rec *record.Record) { rec.Value = append(rec.Value[:len(rec.Value):len(rec.Value)], s...) }}
		}
		var outcomes []string
		heard := Interceptor{OnCommit: func(offsets map[TopicPartition]OffsetAndMetadata, err error) {
			outcomes = append(outcomes, fmt.Sprint(offsets[tp(0)].Offset, " ", err))
		}}
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 2, Interceptors: []Interceptor{add("1"), heard, add("2")}})
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "Poll", poll(t, c), []string{"0:0=a12", "0:1=b12"})
		for rec, err := range c.Records(t.Context()) {
			must(t, err)
			expect(t, "loop", show([]record.Record{rec}), []string{"0:2=c12"})
			break
		}
		must(t, c.Commit(t.Context()))
		g.commitErr = errors.New("no")
		must(t, c.CommitAsync(t.Context(), map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: 1}}, nil))
		synctest.Wait()
		g.commitErr = nil
		must(t, c.Seek(tp(0), 0))
		must(t, c.Close(t.Context()))
		expect(t, "commits", outcomes, []string{"3 <nil>", "1 no", "0 <nil>"})
	})
}
