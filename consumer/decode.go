package consumer

import (
	"errors"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/record"
)

const (
	// decodeAtOnce is the size of an uncompressed chunk that is checked without
	// the way through a worker.
	decodeAtOnce = 16 << 10
	// decodeStep is about how many bytes of records a worker decodes before it
	// shows them to the application and looks whether there is room for more.
	decodeStep = 128 << 10
)

// decodeSoon has a chunk decoded. The caller holds the lock.
func (f *fetcher) decodeSoon(c *chunk) {
	if c.bytes <= decodeAtOnce && !compressed(c.batches) {
		n, err := f.decode(c.batches)
		f.show(c, n, err)
		return
	}
	f.buffer.todo = append(f.buffer.todo, c)
	f.startWorker()
}

// unpark has parked chunks looked at again. The caller holds the lock.
func (f *fetcher) unpark() {
	b := &f.buffer
	if len(b.parked) == 0 {
		return
	}
	b.todo = append(b.todo, b.parked...)
	clear(b.parked)
	b.parked = b.parked[:0]
	f.startWorker()
}

// startWorker starts a worker, up to the limit. The caller holds the lock.
func (f *fetcher) startWorker() {
	if f.buffer.workers < f.workers && !f.closed {
		f.buffer.workers++
		f.wg.Go(f.work)
	}
}

// work decodes chunks until there are none.
func (f *fetcher) work() {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &f.buffer
	for len(b.todo) > 0 && !f.closed {
		c := b.todo[0]
		b.todo[0] = nil
		b.todo = b.todo[1:]
		f.decodeChunk(c)
	}
	b.workers--
	f.roomMade() // there is, if nothing is left for the application
}

// decodeChunk decodes a chunk as far as there is room. The caller holds the lock,
// which is given up meanwhile.
func (f *fetcher) decodeChunk(c *chunk) {
	for !c.dropped && c.decoded < len(c.batches) {
		todo := c.batches[c.decoded:]
		if compressed(todo[:1]) && !f.buffer.decodeRoom(c) {
			f.buffer.parked = append(f.buffer.parked, c)
			return
		}
		f.mu.Unlock()
		n, err := f.decode(todo)
		f.mu.Lock()
		if !c.dropped {
			f.show(c, c.decoded+n, err)
		}
	}
	if !c.dropped {
		f.show(c, c.decoded, nil) // there may have been none
	}
}

// show lets the application have the batches of c up to the i-th; err tells what
// is wrong with the next one. The caller holds the lock.
func (f *fetcher) show(c *chunk, i int, err error) {
	f.buffer.expand(c, i)
	if err != nil {
		f.cutQueue(c, i, err)
	}
	f.buffer.offer(c.p)
	if c.p.queued {
		wake(f.arrived)
	}
}

// cutQueue ends a partition's queue with an error in the i-th batch of c. The
// caller holds the lock.
func (f *fetcher) cutQueue(c *chunk, i int, err error) {
	var corrupt *record.CorruptError
	if errors.As(err, &corrupt) {
		err = &CorruptBatchError{c.p.TopicPartition, corrupt}
	}
	c.next = c.batches[i].BaseOffset
	f.buffer.cut(c, i)
	c.err = err
	if i == c.taken {
		f.buffer.leave(c)
	}
	for k, queued := range c.p.queue {
		if queued == c {
			f.buffer.dropChunks(c.p.queue[k+1:])
			c.p.queue = c.p.queue[:k+1]
			return
		}
	}
}

// decode checks and decompresses the next batches, one at least. It returns how
// many are good, and what is wrong with the one after them.
func (f *fetcher) decode(batches []batch) (good int, err error) {
	var s slab
	defer func() { s.settle(batches[:good]) }()
	for bytes := 0; good < len(batches) && bytes < decodeStep; good++ {
		b := &batches[good]
		if !f.cfg.DisableCRCCheck {
			if err := b.VerifyChecksum(); err != nil {
				return good, err
			}
		}
		b.payload, err = b.Payload(s.room(batches[good:]), f.cfg.MaxBatchBytes)
		if err != nil {
			return good, err
		}
		if b.Attributes.Codec() != codec.None {
			b.expanded = s.take(&b.payload)
			s.packed, s.expanded = s.packed+b.Size(), s.expanded+len(b.payload)
		}
		bytes += len(b.payload)
	}
	return good, nil
}

// slab is memory that small batches are decompressed into, one after the other, so
// that not each has its own.
type slab struct {
	free []byte // of length 0
	made bool

	packed, expanded int // bytes of the step's batches so far, before and after
}

const (
	// slabSize is for the batches of one step, the last of which may go beyond it.
	slabSize = decodeStep + decodeStep/4
	// slabBatch is the most bytes that a compressed batch may have to be a small one.
	slabBatch = slabSize / 8
)

// room returns what the first of batches may be decompressed into, if it is small.
// The first of a step has memory of its own, and tells how much the others need.
func (s *slab) room(batches []batch) []byte {
	if !small(&batches[0]) || s.packed == 0 {
		return nil
	}
	if !s.made {
		packed := 0
		for i := 0; i < len(batches) && packed < slabSize && small(&batches[i]); i++ {
			packed += batches[i].Size()
		}
		s.free, s.made = make([]byte, 0, min(packed*s.expanded/s.packed+packed, slabSize)), true
	}
	return s.free
}

func small(b *batch) bool {
	return b.Attributes.Codec() != codec.None && b.Size() <= slabBatch
}

// take returns how much memory a payload has of its own, or of the slab if it is
// there: then the next one comes behind it.
func (s *slab) take(payload *[]byte) int64 {
	n := len(*payload)
	if n == 0 || n > cap(s.free) || &(*payload)[0] != &s.free[:1][0] {
		return int64(cap(*payload))
	}
	*payload = (*payload)[:n:n]
	s.free = s.free[n:n:cap(s.free)]
	return int64(n)
}

// settle adds what is left of the slab to the last batch.
func (s *slab) settle(batches []batch) {
	for i := len(batches) - 1; i >= 0 && s.made; i-- {
		if batches[i].expanded > 0 {
			batches[i].expanded += int64(cap(s.free))
			return
		}
	}
}

func compressed(batches []batch) bool {
	for i := range batches {
		if batches[i].Attributes.Codec() != codec.None {
			return true
		}
	}
	return false
}
