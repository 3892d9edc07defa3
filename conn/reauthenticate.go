package conn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

// A broker may want a client to authenticate again on a live connection before its
// session ends (KIP-368). That is done when something is to be written and it is
// time, so that idle connections cost nothing; the requests wait meanwhile. A
// broker that is past the end of the session still takes SaslHandshake as the next
// request, but nothing else.

// authState is what a connection knows of its authentication. What is not atomic
// is under the connection's lock.
type authState struct {
	raw      atomic.Bool   // tokens come and go without a header
	lifetime time.Duration // of the session, as the broker said last; 0: no end
	since    time.Time     // when that was
	share    float64       // of the lifetime after which to authenticate again
	slowest  time.Duration // response so far
	again    bool          // the client is authenticating again
	cancel   context.CancelFunc
}

// minMargin is how long before its end a session is renewed at least: a request
// that was written in time may reach the broker only when it has answered those
// before it.
const minMargin = 3 * time.Second

// noteLifetime takes down for how long the broker lets the client be.
func (c *Conn) noteLifetime(ms int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.auth.lifetime = time.Duration(max(0, min(ms, int64(maxLifetime/time.Millisecond)))) * time.Millisecond
	c.auth.since = time.Now()
	c.auth.share = 0.85 + 0.1*rand.Float64()
}

// maxLifetime of a session is more than any, and not too much for a Duration.
const maxLifetime = 10 * 365 * 24 * time.Hour

// renewAt returns when to authenticate again: as in the Java client after 85 to
// 95 % of the lifetime, but earlier where what is in flight may take long.
func (a *authState) renewAt() time.Time {
	margin := max(minMargin, 2*a.slowest)
	after := min(time.Duration(float64(a.lifetime)*a.share), max(a.lifetime-margin, a.lifetime/2))
	return a.since.Add(after)
}

// end cancels what is under way.
func (a *authState) end() {
	if a.cancel != nil {
		a.cancel()
	}
}

// holdsBack tells that no requests may be written, as the client authenticates
// again; which it begins to do if it is time. c.mu is held.
func (c *Conn) holdsBack() bool {
	a := &c.auth
	if !a.again && a.lifetime > 0 && c.versions != nil && !time.Now().Before(a.renewAt()) {
		a.again = true
		var ctx context.Context
		ctx, a.cancel = context.WithTimeout(context.Background(), c.cfg.ConnectTimeout)
		c.loops.Add(1)
		go c.reauthenticate(ctx, a.cancel)
	}
	return a.again
}

// takeAuthenticating takes the calls of the authentication out of the queue. c.mu
// is held.
func (c *Conn) takeAuthenticating(calls []*Call) []*Call {
	c.queue = slices.DeleteFunc(c.queue, func(call *Call) bool {
		if call.authenticates {
			calls = append(calls, call)
		}
		return call.authenticates
	})
	return calls
}

// reauthenticate is the goroutine that authenticates again. If that fails it ends
// the connection.
func (c *Conn) reauthenticate(ctx context.Context, cancel context.CancelFunc) {
	defer c.loopEnded()
	defer cancel()
	err := c.authenticate(ctx, c.versions)
	if err != nil {
		if ctx.Err() != nil {
			err.Err = fmt.Errorf("%w after %v", ErrConnectTimeout, c.cfg.ConnectTimeout)
		}
		c.fail(err)
		return
	}
	c.mu.Lock()
	c.auth.again = false
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
