package conn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// refusingDialer refuses the first dials, and then leads to a broker.
type refusingDialer struct {
	refuse int
	dials  []time.Time
	broker *fakeBroker
}

func (d *refusingDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.dials = append(d.dials, time.Now())
	if len(d.dials) <= d.refuse {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	return d.broker.DialContext(ctx, network, address)
}

// newTestBroker returns a Broker, closed when the test ends.
func newTestBroker(t *testing.T, cfg Config) *Broker {
	b := NewBroker(3, "broker:9092", cfg)
	t.Cleanup(b.Close)
	return b
}

// However many ask for a connection, there is one dial.
func TestBrokerSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeBroker(t, modern(serve))
		b := newTestBroker(t, fake.config())
		type outcome struct {
			c   *Conn
			err error
		}
		got := make(chan outcome)
		for range 100 {
			go func() {
				c, err := b.Conn(t.Context())
				got <- outcome{c, err}
			}()
		}
		var first *Conn
		for range 100 {
			o := <-got
			if o.err != nil {
				t.Fatal(o.err)
			}
			if first == nil {
				first = o.c
			}
			if o.c != first {
				t.Error("not the same connection")
			}
		}
		if n := fake.dials.Load(); n != 1 {
			t.Errorf("%d dials", n)
		}
		if b.State() != StateConnected || b.ConnectionDelay() != math.MaxInt64 || b.BlackedOut() || b.Err() != nil || b.NodeID() != 3 {
			t.Errorf("state %v, delay %v, blacked out %v, err %v, node %d", b.State(), b.ConnectionDelay(), b.BlackedOut(), b.Err(), b.NodeID())
		}
		first.Go(heartbeat(1), 0, nil)
		if b.InFlight() != 1 {
			t.Errorf("%d in flight", b.InFlight())
		}
	})
}

// After n failures in a row, the next dial comes base·2^(n-1) later, at most
// max, ±20 %; an answered request ends the row.
func TestBrokerBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeBroker(t, modern(func(p *peer) { p.reply(p.next(), &protocol.HeartbeatResponse{}) }))
		d := &refusingDialer{refuse: 7, broker: fake}
		cfg := fake.config()
		cfg.Dialer = d
		b := newTestBroker(t, cfg)
		for i := range d.refuse {
			_, err := b.Conn(t.Context())
			if !errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatal(err)
			}
			delay := b.ConnectionDelay()
			want := min(50<<i, 1000) * int(time.Millisecond)
			if f := float64(delay) / float64(want); f < 0.8 || f > 1.2 {
				t.Errorf("delay %v after failure %d, want %v ±20 %%", delay, i+1, time.Duration(want))
			}
			if !b.BlackedOut() || b.State() != StateDisconnected || !errors.Is(b.Err(), syscall.ECONNREFUSED) {
				t.Errorf("state %v, blacked out %v, err %v", b.State(), b.BlackedOut(), b.Err())
			}
		}
		delay, asked := b.ConnectionDelay(), time.Now()
		c, err := b.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(asked); waited != delay {
			t.Errorf("dialled after %v, want %v", waited, delay)
		}
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Fatal(err)
		}
		<-c.Done() // closed by the broker
		synctest.Wait()
		if delay := b.ConnectionDelay(); delay < 40*time.Millisecond || delay > 60*time.Millisecond || !errors.Is(b.Err(), ErrDisconnected) {
			t.Errorf("delay %v after a connection that worked: %v", delay, b.Err())
		}
	})
}

// A listener that accepts and then drops is not dialled without end.
func TestBrokerFlapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeBroker(t, modern(func(p *peer) { p.next() }))
		b := newTestBroker(t, fake.config())
		for range 10 {
			c, err := b.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Do(t.Context(), heartbeat(1)); !errors.Is(err, ErrDisconnected) {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if delay := b.ConnectionDelay(); delay < 800*time.Millisecond {
			t.Errorf("delay %v after ten connections that were dropped", delay)
		}
	})
}

