package conn

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// session is a script of a broker whose sessions last for a time, and that closes
// connections whose session has ended, as Kafka does. It notes what it gets.
func session(lifetime, wait time.Duration, got *[]string) func(*peer) {
	return modern(func(p *peer) {
		p.welcome(lifetime)
		since := time.Now()
		for {
			req := p.next()
			*got = append(*got, req.Key.String())
			switch {
			case req.Key == protocol.SaslHandshake:
				p.reply(req, &protocol.SaslHandshakeResponse{})
				pass(wait)
				p.reply(p.next(), &protocol.SaslAuthenticateResponse{SessionLifetimeMs: lifetime.Milliseconds()})
				since = time.Now()
			case time.Since(since) > lifetime:
				return
			default:
				p.reply(req, empty(req.Key))
			}
		}
	})
}

func TestReauthenticates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		b := newFakeBroker(t, session(time.Minute, 2*time.Second, &got))
		c := b.dial(b.secured())
		start := time.Now()
		for time.Since(start) < 30*time.Minute {
			if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
			pass(700 * time.Millisecond)
		}
		handshakes := 0
		for _, key := range got {
			if key == "SaslHandshake" {
				handshakes++
			}
		}
		if handshakes < 30 || handshakes > 36 {
			t.Errorf("authenticated again %d times in 30 sessions", handshakes)
		}
	})
}

// An idle connection does nothing until it is used, however old the session is.
func TestReauthenticatesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		b := newFakeBroker(t, session(5*time.Second, 0, &got))
		c := b.dial(b.secured())
		pass(5 * time.Minute)
		if len(got) > 0 {
			t.Errorf("an idle connection sent %v", got)
		}
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Error(err)
		}
		if want := []string{"SaslHandshake", "Heartbeat"}; !slices.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
	})
}

// All places may be taken by requests that wait for the authentication.
func TestRequestsWaitForAuthentication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		b := newFakeBroker(t, session(10*time.Second, 3*time.Second, &got))
		cfg := b.secured()
		cfg.MaxInFlight = 2
		c := b.dial(cfg)
		pass(9700 * time.Millisecond)
		var results []<-chan result
		for i := range 5 {
			results = append(results, doAsync(t.Context(), c, heartbeat(int32(i))))
		}
		for _, r := range results {
			if r := <-r; r.err != nil {
				t.Error(r.err)
			}
		}
		want := append([]string{"SaslHandshake"}, slices.Repeat([]string{"Heartbeat"}, 5)...)
		if !slices.Equal(got, want) {
			t.Errorf("sent %v", got)
		}
	})
}

func TestReauthenticationFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern(func(p *peer) {
			p.welcome(10 * time.Second)
			p.handshake("PLAIN", 1)
			p.reply(p.next(), &protocol.SaslAuthenticateResponse{ErrorCode: protocol.ErrSaslAuthenticationFailed})
			p.drain()
		}))
		c := b.dial(b.secured())
		pass(9600 * time.Millisecond)
		done := make(chan *Call, 1)
		c.Go(heartbeat(1), 0, done)
		call := <-done
		var e *Error
		if !errors.As(call.Err, &e) || e.Stage != StageSASL || e.Retriable() || !errors.Is(call.Err, protocol.ErrSaslAuthenticationFailed) || call.Written {
			t.Errorf("got %v, written %t", call.Err, call.Written)
		}
		<-c.Done()
	})
}

// A broker that falls silent while the client authenticates again is given up, and
// Close leaves nothing behind.
func TestReauthenticationHangs(t *testing.T) {
	for _, closes := range []bool{false, true} {
		t.Run(fmt.Sprint(closes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFakeBroker(t, modern(func(p *peer) { p.welcome(10 * time.Second); p.handshake("PLAIN", 1); p.drain() }))
				c := b.dial(b.secured())
				pass(9600 * time.Millisecond)
				r := doAsync(t.Context(), c, heartbeat(1))
				want := ErrConnectTimeout
				if closes {
					synctest.Wait()
					want = ErrClosed
					c.Close()
				}
				if r := <-r; !errors.Is(r.err, want) {
					t.Errorf("got %v, want %v", r.err, want)
				}
			})
		})
	}
}

func TestRenewalComesBeforeWhatTakesLong(t *testing.T) {
	for _, test := range []struct {
		lifetime, slowest, least, most time.Duration
	}{
		{time.Hour, time.Second, 51 * time.Minute, 57 * time.Minute},
		{10 * time.Second, 0, 7 * time.Second, 7 * time.Second},
		{5 * time.Second, 0, 2500 * time.Millisecond, 2500 * time.Millisecond},
		{time.Minute, 10 * time.Second, 40 * time.Second, 40 * time.Second},
		{time.Minute, time.Hour, 30 * time.Second, 30 * time.Second},
	} {
		for _, share := range []float64{0.85, 0.95} {
			a := authState{lifetime: test.lifetime, slowest: test.slowest, share: share}
			if after := a.renewAt().Sub(a.since); after < test.least || after > test.most {
				t.Errorf("lifetime %v, slowest response %v: renewed after %v", test.lifetime, test.slowest, after)
			}
		}
	}
}
