package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
)

// DefaultCloseTimeout bounds Close with a context that has no deadline.
const DefaultCloseTimeout = 30 * time.Second

// Close ends the consumer: fetching stops, what was consumed is committed unless
// Config.DisableAutoCommit is set, which leaves out the records that the
// application has not come back from; the listener is told of the partitions that
// are given up, and may commit, asynchronous commits are waited for, the group is
// left, and all connections are closed. Poll and loops
// over Records that are under way end with [ErrClosed].
//
// Close returns when nothing of the consumer runs any more, but not after ctx has
// ended; without a deadline it takes at most DefaultCloseTimeout. The error tells
// what could not be done. More calls wait for the first, and return its error.
func (c *Consumer) Close(ctx context.Context) error { return c.CloseWith(ctx, CloseOptions{}) }

// CloseWithoutCommit is Close without the commit.
func (c *Consumer) CloseWithoutCommit(ctx context.Context) error {
	return c.CloseWith(ctx, CloseOptions{WithoutCommit: true})
}

// CloseOptions are how to close a consumer.
type CloseOptions struct {
	// Departure is what becomes of the member of the group (KIP-1092). By default
	// one with a GroupInstanceID remains, so that it may come back before its session
	// is over, and any other leaves.
	Departure coordinator.Departure
	// WithoutCommit leaves out the commit of what was consumed.
	WithoutCommit bool
}

// CloseWith is Close with options.
func (c *Consumer) CloseWith(ctx context.Context, how CloseOptions) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, DefaultCloseTimeout)
		defer cancel()
	}
	if c.closing.CompareAndSwap(false, true) {
		c.closeError = c.shutDown(ctx, how)
		close(c.closeDone)
	}
	select {
	case <-c.closeDone:
		return c.closeError
	default:
	}
	select {
	case <-c.closeDone:
		return c.closeError
	case <-ctx.Done():
		return fmt.Errorf("close consumer: %w", context.Cause(ctx))
	}
}

// shutDown ends everything, in the order that loses nothing.
func (c *Consumer) shutDown(ctx context.Context, how CloseOptions) error {
	c.cancel(ErrClosed)
	c.removeListener()
	c.fetcher.close()
	c.clock.Stop()
	c.attention.Store(true)
	var errs []error
	if !how.WithoutCommit {
		errs = append(errs, c.commitBefore(ctx, c.Assignment()))
	}
	errs = append(errs, c.leave(ctx, how.Departure))
	c.bury(ErrClosed)
	errs = append(errs, c.fetcher.wait(ctx), c.client.Close(ctx))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close consumer: %w", err)
	}
	return nil
}

// leave tells the listener, waits for commits under way, and leaves the group.
func (c *Consumer) leave(ctx context.Context, how coordinator.Departure) error {
	c.mu.Lock()
	managed := c.sub.groupManaged()
	c.event = nil
	c.mu.Unlock()
	if c.group == nil {
		return nil
	}
	if partitions := c.Assignment(); managed && len(partitions) > 0 && c.cfg.RebalanceListener.Revoked != nil {
		c.cfg.RebalanceListener.Revoked(ctx, c, partitions)
	}
	err := c.offsets.Commit(ctx, nil) // it comes after all that were begun
	return errors.Join(err, c.group.Depart(ctx, how))
}

// wait waits until no goroutine of the fetcher is left.
func (f *fetcher) wait(ctx context.Context) error {
	gone := make(chan struct{})
	go func() {
		f.wg.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("fetches are still under way: %w", context.Cause(ctx))
	}
}
