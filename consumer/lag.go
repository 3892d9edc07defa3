package consumer

import (
	"time"

	"github.com/barnabas-go/kafka/record"
)

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
// ok is false before the first fetch. It makes no request.
func (c *Consumer) Lag(tp TopicPartition) (offsets int64, ok bool) {
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	if p := c.fetcher.partitions[tp]; p != nil {
		return p.lag(c.cfg.IsolationLevel)
	}
	return 0, false
}

// TimeLag returns for how long the oldest record of an assigned partition that was
// not handed out has been there: its age by its timestamp, zero if Lag is. A
// consumer that begins at an old record so sees the record's age, however few
// there are. It makes no request: the timestamp is that of what was fetched,
// estimated within a batch by the offset; while nothing is there, that of the last
// batch that was handed out. ok is false if neither is known, as before the first
// fetch and for records of before Kafka 0.10.
func (c *Consumer) TimeLag(tp TopicPartition) (age time.Duration, ok bool) {
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	if p := c.fetcher.partitions[tp]; p != nil {
		return p.timeLag(c.cfg.IsolationLevel, time.Now())
	}
	return 0, false
}

// end returns the offset up to which may be read, noOffset if it is not known.
func (p *partition) end(level IsolationLevel) int64 {
	if level == ReadCommitted && p.lastStableOffset != noOffset {
		return p.lastStableOffset
	}
	return p.highWatermark
}

func (p *partition) lag(level IsolationLevel) (offsets int64, ok bool) {
	offset, ok := p.position()
	end := p.end(level)
	if !ok || end == noOffset {
		return 0, false
	}
	return max(end-offset, 0), true
}

func (p *partition) timeLag(level IsolationLevel, now time.Time) (age time.Duration, ok bool) {
	offsets, ok := p.lag(level)
	if !ok || offsets == 0 {
		return 0, ok
	}
	ms := p.nextTime()
	if ms < 0 {
		return 0, false
	}
	return max(now.Sub(time.UnixMilli(ms)), 0), true
}

// nextTime returns the timestamp of the record at the position, as far as what was
// fetched tells, noTime if it does not.
func (p *partition) nextTime() int64 {
	next := p.pos.next.Load()
	for _, c := range p.queue {
		for i := c.taken; i < c.decoded; i++ { // workers may be at those behind
			if b := &c.batches[i]; b.LastOffset() >= next {
				return timeAt(&b.Batch, next)
			}
		}
	}
	return p.handedTime
}

// timeAt returns about the timestamp of the record at an offset of a batch.
func timeAt(b *record.Batch, offset int64) int64 {
	passed := offset - b.BaseOffset
	if b.Attributes.TimestampType() == record.LogAppendTime || b.BaseTimestamp < 0 || b.LastOffsetDelta <= 0 || b.MaxTimestamp < b.BaseTimestamp {
		return b.MaxTimestamp
	}
	if passed <= 0 {
		return b.BaseTimestamp
	}
	return b.BaseTimestamp + int64(float64(b.MaxTimestamp-b.BaseTimestamp)*float64(passed)/float64(b.LastOffsetDelta))
}
