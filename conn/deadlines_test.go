package conn

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// A request without a response in time ends the connection, and with it what
// else is in flight.
func TestRequestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern((*peer).drain))
		c := b.dialDefault()
		start := time.Now()
		done := make(chan *Call, 4)
		c.Go(heartbeat(0), 0, done)              // 30 s
		c.Go(heartbeat(1), 10*time.Second, done) // overtakes it
		pass(9 * time.Second)
		c.Go(&protocol.MetadataRequest{}, time.Minute, done)
		for _, want := range []string{
			"broker broker:9092: request: Heartbeat v4: Heartbeat v4: request timed out after 10s: no response (correlation id 3)",
			"broker broker:9092: request: Heartbeat v4: request timed out after 10s: no response (correlation id 3)",
			"broker broker:9092: request: Metadata v13: Heartbeat v4: request timed out after 10s: no response (correlation id 3)",
		} {
			call := <-done
			var e *Error
			if !errors.Is(call.Err, ErrRequestTimeout) || !errors.As(call.Err, &e) || !e.Retriable() ||
				call.Err.Error() != want || !call.Written {
				t.Errorf("got  %v\nwant %s", call.Err, want)
			}
		}
		if after := time.Since(start); after != 10*time.Second {
			t.Errorf("timed out after %v, want 10s", after)
		}
		<-c.Done()
		if !errors.Is(c.Err(), ErrRequestTimeout) {
			t.Errorf("Err: %v", c.Err())
		}
		late := c.Go(heartbeat(3), 0, done)
		if call := <-done; call != late || call.Err == nil || call.Written {
			t.Errorf("a call after the end: %+v", call)
		}
	})
}

// A peer that takes nothing in blocks the writer: that is found out too.
func TestWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		defer close(stop)
		c := newFakeBroker(t, modern(func(*peer) { <-stop })).dialDefault()
		start := time.Now()
		done := make(chan *Call, 2)
		c.Go(heartbeat(0), 0, done)
		synctest.Wait()
		queued := c.Go(heartbeat(1), 7*time.Second, done)
		if call := <-done; call != queued || !errors.Is(call.Err, ErrRequestTimeout) || call.Written || time.Since(start) != 7*time.Second {
			t.Errorf("the queued call, after %v: %+v", time.Since(start), call)
		}
		if c.Err() != nil {
			t.Errorf("the connection ended with it: %v", c.Err())
		}
		if call := <-done; !errors.Is(call.Err, ErrRequestTimeout) || !call.Written || time.Since(start) != 30*time.Second {
			t.Errorf("the call that is being written, after %v: %+v", time.Since(start), call)
		}
	})
}

// An acks=0 call has no response to wait for, but must be taken in.
func TestUnansweredWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		defer close(stop)
		c := newFakeBroker(t, modern(func(*peer) { <-stop })).dialDefault()
		start := time.Now()
		_, err := c.Do(t.Context(), &protocol.ProduceRequest{})
		want := "broker broker:9092: request: Produce v13: request timed out after 30s: the broker takes nothing in"
		if !errors.Is(err, ErrRequestTimeout) || err.Error() != want || time.Since(start) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestIdleClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern(func(p *peer) {
			p.reply(p.next(), &protocol.HeartbeatResponse{})
			req := p.next()
			pass(20 * time.Minute) // a request in flight is use
			p.reply(req, &protocol.HeartbeatResponse{})
			p.drain()
		}))
		c := b.dialDefault()
		pass(8 * time.Minute)
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Fatal(err)
		}
		pass(8 * time.Minute)
		if _, err := c.DoTimeout(t.Context(), heartbeat(1), time.Hour); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		<-c.Done()
		want := "broker broker:9092: request: connection closed after being idle for 9m0s"
		if time.Since(start) != 9*time.Minute || !errors.Is(c.Err(), ErrIdle) || c.Err().Error() != want {
			t.Errorf("after %v: %v", time.Since(start), c.Err())
		}
	})
}

func TestNeverIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern(serve))
		cfg := b.config()
		cfg.MaxIdle = -1
		c := b.dial(cfg)
		pass(1000 * time.Hour)
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Error(err)
		}
	})
}

// KIP-219: after a response that says so, nothing is written for its throttle
// time. Before that, brokers held the response back themselves.
func TestThrottle(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version int16
		want    time.Duration
	}{{"client pauses", 4, 700 * time.Millisecond}, {"broker paused", 1, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				apis := allAPIs()
				for i := range apis.APIKeys {
					if apis.APIKeys[i].APIKey == protocol.Heartbeat {
						apis.APIKeys[i].MaxVersion = tt.version
					}
				}
				var replied, next time.Time
				b := newFakeBroker(t, func(p *peer) {
					p.hello(apis)
					req := p.next()
					replied = time.Now()
					p.reply(req, &protocol.HeartbeatResponse{ThrottleTimeMs: 700})
					req = p.next()
					next = time.Now()
					p.reply(req, &protocol.HeartbeatResponse{})
					serve(p)
				})
				c := b.dialDefault()
				for i := range 3 {
					if _, err := c.Do(t.Context(), heartbeat(int32(i))); err != nil {
						t.Fatal(err)
					}
				}
				if got := next.Sub(replied); got != tt.want {
					t.Errorf("paused for %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// A call whose time passes while the broker throttles fails alone.
func TestTimeoutWhileThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern(func(p *peer) {
			p.reply(p.next(), &protocol.HeartbeatResponse{ThrottleTimeMs: 60_000})
			serve(p)
		}))
		c := b.dialDefault()
		if _, err := c.Do(t.Context(), heartbeat(0)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		done := make(chan *Call, 1)
		c.Go(heartbeat(1), 0, done)
		call := <-done
		want := "broker broker:9092: request: Heartbeat v4: request timed out after 30s: it was not written: the broker throttles this client, or takes nothing in"
		if call.Err == nil || call.Err.Error() != want || call.Written || time.Since(start) != 30*time.Second {
			t.Errorf("after %v: %+v", time.Since(start), call)
		}
		if _, err := c.DoTimeout(t.Context(), heartbeat(2), time.Minute); err != nil || time.Since(start) != time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}
