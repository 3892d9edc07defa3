package consumer

import (
	"fmt"
	"time"
)

// Seek makes offset the position of an assigned partition: of the next record to
// be handed out, or the first after it if there is none with that offset. What is
// committed does not change by it, but an automatic commit may follow.
func (c *Consumer) Seek(tp TopicPartition, offset int64) error {
	return c.SeekTo(tp, OffsetAndMetadata{Offset: offset, LeaderEpoch: -1})
}

// SeekTo is Seek to an offset as it was committed, with the leader epoch of the
// record before it: if the log is truncated below the offset, that shows
// (KIP-320). An epoch of -1 is none.
func (c *Consumer) SeekTo(tp TopicPartition, o OffsetAndMetadata) error {
	if o.Offset < 0 {
		return fmt.Errorf("Seek: offset %d of %s is negative; see SeekToBeginning and SeekToEnd", o.Offset, tp)
	}
	return c.each("Seek", []TopicPartition{tp}, func(p *partition) {
		c.fetcher.leave(p)
		p.seek(o.Offset, o.LeaderEpoch)
		c.fetcher.hasten(p)
	})
}

// SeekToBeginning makes the first record the next one to be handed out, of the
// given partitions or of all that are assigned. The offset is looked up later.
func (c *Consumer) SeekToBeginning(partitions ...TopicPartition) error {
	return c.restart("SeekToBeginning", partitions, needReset, toEarliest, noTime)
}

// SeekToEnd moves behind the last record of the given partitions, or of all that
// are assigned; with ReadCommitted, before the earliest open transaction. The
// offset is looked up later: what is produced until then is passed over. Position
// waits for that.
func (c *Consumer) SeekToEnd(partitions ...TopicPartition) error {
	return c.restart("SeekToEnd", partitions, needReset, toLatest, noTime)
}

// SeekToCommitted goes back to the committed offsets of the given partitions, or of
// all that are assigned: what was handed out since comes again. They are looked up
// later; where there is none, Config.AutoOffsetReset says where to go.
func (c *Consumer) SeekToCommitted(partitions ...TopicPartition) error {
	if c.offsets == nil {
		return fmt.Errorf("SeekToCommitted: %w", ErrNoGroup)
	}
	return c.restart("SeekToCommitted", partitions, needCommitted, 0, noTime)
}

// SeekToTime makes the first record that is not older than t the next one to be
// handed out, of the given partitions or of all that are assigned; where there is
// none, it moves to the end. The offset is looked up later. Brokers before Kafka
// 0.10.1 cannot be asked: Poll then returns a [*conn.FeatureError].
func (c *Consumer) SeekToTime(t time.Time, partitions ...TopicPartition) error {
	ms := t.UnixMilli()
	if ms < 0 {
		return fmt.Errorf("SeekToTime: the time %v is before 1970", t)
	}
	return c.restart("SeekToTime", partitions, needReset, toTime, ms)
}

// restart has the positions of partitions, or of all that are assigned, looked up
// anew.
func (c *Consumer) restart(call string, partitions []TopicPartition, phase phase, target resetTarget, ms int64) error {
	if len(partitions) == 0 {
		partitions = c.Assignment()
	}
	return c.each(call, partitions, func(p *partition) {
		c.fetcher.leave(p)
		p.restart(phase, target, noOffset)
		p.targetTime = ms
	})
}

// leave drops what is known of where a partition was. The caller holds the lock.
func (f *fetcher) leave(p *partition) {
	f.buffer.drop(p)
	f.forgetErrors(p)
}
