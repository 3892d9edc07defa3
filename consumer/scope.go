package consumer

import (
	"context"
	"errors"
	"fmt"

	"github.com/barnabas-go/kafka/record"
)

// Scope is what Scoped does in one go.
type Scope struct {
	c      *Consumer
	start  map[*partition]OffsetAndMetadata // where those began whose position was known
	marked map[TopicPartition]OffsetAndMetadata
}

// Scoped runs do, which polls and marks the records that it is done with, and then
// commits behind them: kafka-python's OffsetCommitContext.
//
//	err := c.Scoped(ctx, func(s *consumer.Scope) error {
//		records, err := c.Poll(ctx)
//		for i := range records {
//			if !handle(&records[i]) {
//				break // this record comes again, and those behind it
//			}
//			s.Mark(&records[i])
//		}
//		return err
//	})
//
// Afterwards the consumer goes on behind the last mark of each partition; where
// there is none, at what was its position before. If do returns an error or panics,
// or the commit fails, all partitions go back to where they were, and the error is
// returned. Partitions that the consumer has got meanwhile go back to what is
// committed.
//
// It needs a group and Config.DisableAutoCommit. Nothing else may poll meanwhile.
func (c *Consumer) Scoped(ctx context.Context, do func(s *Scope) error) error {
	switch {
	case c.offsets == nil:
		return fmt.Errorf("Scoped: %w", ErrNoGroup)
	case c.cfg.autoCommits():
		return errors.New("Scoped: automatic commits would pass what is not marked: set DisableAutoCommit (enable.auto.commit=false)")
	}
	s := c.beginScope()
	settled := false
	defer func() {
		if !settled {
			s.rewind(nil)
		}
	}()
	if err := do(s); err != nil {
		return err
	}
	if len(s.marked) > 0 {
		if err := c.CommitOffsets(ctx, s.marked); err != nil {
			return err
		}
	}
	settled = true
	s.rewind(s.marked)
	return nil
}

// Mark tells that the record, and those before it in its partition, are done with.
func (s *Scope) Mark(rec *record.Record) {
	tp := TopicPartition{Topic: rec.Topic, Partition: rec.Partition}
	if next := rec.Offset + 1; next > s.marked[tp].Offset {
		s.marked[tp] = OffsetAndMetadata{Offset: next, LeaderEpoch: rec.LeaderEpoch}
	}
}

// beginScope notes where all partitions are.
func (c *Consumer) beginScope() *Scope {
	s := &Scope{c: c, start: make(map[*partition]OffsetAndMetadata), marked: make(map[TopicPartition]OffsetAndMetadata)}
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	for _, p := range c.fetcher.partitions {
		if offset, ok := p.position(); ok {
			s.start[p] = OffsetAndMetadata{Offset: offset, LeaderEpoch: p.pos.epoch.Load()}
		}
	}
	return s
}

// rewind moves all partitions to the marks, or to where they began.
func (s *Scope) rewind(marked map[TopicPartition]OffsetAndMetadata) {
	f := s.c.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	for tp, p := range f.partitions {
		to, known := marked[tp]
		if !known {
			to, known = s.start[p]
		}
		offset, ok := p.position()
		switch {
		case !ok || known && offset == to.Offset:
			continue // it is there, or nothing was read
		case known:
			f.leave(p)
			p.seek(to.Offset, to.LeaderEpoch)
			f.hasten(p)
		default:
			f.leave(p)
			p.restart(needCommitted, 0, noOffset)
		}
	}
	s.c.moved()
}
