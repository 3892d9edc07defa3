package consumer

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
)

// OffsetAndMetadata is a committed position.
type OffsetAndMetadata = coordinator.OffsetAndMetadata

// Commit commits the positions of all assigned partitions, and waits for the
// outcome: all records count as consumed that were handed out, the one that the
// body of a loop over Records has, too. What is retriable is retried until ctx
// ends.
func (c *Consumer) Commit(ctx context.Context) error {
	if c.offsets == nil {
		return fmt.Errorf("Commit: %w", ErrNoGroup)
	}
	return c.commit(ctx, "Commit", c.fetcher.handedOut())
}

// CommitOffsets commits the given offsets, each that of the next record to be
// read, and waits for the outcome. What is retriable is retried until ctx ends. A
// subscribed consumer commits what is assigned to it: a partition that it has given
// up or lost makes all of it fail with a [coordinator.CommitFailedError].
func (c *Consumer) CommitOffsets(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata) error {
	if c.offsets == nil {
		return fmt.Errorf("CommitOffsets: %w", ErrNoGroup)
	}
	if err := checkOffsets(offsets); err != nil {
		return fmt.Errorf("CommitOffsets: %w", err)
	}
	return c.commit(ctx, "CommitOffsets", offsets)
}

func (c *Consumer) commit(ctx context.Context, call string, offsets map[TopicPartition]OffsetAndMetadata) error {
	if c.alive.Err() != nil {
		return ErrClosed
	}
	if len(offsets) == 0 {
		return nil
	}
	c.release(offsets)
	begun := time.Now()
	defer func() { c.measures.commitSync.Record(time.Since(begun).Seconds()) }()
	ctx, cancel := c.bind(ctx)
	defer cancel()
	if err := c.offsets.Commit(ctx, offsets); err != nil {
		return c.failure(call, err)
	}
	return nil
}

// CommitAsync begins to commit offsets, or the positions of all assigned
// partitions if offsets is nil, and does not wait. Commits reach the coordinator
// in the order they were made. done, if it is not nil, is called once with the
// outcome, by a goroutine of the consumer: it must not block. What is retriable is
// retried until ctx ends. An error that is returned means that done is not called.
func (c *Consumer) CommitAsync(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata, done func(error)) error {
	switch {
	case c.offsets == nil:
		return fmt.Errorf("CommitAsync: %w", ErrNoGroup)
	case c.alive.Err() != nil:
		return ErrClosed
	}
	if offsets == nil {
		offsets = c.fetcher.handedOut()
	} else if err := checkOffsets(offsets); err != nil {
		return fmt.Errorf("CommitAsync: %w", err)
	}
	c.release(offsets)
	ctx, cancel := c.bind(ctx)
	c.offsets.CommitAsync(ctx, offsets, func(err error) {
		cancel()
		switch {
		case done != nil:
			done(err)
		case err != nil:
			c.log.Warn("asynchronous commit failed", "group", c.cfg.GroupID, "partitions", len(offsets), "error", err)
		}
	})
	return nil
}

// release notes that the application commits offsets: it has come back from the
// records before them, so that no automatic commit goes back behind that.
func (c *Consumer) release(offsets map[TopicPartition]OffsetAndMetadata) {
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	for tp, o := range offsets {
		if p := c.fetcher.partitions[tp]; p != nil {
			p.pos.release(o)
			if o.Offset >= p.pos.next.Load() {
				c.hand.CompareAndSwap(p.pos, nil)
			}
		}
	}
}

func checkOffsets(offsets map[TopicPartition]OffsetAndMetadata) error {
	for tp, o := range offsets {
		if o.Offset < 0 {
			return fmt.Errorf("offset %d of %s is negative", o.Offset, tp)
		}
	}
	return nil
}

// Committed returns the committed offsets of the given partitions, or of all that
// are assigned. Partitions without one are left out. It tries until ctx ends.
func (c *Consumer) Committed(ctx context.Context, partitions ...TopicPartition) (map[TopicPartition]OffsetAndMetadata, error) {
	if c.offsets == nil {
		return nil, fmt.Errorf("Committed: %w", ErrNoGroup)
	}
	if c.alive.Err() != nil {
		return nil, ErrClosed
	}
	if len(partitions) == 0 {
		partitions = c.Assignment()
	}
	if len(partitions) == 0 {
		return map[TopicPartition]OffsetAndMetadata{}, nil
	}
	begun := time.Now()
	defer func() { c.measures.committed.Record(time.Since(begun).Seconds()) }()
	ctx, cancel := c.bind(ctx)
	defer cancel()
	offsets, err := c.offsets.Fetch(ctx, partitions)
	if err != nil {
		return nil, c.failure("Committed", err)
	}
	return offsets, nil
}

// autoCommit is the state of automatic commits. It is of who is polling, but for
// underWay.
type autoCommit struct {
	due      time.Time
	underWay atomic.Int32
}

// autoCommit commits what was consumed if that is due. It is called when the
// application has returned for the next record, so that all that was handed out
// was consumed.
func (c *Consumer) autoCommit() {
	now := time.Now()
	a := &c.commits
	if !c.cfg.autoCommits() || now.Before(a.due) || a.underWay.Load() > 0 {
		return
	}
	a.due = now.Add(c.cfg.AutoCommitInterval)
	c.commitInBackground(c.fetcher.consumed(nil, nil))
}

// commitInBackground commits offsets automatically.
func (c *Consumer) commitInBackground(offsets map[TopicPartition]OffsetAndMetadata) {
	if len(offsets) == 0 {
		return
	}
	c.commits.underWay.Add(1)
	ctx, cancel := context.WithTimeout(c.alive, c.client.Config().RequestTimeout)
	c.offsets.CommitAsync(ctx, offsets, func(err error) {
		cancel()
		c.commits.underWay.Add(-1)
		if err != nil {
			c.log.Warn("automatic commit failed", "group", c.cfg.GroupID, "partitions", len(offsets), "error", err)
		}
	})
}