// After an idle close, a new connection comes without delay.
func TestBrokerRedialsAfterIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeBroker(t, modern(serve))
		b := newTestBroker(t, fake.config())
		first, err := b.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		<-first.Done()
		start := time.Now()
		second, err := b.Conn(t.Context())
		if err != nil || second == first || time.Since(start) != 0 {
			t.Errorf("same %v, err %v, after %v", second == first, err, time.Since(start))
		}
		if _, err := second.Do(t.Context(), heartbeat(1)); err != nil {
			t.Error(err)
		}
	})
}

func TestBrokerStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeBroker(t, modern(func(p *peer) { p.next() }), modern(serve))
		d := &refusingDialer{refuse: 1, broker: fake}
		cfg := fake.config()
		cfg.Dialer = d
		var b *Broker
		var got []string
		cfg.OnStateChange = func(s StateChange) {
			b.State() // may be called
			got = append(got, fmt.Sprintf("%v to %v", s.From, s.To))
			if s.NodeID != 3 || s.Addr != "broker:9092" || (s.Err != nil) != (s.To == StateDisconnected) {
				t.Errorf("%+v", s)
			}
		}
		b = newTestBroker(t, cfg)
		if _, err := b.Conn(t.Context()); err == nil {
			t.Error("the first dial succeeded")
		}
		c, err := b.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), heartbeat(1)); err == nil {
			t.Error("the first connection worked")
		}
		if _, err = b.Conn(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Close()
		b.Close()
		want := []string{
			"disconnected to connecting", "connecting to disconnected",
			"disconnected to connecting", "connecting to connected", "connected to disconnected",
			"disconnected to connecting", "connecting to connected", "connected to closed",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), strings.Join(want, ", "))
		}
		if StateHandshake.String() != "handshake" || State(77).String() != "state 77" {
			t.Error(StateHandshake, State(77))
		}
	})
}

// A context ends the wait of its owner only; the error tells of the last try.
func TestBrokerWaiterGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeBroker(t, modern(serve))
		cfg := fake.config()
		cfg.Dialer = &refusingDialer{refuse: 1, broker: fake}
		b := newTestBroker(t, cfg)
		b.Conn(t.Context())
		patient := make(chan error)
		go func() {
			_, err := b.Conn(t.Context())
			patient <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := b.Conn(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%v", err)
		}
		if err := <-patient; err != nil {
			t.Error(err)
		}
	})
}

// Close ends the wait for a connection in every state, and leaves no goroutine.
func TestBrokerClose(t *testing.T) {
	tests := []struct {
		name   string
		dialer func(t *testing.T) Dialer
		ask    bool
	}{
		{"never used", func(t *testing.T) Dialer { return blockingDialer{} }, false},
		{"dialling", func(t *testing.T) Dialer { return blockingDialer{} }, true},
		{"in set-up", func(t *testing.T) Dialer { return newFakeBroker(t, (*peer).drain) }, true},
		{"in the back-off", func(t *testing.T) Dialer {
			return &refusingDialer{refuse: 1, broker: newFakeBroker(t, modern(serve))}
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBroker(1, "broker:9092", Config{Dialer: tt.dialer(t)})
				if tt.name == "in the back-off" {
					b.Conn(t.Context())
				}
				waiting := make(chan error, 1)
				if tt.ask {
					go func() {
						_, err := b.Conn(context.Background())
						waiting <- err
					}()
					synctest.Wait()
				}
				start := time.Now()
				b.Close()
				b.Close()
				if time.Since(start) != 0 {
					t.Errorf("closing took %v", time.Since(start))
				}
				if tt.ask {
					if err := <-waiting; !errors.Is(err, ErrClosed) {
						t.Errorf("the waiting one got %v", err)
					}
				}
				_, err := b.Conn(context.Background())
				if e := (*Error)(nil); !errors.Is(err, ErrClosed) || !errors.As(err, &e) || e.Retriable() {
					t.Errorf("after Close: %v", err)
				}
				if b.State() != StateClosed || b.InFlight() != 0 || b.BlackedOut() {
					t.Errorf("state %v, in flight %d", b.State(), b.InFlight())
				}
			})
		})
	}
}

func TestBrokerConfigError(t *testing.T) {
	b := NewBroker(1, "broker:x", Config{})
	defer b.Close()
	var e *Error
	if _, err := b.Conn(t.Context()); !errors.As(err, &e) || e.Stage != StageConfig || e.Retriable() {
		t.Errorf("%v", err)
	}
}
