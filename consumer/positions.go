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
		missing := p.phase == unpositioned
		changed, lastErr := f.changed, f.lastErr
		f.mu.Unlock()
		switch {
		case ok:
			return offset, nil
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

// Seek makes offset the position of an assigned partition: of the next record to
// be handed out, or the first after it if there is none with that offset. What is
// committed does not change by it.
func (c *Consumer) Seek(tp TopicPartition, offset int64) error {
	if offset < 0 {
		return fmt.Errorf("Seek: offset %d of %s is negative; see SeekToBeginning and SeekToEnd", offset, tp)
	}
	return c.each("Seek", []TopicPartition{tp}, func(p *partition) {
		c.fetcher.leave(p)
		p.seek(offset, -1)
	})
}

// SeekToBeginning makes the first record the next one to be handed out, of the
// given partitions or of all that are assigned. The offset is looked up later.
func (c *Consumer) SeekToBeginning(partitions ...TopicPartition) error {
	return c.seekTo("SeekToBeginning", partitions, toEarliest)
}

// SeekToEnd moves behind the last record of the given partitions, or of all that
// are assigned; with ReadCommitted, before the earliest open transaction. The
// offset is looked up later: what is produced until then is passed over. Position
// waits for that.
func (c *Consumer) SeekToEnd(partitions ...TopicPartition) error {
	return c.seekTo("SeekToEnd", partitions, toLatest)
}

func (c *Consumer) seekTo(call string, partitions []TopicPartition, target resetTarget) error {
	if len(partitions) == 0 {
		partitions = c.Assignment()
	}
	return c.each(call, partitions, func(p *partition) {
		c.fetcher.leave(p)
		p.restart(needReset, target, noOffset)
	})
}

// leave drops what is known of where a partition was. The caller holds the lock.
func (f *fetcher) leave(p *partition) {
	f.buffer.drop(p)
	f.forgetErrors(p)
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
	f.unpark()
	f.roomMade()
	f.kick()
	f.notify()
	wake(f.resolve)
	c.lookUp()
	return nil
}

// HighWatermark returns the offset after the last record of an assigned partition
// that all replicas in sync have, as of the last fetch; ok is false before the
// first.
func (c *Consumer) HighWatermark(tp TopicPartition) (offset int64, ok bool) {
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	p := c.fetcher.partitions[tp]
	if p == nil || p.highWatermark == noOffset {
		return 0, false
	}
	return p.highWatermark, true
}

// Lag returns how many offsets the position of an assigned partition is behind
// the end, as of the last fetch; with ReadCommitted, the end of what may be read.
// ok is false before the first fetch.
func (c *Consumer) Lag(tp TopicPartition) (offsets int64, ok bool) {
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	p := c.fetcher.partitions[tp]
	if p == nil || p.highWatermark == noOffset {
		return 0, false
	}
	end := p.highWatermark
	if c.cfg.IsolationLevel == ReadCommitted && p.lastStableOffset != noOffset {
		end = p.lastStableOffset
	}
	offset, ok := p.position()
	return max(end-offset, 0), ok
}

// consumed returns the positions of the partitions that which accepts, all if it
// is nil, to be committed. The record that hand is the position of is left out.
func (f *fetcher) consumed(which func(*partition) bool, hand *position) map[TopicPartition]OffsetAndMetadata {
	f.mu.Lock()
	defer f.mu.Unlock()
	offsets := make(map[TopicPartition]OffsetAndMetadata)
	for tp, p := range f.partitions {
		offset, ok := p.position()
		if !ok || which != nil && !which(p) {
			continue
		}
		if p.pos == hand {
			offset--
		}
		offsets[tp] = OffsetAndMetadata{Offset: offset, LeaderEpoch: p.pos.epoch.Load()}
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
