package consumer

import (
	"context"
	"errors"
	"iter"

	"github.com/barnabas-go/kafka/record"
)

// Records returns the records as they come, each decoded when the loop asks for
// it:
//
//	for rec, err := range c.Records(ctx) { ... }
//
// A record counts as consumed, and may be committed, when the loop asks for the
// next or ends, be it by break, return or the end of ctx: so a body that does not
// want a record to count has to seek back to it. Close from within the body, or
// from another goroutine meanwhile, does not count the record that the body has.
// An explicit Commit from within the body does.
//
// With an error the record is empty. After one of a partition or of the group, as
// Poll returns them, the loop may go on. The loop ends after an error of ctx, of
// which Poll tells more, [ErrClosed], [ErrNotSubscribed] or [ErrConcurrentPoll].
// A later loop goes on where this one ended.
func (c *Consumer) Records(ctx context.Context) iter.Seq2[record.Record, error] {
	return func(yield func(record.Record, error) bool) {
		if !c.polling.CompareAndSwap(false, true) {
			yield(record.Record{}, ErrConcurrentPoll)
			return
		}
		defer c.polling.Store(false)
		defer c.hand.Store(nil)
		defer context.AfterFunc(ctx, c.lookUp)()
		c.attention.Store(true)
		var rec record.Record
		for {
			if err := c.next(ctx, &rec); err != nil {
				if !yield(record.Record{}, err) || c.over(ctx, err) {
					return
				}
				continue
			}
			if c.hand.Load() != c.run.pos {
				c.hand.Store(c.run.pos)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// over tells that an error ends a loop.
func (c *Consumer) over(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ErrClosed) || errors.Is(err, ErrNotSubscribed)
}

// next waits for the next record. As long as nothing else is to be done, that
// takes neither a lock nor memory.
func (c *Consumer) next(ctx context.Context, rec *record.Record) error {
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
			if !ok {
				c.wait(ctx)
			}
		}
	}
}

// disturbed tells that there is something to do before the next record.
func (c *Consumer) disturbed() bool {
	if c.attention.Load() {
		return true
	}
	select {
	case ev := <-c.events():
		c.receive(ev)
		return true
	default:
		return false
	}
}
