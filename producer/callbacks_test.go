package producer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// calls collects what callbacks were called with.
type calls struct {
	mu   sync.Mutex
	list []string
}

func (c *calls) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

func (c *calls) want(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.list, want) {
		t.Errorf("callbacks: %q, want %q", c.list, want)
	}
}

func (c *calls) note(name string) func(Metadata, error) {
	return func(m Metadata, err error) {
		if err != nil {
			c.add("%s failed", name)
			return
		}
		c.add("%s at %d", name, m.Offset)
	}
}

// Callbacks come in the order of the records, whatever the order in which they
// were set, once each, before the outcome and after.
func TestCallbacksInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, got := newBench(t), &calls{}
		futures, batches := b.fly(2)
		more := Future{batch: batches[0], index: 1}
		batches[0].builder.Append(batches[0].builder.Need(1, &record.Record{}), &record.Record{})
		futures[1].OnDone(got.note("third"))
		more.OnDone(got.note("second"))
		futures[0].OnDone(got.note("first"))
		futures[0].OnDone(got.note("first again"))
		synctest.Wait()
		got.want(t)
		b.pt.settle(batches[0], written(10))
		b.pt.settle(batches[1], refusal(protocol.ErrInvalidRecord))
		futures[0].OnDone(got.note("late"))
		synctest.Wait()
		got.want(t, "first at 10", "first again at 10", "second at 11", "third failed", "late at 10")
	})
}

// A batch that was split has its callbacks called when both halves have an
// outcome.
func TestCallbacksOfSplitBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, got := newBench(t), &calls{}
		futures := b.sendMany(2)
		for i, f := range futures {
			f.OnDone(got.note(fmt.Sprint(i)))
		}
		b.pt.settle(b.take(), refusal(protocol.ErrMessageTooLarge))
		b.pt.settle(b.take(), written(5))
		b.pt.settle(b.take(), written(9))
		synctest.Wait()
		got.want(t, "0 at 5", "1 at 9")
	})
}

// A callback that panics, or ends its goroutine, is logged and does not keep the
// others from being called.
func TestCallbackPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, got := newOldBroker(3), &calls{}
		p := b.producer(t, codec.None)
		for i, fn := range []func(Metadata, error){
			func(Metadata, error) { panic("ouch") },
			func(Metadata, error) { runtime.Goexit() },
			got.note("last"),
		} {
			f, err := p.Send(t.Context(), record.Record{Topic: "t"})
			if err != nil {
				t.Fatal(i, err)
			}
			f.OnDone(fn)
		}
		if err := p.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(got.list) != 1 {
			t.Errorf("called: %q, want the last", got.list)
		}
		if log := strings.Join(b.warnings, "\n"); !strings.Contains(log, "callback") {
			t.Errorf("logged: %q", log)
		}
	})
}

// A callback may send, flush and close; Close from elsewhere waits for all
// callbacks.
func TestCallbackUsesProducer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, got := newOldBroker(3), &calls{}
		p := b.producer(t, codec.None)
		send := func(ctx context.Context, then func(Metadata, error)) {
			f, err := p.Send(ctx, record.Record{Topic: "t"})
			if err != nil {
				t.Error(err)
				return
			}
			f.OnDone(then)
		}
		ctx := context.Background()
		send(ctx, func(Metadata, error) {
			send(ctx, func(Metadata, error) {
				got.add("sent by a callback")
				if err := p.Flush(ctx); err != nil {
					t.Error(err)
				}
				if err := p.Close(ctx); err != nil {
					t.Error(err)
				}
				got.add("closed by a callback")
			})
		})
		synctest.Wait()
		got.want(t, "sent by a callback", "closed by a callback")
		if _, err := p.Send(ctx, record.Record{Topic: "t"}); !errors.Is(err, ErrClosed) {
			t.Errorf("Send after that: %v", err)
		}
	})
}

// Flush returns after the callbacks; one that hangs is waited for as long as the
// context says.
func TestFlushWaitsForCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, hang := newOldBroker(3), make(chan struct{})
		p := b.producer(t, codec.None)
		f, err := p.Send(t.Context(), record.Record{Topic: "t"})
		if err != nil {
			t.Fatal(err)
		}
		f.OnDone(func(Metadata, error) { <-hang })
		flushed := make(chan error, 1)
		go func() { flushed <- p.Flush(context.Background()) }()
		synctest.Wait()
		select {
		case err := <-flushed:
			t.Errorf("Flush returned %v while a callback ran", err)
		default:
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Flush(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Flush with an ended context: %v", err)
		}
		close(hang)
		if err := <-flushed; err != nil {
			t.Error(err)
		}
	})
}
