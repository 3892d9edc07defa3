package conn

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// hookLog gathers what all hooks are told.
type hookLog struct {
	mu     sync.Mutex
	events []any
}

func (l *hookLog) add(e any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *hookLog) hooks() Hooks {
	return Hooks{
		Connect:    func(e ConnectEvent) { l.add(e) },
		Disconnect: func(e DisconnectEvent) { l.add(e) },
		Written:    func(e WrittenEvent) { l.add(e) },
		Read:       func(e ReadEvent) { l.add(e) },
		Throttled:  func(e ThrottledEvent) { l.add(e) },
	}
}

func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written, read int
		b := newFakeBroker(t,
			func(*peer) {}, // closes
			func(*peer) {},
			func(*peer) {},
			func(*peer) {},
			func(p *peer) {
				p.hello(allAPIs())
				req := p.next()
				pass(2 * time.Second)
				frame := p.frame(req, &protocol.HeartbeatResponse{ThrottleTimeMs: 5000})
				read = len(frame)
				p.write(frame)
				pass(time.Second)
			})
		var log hookLog
		cfg := b.config()
		cfg.Hooks = log.hooks()
		cfg.APIVersion = "" // asked for
		broker := NewBroker(7, "broker:9092", cfg)
		defer broker.Close()
		var c *Conn
		for c == nil {
			c, _ = broker.Conn(t.Context())
		}
		synctest.Wait()
		first := log.events[0].(ConnectEvent)
		if e := (*Error)(nil); !errors.As(first.Err, &e) || first.NodeID != 7 || first.Addr != "broker:9092" {
			t.Errorf("the first attempt: %+v", first)
		}
		connected := slices.IndexFunc(log.events, func(e any) bool { c, ok := e.(ConnectEvent); return ok && c.Err == nil })
		log.events = log.events[connected:]
		if e := log.events[0].(ConnectEvent); e.Remote != "pipe" || e.NodeID != 7 {
			t.Errorf("connected: %+v", e)
		}
		log.events = nil
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		synctest.Wait()
		version, _ := c.Version(protocol.Heartbeat)
		at := Peer{7, "broker:9092"}
		ended, ok := log.events[len(log.events)-1].(DisconnectEvent)
		if !ok || !errors.Is(ended.Err, ErrDisconnected) || ended.Lived != 3*time.Second || ended.Peer != at {
			t.Errorf("ended: %+v", log.events[len(log.events)-1])
		}
		if w, ok := log.events[0].(WrittenEvent); ok {
			written = w.Bytes
		}
		want := []any{
			WrittenEvent{at, protocol.Heartbeat, version, written, 0},
			ReadEvent{at, protocol.Heartbeat, version, read, 2 * time.Second},
			ThrottledEvent{at, protocol.Heartbeat, version, 5 * time.Second},
		}
		if got := log.events[:len(log.events)-1]; !slices.Equal(got, want) || written < 20 {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// Requests and responses cost no allocation more with hooks than without.
func TestHooksDoNotAllocate(t *testing.T) {
	var events int
	measure := func(h Hooks) float64 {
		c, err := Dial(t.Context(), echoBroker(t, &protocol.HeartbeatResponse{}, 4), Config{Hooks: h})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		req, done := heartbeat(1), make(chan *Call, 1)
		return testing.AllocsPerRun(2000, func() {
			c.Go(req, 0, done)
			if call := <-done; call.Err != nil {
				t.Fatal(call.Err)
			}
		})
	}
	without := measure(Hooks{})
	var mu sync.Mutex
	count := func() { mu.Lock(); events++; mu.Unlock() }
	with := measure(Hooks{Written: func(WrittenEvent) { count() }, Read: func(ReadEvent) { count() }})
	if with > without || events < 4000 {
		t.Errorf("%v allocations without hooks, %v with them, which had %d events", without, with, events)
	}
}
