package consumer

import (
	"time"

	"github.com/barnabas-go/kafka/record"
)

// run is a number of decoded batches of one partition that are being handed out,
// without a lock. It is of the Poll or loop that is under way.
type run struct {
	p       *partition
	pos     *position
	epoch   int32 // of the record before, -1 if not known
	chunk   *chunk
	batches []batch
	i       int   // of the batch that cursor is in
	from    int64 // records before it are not wanted
	cursor  record.Cursor
	err     error // of the batch that cursor is in
}

// active tells that there may be records to hand out.
func (r *run) active() bool { return r.batches != nil }

// count returns how many records are left at most.
func (r *run) count() int {
	n := r.cursor.Left()
	for i := r.i + 1; i < len(r.batches); i++ {
		n += int(r.batches[i].Count)
	}
	return n
}

// enter goes to the i-th batch.
func (r *run) enter(i int) {
	r.i = i
	if i < len(r.batches) {
		r.cursor = *record.NewCursor(&r.batches[i].Batch, r.batches[i].payload)
		r.pos.epoch.Store(r.batches[i].PartitionLeaderEpoch)
	}
}

// next decodes the next record. It returns false at the end of the run, or with
// err set if there is an error.
func (r *run) next(rec *record.Record) bool {
	for {
		ok, err := r.cursor.Next(rec)
		switch {
		case err != nil:
			r.err = err
			return false
		case ok && rec.Offset >= r.from:
			rec.Topic, rec.Partition = r.p.Topic, r.p.Partition
			r.pos.next.Store(rec.Offset + 1)
			return true
		case ok:
			continue
		case r.i+1 >= len(r.batches):
			r.i = len(r.batches)
			return false
		}
		r.enter(r.i + 1)
	}
}

// nextRun takes the next run. It returns false if there is none. An error that
// comes before it is returned if wanted, otherwise it is left for later.
func (c *Consumer) nextRun(wantError bool) (bool, error) {
	f := c.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		p := f.buffer.take()
		if p == nil {
			f.unpark()
			f.roomMade() // what is left may be of paused partitions only
			return false, nil
		}
		head := p.head()
		switch {
		case !head.finished():
			c.run = run{p: p, pos: p.pos, epoch: p.pos.epoch.Load(), chunk: head, batches: head.batches[head.taken:head.decoded], from: head.from}
			c.run.enter(0)
			return true, nil
		case head.err == nil:
			f.pop(p)
		case !wantError:
			f.buffer.offerFirst(p)
			return false, nil
		default:
			if err := f.chunkFailed(p, head.err); err != nil {
				return false, err
			}
		}
	}
}

// pop takes a finished chunk out of its partition's queue. The caller holds the
// lock.
func (f *fetcher) pop(p *partition) {
	head := p.head()
	p.queue[0] = nil
	p.queue = p.queue[1:]
	p.pos.next.Store(max(p.pos.next.Load(), head.next))
	p.unreadable = 0
	f.buffer.offer(p)
}

// endRun gives the run up when its last record was handed out, or could not be
// decoded.
func (c *Consumer) endRun() {
	r, f := &c.run, c.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	if !r.chunk.dropped {
		done := r.chunk.taken + r.i
		if r.err != nil {
			f.cutQueue(r.chunk, done, r.err)
		}
		f.measures.consumed(r.p.Topic, r.chunk.batches[r.chunk.taken:done])
		f.buffer.consume(r.chunk, done)
		if r.chunk.finished() && r.chunk.err == nil {
			f.pop(r.p)
		} else {
			f.buffer.offer(r.p)
		}
		f.roomMade()
		if n := f.nodes[r.p.node(time.Now())]; n != nil {
			f.kickNode(n)
		}
	}
	c.run = run{}
	c.hand.Store(nil)
}

// putBack gives the run up before its end, in case that its partition is not to
// be read any more now. If it still is, its records go on where they were.
func (c *Consumer) putBack() {
	r, f := &c.run, c.fetcher
	if !r.active() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !r.chunk.dropped {
		f.measures.consumed(r.p.Topic, r.chunk.batches[r.chunk.taken:r.chunk.taken+r.i])
		f.buffer.consume(r.chunk, r.chunk.taken+r.i)
		r.chunk.from = max(r.chunk.from, r.pos.next.Load())
		f.buffer.offerFirst(r.p)
		f.roomMade()
	}
	c.run = run{}
	c.hand.Store(nil)
}
