package consumer

import "errors"

// CorruptBatchPolicy tells what to do about a batch that cannot be read.
type CorruptBatchPolicy int8

const (
	// CorruptFail returns a [*CorruptBatchError], again and again: the position
	// stays before the batch, which is fetched anew after a pause, in case that it
	// was damaged on the way, until the application seeks past it. Other partitions
	// go on.
	CorruptFail CorruptBatchPolicy = iota
	// CorruptSkip logs the error and goes on behind the batch: its records are
	// lost. [Consumer.CorruptBatches] counts.
	CorruptSkip
	// CorruptHandOver returns a [*CorruptBatchError] once, with the bytes of the
	// batch in its Raw, to be kept somewhere, and goes on behind the batch.
	CorruptHandOver
)

// CorruptBatches returns how many batches could not be read and were passed over,
// as Config.OnCorruptBatch allows.
func (c *Consumer) CorruptBatches() int64 {
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	return c.fetcher.corrupt
}

// chunkFailed deals with the error at the end of a partition's queue, and returns
// what the application is to be told of it. From then on the partition is fetched
// anew: behind the batch if it is passed over, else after a pause. The caller
// holds the lock.
func (f *fetcher) chunkFailed(p *partition, err error) error {
	f.buffer.drop(p)
	p.search = nil
	var corrupt *CorruptBatchError
	if f.cfg.OnCorruptBatch != CorruptFail && errors.As(err, &corrupt) {
		return f.passOver(p, corrupt)
	}
	p.fetchFrom(p.pos.next.Load(), p.pos.epoch.Load())
	p.unreadable++
	p.failures = p.unreadable - 1
	f.retryLater(p)
	f.log.Error("records cannot be read", "partition", p.TopicPartition, "error", err)
	return err
}

// passOver goes on behind a batch. Where its offsets make no sense, it is passed
// over one by one. The caller holds the lock.
func (f *fetcher) passOver(p *partition, err *CorruptBatchError) error {
	from := p.pos.next.Load()
	to := max(err.LastOffset, from) + 1
	if to > p.highWatermark {
		to = from + 1
	}
	f.corrupt++
	f.log.Error("records cannot be read and are passed over", "partition", p.TopicPartition, "from", from, "to", to, "error", err)
	p.pos.next.Store(to)
	p.fetchFrom(to, p.pos.epoch.Load())
	f.hasten(p)
	f.kick()
	if f.cfg.OnCorruptBatch == CorruptHandOver {
		return err
	}
	return nil
}
