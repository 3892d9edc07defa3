package consumer

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// Records returns the records as they come, each decoded when the loop asks for
// it:
//
//	for rec, err := range c.Records(ctx) { ... }
//
// A record counts as consumed, and may be committed without being asked for, when
// the loop asks for the next, which it does when ctx has ended, too. One whose body
// is left by break, return or a panic does not, so that the record which a handler
// failed of is not lost: it does once the application comes back by Poll or another
// loop, or if it is committed by Commit. It is not handed out again by this
// consumer, unless that seeks.
//
// With an error the record is empty. After one of a partition or of the group, as
// Poll returns them, the loop may go on. The loop ends after an error of ctx, of
// which Poll tells more, [ErrClosed], [ErrNotSubscribed] or [ErrConcurrentPoll];
// and without an error, when no record came for Config.ConsumerTimeout. A later
// loop goes on where this one ended.
func (c *Consumer) Records(ctx context.Context) iter.Seq2[record.Record, error] {
	return func(yield func(record.Record, error) bool) {
		if !c.polling.CompareAndSwap(false, true) {
			yield(record.Record{}, ErrConcurrentPoll)
			return
		}
		defer c.polling.Store(false)
		defer context.AfterFunc(ctx, c.lookUp)()
		c.returned()
		c.attention.Store(true)
		var rec record.Record
		for {
			if err := c.next(ctx, &rec); err != nil {
				if err == errIdle || !yield(record.Record{}, err) || c.over(ctx, err) {
					return
				}
				continue
			}
			if c.hand.Load() != c.run.pos {
				c.hand.Store(c.run.pos)
			}
			if len(c.cfg.Interceptors) > 0 {
				c.intercept(&rec)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// errIdle ends a loop for which no record came in time.
var errIdle = errors.New("no record came within ConsumerTimeout (consumer_timeout_ms)")

// over tells that an error ends a loop.
func (c *Consumer) over(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ErrClosed) || errors.Is(err, ErrNotSubscribed)
}

// next waits for the next record. As long as nothing else is to be done, that
// takes neither a lock nor memory.
func (c *Consumer) next(ctx context.Context, rec *record.Record) error {
	var deadline time.Time // once it has to wait
	for {
		if c.run.active() && !c.disturbed() {
			if c.run.next(rec) {
				return nil
			}
			c.endRun()
		}
		if c.disturbed() || !c.run.active() {
			c.hand.Store(nil)
			if err := c.service(ctx); err != nil {
				return err
			}
		}
		if !c.run.active() {
			ok, err := c.nextRun(true)
			if err != nil {
				return err
			}
			if ok {
				continue
			}
			if !c.await(ctx, &deadline) {
				return errIdle
			}
		}
	}
}

// await is wait for a loop, which has no patience beyond the deadline, if there is
// one. It returns false when that is over.
func (c *Consumer) await(ctx context.Context, deadline *time.Time) bool {
	if c.cfg.ConsumerTimeout == 0 {
		c.wait(ctx, nil)
		return true
	}
	if deadline.IsZero() {
		*deadline = time.Now().Add(c.cfg.ConsumerTimeout)
	}
	left := time.Until(*deadline)
	if left <= 0 {
		return false
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	c.wait(ctx, timer.C)
	return true
}

// disturbed tells that there is something to do before the next record.
func (c *Consumer) disturbed() bool {
	if c.attention.Load() {
		return true
	}
	if c.group == nil {
		return false
	}
	select {
	case ev := <-c.events():
		c.receive(ev)
		return true
	default:
		return false
	}
}
