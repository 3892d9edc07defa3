package consumer

import (
	"context"
	"fmt"
)

// Position returns the offset of the next record that the consumer will hand out
// of an assigned partition. If it is not known yet, Position waits for it until
// ctx ends.
func (c *Consumer) Position(ctx context.Context, tp TopicPartition) (int64, error) {
	f := c.fetcher
	for {
		if c.alive.Err() != nil {
			return 0, ErrClosed
		}
		f.mu.Lock()
		p := f.partitions[tp]
		if p == nil {
			f.mu.Unlock()
			return 0, &NotAssignedError{"Position", tp}
		}
		offset, ok := p.position()
		missing, from := p.phase == unpositioned, p.resetFrom
		changed, lastErr := f.changed, f.lastErr
		f.mu.Unlock()
		switch {
		case ok:
			return offset, nil
		case missing && from != noOffset:
			return 0, fmt.Errorf("Position: %w", &OffsetOutOfRangeError{tp, from})
		case missing:
			return 0, fmt.Errorf("Position: %w", &NoOffsetError{[]TopicPartition{tp}, c.cfg.GroupID})
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
			return 0, ErrClosed
		case <-ctx.Done():
			return 0, fmt.Errorf("Position: %w", because(context.Cause(ctx), lastErr))
		}
	}
}

// Pause keeps records of assigned partitions from being handed out, until Resume.
// What was fetched of them is kept. They stay assigned; after a rebalance they
// are not paused any more.
func (c *Consumer) Pause(partitions ...TopicPartition) error {
	return c.each("Pause", partitions, func(p *partition) { p.paused = true })
}

// Resume ends Pause. It is no error if a partition is not paused.
func (c *Consumer) Resume(partitions ...TopicPartition) error {
	return c.each("Resume", partitions, func(p *partition) {
		p.paused = false
		c.fetcher.hasten(p)
		c.fetcher.buffer.offer(p)
	})
}

// Paused returns the partitions that are paused, by topic and number.
func (c *Consumer) Paused() []TopicPartition {
	return c.fetcher.list(func(p *partition) bool { return p.paused })
}

// each does something to partitions, all of which must be assigned.
func (c *Consumer) each(call string, partitions []TopicPartition, do func(*partition)) error {
	f := c.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	for _, tp := range partitions {
		if f.partitions[tp] == nil {
			return &NotAssignedError{call, tp}
		}
	}
	for _, tp := range partitions {
		do(f.partitions[tp])
	}
	c.moved()
	return nil
}

// moved has all look again after partitions have got other positions, or are paused
// or resumed. The caller holds the fetcher's lock.
func (c *Consumer) moved() {
	f := c.fetcher
	f.unpark()
	f.roomMade()
	f.kick()
	f.notify()
	wake(f.resolve)
	c.lookUp()
}

// handedOut returns the positions of all partitions: behind every record that the
// application was handed.
func (f *fetcher) handedOut() map[TopicPartition]OffsetAndMetadata {
	f.mu.Lock()
	defer f.mu.Unlock()
	offsets := make(map[TopicPartition]OffsetAndMetadata, len(f.partitions))
	for tp, p := range f.partitions {
		if offset, ok := p.position(); ok {
			offsets[tp] = OffsetAndMetadata{Offset: offset, LeaderEpoch: p.pos.epoch.Load()}
		}
	}
	return offsets
}

// consumed returns what of the partitions that which accepts, all if it is nil,
// may be committed without being asked for, and is not yet.
func (f *fetcher) consumed(which func(TopicPartition) bool, hand *position) map[TopicPartition]OffsetAndMetadata {
	f.mu.Lock()
	defer f.mu.Unlock()
	offsets := make(map[TopicPartition]OffsetAndMetadata)
	for tp, p := range f.partitions {
		if o, ok := p.consumed(hand); ok && o.Offset != p.committed && (which == nil || which(tp)) {
			offsets[tp] = o
		}
	}
	return offsets
}

// committed notes what the group has now.
func (f *fetcher) committed(offsets map[TopicPartition]OffsetAndMetadata) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for tp, o := range offsets {
		if p := f.partitions[tp]; p != nil {
			p.committed = o.Offset
		}
	}
}
