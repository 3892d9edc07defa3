package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// Close ends what is in flight at once, in every state, and leaves no
// goroutine: synctest.Test fails if one remains.
func TestClose(t *testing.T) {
	stuck := func(stop chan struct{}) func(*peer) { return func(*peer) { <-stop } }
	tests := []struct {
		name    string
		script  func(stop chan struct{}) func(*peer)
		calls   int
		prepare func(t *testing.T, c *Conn)
		written bool
	}{
		{name: "unused", script: func(chan struct{}) func(*peer) { return (*peer).drain }},
		{name: "waiting for responses", script: func(chan struct{}) func(*peer) { return (*peer).drain }, calls: 3, written: true},
		{name: "writing", script: stuck, calls: 1, written: true},
		{name: "within a response", script: func(stop chan struct{}) func(*peer) {
			return func(p *peer) {
				p.next()
				p.write([]byte{0, 0, 0, 9, 0, 0, 0, 2, 0})
				<-stop
			}
		}, calls: 1, written: true},
		{name: "throttled", script: func(chan struct{}) func(*peer) {
			return func(p *peer) {
				p.reply(p.next(), &protocol.HeartbeatResponse{ThrottleTimeMs: 60_000})
				p.drain()
			}
		}, calls: 3, prepare: func(t *testing.T, c *Conn) {
			if _, err := c.Do(t.Context(), heartbeat(0)); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop := make(chan struct{})
				defer close(stop)
				c := newFakeBroker(t, modern(tt.script(stop))).dialDefault()
				if tt.prepare != nil {
					tt.prepare(t, c)
				}
				done := make(chan *Call, tt.calls)
				for i := range tt.calls {
					c.Go(heartbeat(int32(i)), 0, done)
				}
				synctest.Wait()
				start := time.Now()
				for range 2 {
					if err := c.Close(); err != nil || time.Since(start) != 0 {
						t.Errorf("closing took %v: %v", time.Since(start), err)
					}
				}
				if len(done) != tt.calls {
					t.Fatalf("%d of %d calls have ended", len(done), tt.calls)
				}
				for range tt.calls {
					if call := <-done; !errors.Is(call.Err, ErrClosed) || call.Written != tt.written {
						t.Errorf("%+v", call)
					}
				}
				if c.InFlight() != 0 || !errors.Is(c.Err(), ErrClosed) {
					t.Errorf("%d in flight, err %v", c.InFlight(), c.Err())
				}
				if _, err := c.Do(t.Context(), heartbeat(9)); !errors.Is(err, ErrClosed) {
					t.Errorf("Do after Close: %v", err)
				}
			})
		})
	}
}

// Those who wait for a place when the connection ends are told.
func TestCloseWhileWaitingForPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern((*peer).drain))
		cfg := b.config()
		cfg.MaxInFlight = 1
		c := b.dial(cfg)
		first := doAsync(t.Context(), c, heartbeat(1))
		synctest.Wait()
		second := doAsync(t.Context(), c, heartbeat(2))
		synctest.Wait()
		c.Close()
		for _, ch := range []<-chan result{first, second} {
			if r := <-ch; !errors.Is(r.err, ErrClosed) {
				t.Errorf("%v", r.err)
			}
		}
	})
}

// blockingDialer does not get through before its context ends.
type blockingDialer struct{}

func (blockingDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
}

// The end of the context ends set-up at any point, and so does ConnectTimeout.
func TestSetupEnds(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	silent := func(p *peer) { p.drain() }
	tests := []struct {
		name    string
		dialer  func(t *testing.T) Dialer
		tls     bool
		stage   Stage
		timeout string
	}{
		{"dialling", func(*testing.T) Dialer { return blockingDialer{} }, false, StageDial,
			"broker broker:9092: dial: connect timed out after 10s (" + hintUnreachable + ")"},
		{"handshake", func(t *testing.T) Dialer { return newFakeBroker(t, silent) }, true, StageTLS,
			"broker broker:9092: tls: connect timed out after 10s (" + hintSilent + ")"},
		{"asking for API versions", func(t *testing.T) Dialer { return newFakeBroker(t, silent) }, false, StageAPIVersions,
			"broker broker:9092: apiversions: connect timed out after 10s (" + hintSilent + ")"},
	}
	for _, tt := range tests {
		config := func(t *testing.T) Config {
			cfg := Config{Dialer: tt.dialer(t)}
			if tt.tls {
				cfg.TLS = &tls.Config{}
			}
			return cfg
		}
		t.Run(tt.name+" until the timeout", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := Dial(t.Context(), "broker:9092", config(t))
				var e *Error
				if !errors.As(err, &e) || e.Stage != tt.stage || !e.Retriable() || err.Error() != tt.timeout ||
					!errors.Is(err, ErrConnectTimeout) || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got  %v\nwant %s", err, tt.timeout)
				}
				if time.Since(start) != DefaultConnectTimeout {
					t.Errorf("took %v", time.Since(start))
				}
			})
		})
		t.Run(tt.name+" until cancelled", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				_, err := Dial(ctx, "broker:9092", config(t))
				var e *Error
				if !errors.As(err, &e) || e.Stage != tt.stage || e.Retriable() || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if time.Since(start) != time.Second {
					t.Errorf("took %v", time.Since(start))
				}
			})
		})
	}
}

// endingRequest ends its connection while it is being encoded.
type endingRequest struct {
	protocol.HeartbeatRequest
	conn *Conn
}

func (r *endingRequest) Code(c *wire.Coder) {
	go r.conn.Close()
	<-r.conn.Done()
	r.HeartbeatRequest.Code(c)
}

// A call between queue and network is not lost, and was not written.
func TestCloseWhileEncoding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFakeBroker(t, modern((*peer).drain)).dialDefault()
		done := make(chan *Call, 1)
		call := c.Go(&endingRequest{conn: c}, 0, done)
		if got := <-done; got != call || !errors.Is(call.Err, ErrClosed) || call.Written {
			t.Errorf("%+v", got)
		}
	})
}
