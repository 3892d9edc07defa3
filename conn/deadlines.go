package conn

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// One timer watches all deadlines of a connection. It fires no later than the
// earliest of them, perhaps earlier: calls that end in time do not touch it, so
// that it costs nothing while all goes well.

// startTimer makes the timer, before the connection is used.
func (c *Conn) startTimer() {
	c.timer = time.AfterFunc(math.MaxInt64, c.onTimer)
	c.timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.idleAt(); !at.IsZero() {
		c.watch(at)
	}
}

// watch makes the timer fire at t or before. c.mu is held.
func (c *Conn) watch(t time.Time) {
	if c.timerAt.IsZero() || t.Before(c.timerAt) {
		c.timerAt = t
		c.timer.Reset(time.Until(t))
	}
}

// idleAt returns when a connection without calls is closed, zero for never.
// c.mu is held.
func (c *Conn) idleAt() time.Time {
	if c.cfg.MaxIdle < 0 {
		return time.Time{}
	}
	return c.lastUse.Add(c.cfg.MaxIdle)
}

// onTimer ends what is late, and sets the timer to what is next.
func (c *Conn) onTimer() {
	now := time.Now()
	c.mu.Lock()
	c.timerAt = time.Time{}
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	late := c.takeLate(now)
	why := "it was not written: the broker throttles this client, or takes nothing in"
	if c.auth.again {
		why = "it was not written: the client has not finished to authenticate again"
	}
	end, next := c.overdue(now)
	if end == nil && !next.IsZero() {
		c.watch(next)
	}
	c.mu.Unlock()
	for _, call := range late {
		c.complete(call, c.timedOut(call, why))
	}
	if end != nil {
		c.fail(end)
	}
}

// takeLate removes the calls from the queue that have waited too long for the
// writer. The broker never saw them, so that the connection can live on. c.mu
// is held.
func (c *Conn) takeLate(now time.Time) (late []*Call) {
	c.queue = slices.DeleteFunc(c.queue, func(call *Call) bool {
		if now.Before(call.deadline()) {
			return false
		}
		late = append(late, call)
		return true
	})
	return late
}

// overdue tells what ends the connection now: a response that did not come in
// time, or that it was not used for long. If nothing does, it returns when to
// look again. c.mu is held.
func (c *Conn) overdue(now time.Time) (end *Error, next time.Time) {
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, call := range c.queue {
		earlier(call.deadline())
	}
	if call := c.sending; call != nil {
		if !now.Before(call.deadline()) {
			end = c.timedOut(call, "the broker takes nothing in")
			end.call = call
			return end, next
		}
		earlier(call.deadline())
	}
	for call := range c.inFlight.all {
		if !now.Before(call.deadline()) {
			end = c.timedOut(call, fmt.Sprintf("no response (correlation id %d)", call.correlationID))
			end.call = call
			return end, next
		}
		earlier(call.deadline())
	}
	at := c.idleAt()
	if !next.IsZero() || at.IsZero() {
		return nil, next
	}
	if !now.Before(at) {
		return &Error{Broker: c.addr, Stage: StageRequest, Err: fmt.Errorf("%w for %v", ErrIdle, c.cfg.MaxIdle)}, next
	}
	return nil, at
}
