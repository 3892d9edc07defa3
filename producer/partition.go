package producer

import (
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/record"
)

// partition holds the batches of one partition in order, from Send to the
// acknowledgement.
type partition struct {
	producer *Producer
	tp       cluster.TopicPartition

	mu       sync.Mutex
	queue    queue[*batch] // to be sent; only the last is open
	inFlight []*batch      // sent and not answered, in order
	numbers  int64         // of the batches so far
	limit    int           // on the size of batches, where the broker has a lower one; 0 for none

	sink   *sink // of the leader; nil while there is none
	sentOn *sink // that inFlight went to

	clock    clockReader
	lastTurn turn // the last request that took a batch

	place       place
	lingerUntil time.Time

	// recovering tells that a batch failed while others were in flight: nothing
	// is sent until these are answered, so that the order holds.
	recovering bool
	failures   int         // in a row
	backoff    *time.Timer // set while the partition waits to try again

	sequence sequence

	transaction *Tx           // the last that had records here
	adding      bool          // it does not contain the partition yet
	landed      chan struct{} // closed once nothing is in flight; nil if nobody waits
}

// turn is the making of one request.
type turn struct {
	sink   *sink
	number int64
}

// place is where its sink has the partition.
type place uint8

const (
	nowhere   place = iota
	lingering       // in the list of those that wait for more records
	ready           // in the list of those to send from
)

// append encodes rec into the current batch, or into a new one. If that takes
// more buffer memory than there is and than credit, which the caller has
// reserved, it does nothing and tells how much is missing.
func (pt *partition) append(rec *record.Record, credit int) (f Future, missing int, err error) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	return pt.appendLocked(rec, credit)
}

func (pt *partition) appendLocked(rec *record.Record, credit int) (f Future, missing int, err error) {
	if pt.producer.closing.Load() {
		return f, 0, ErrClosed
	}
	timestamp := pt.timestamp(rec)
	b := pt.openBatch()
	if b == nil || credit > 0 || !b.builder.Add(timestamp, rec, pt.batchSize()) {
		if b, missing, err = pt.appendGrowing(timestamp, rec, credit); b == nil {
			return f, missing, err
		}
	}
	return Future{batch: b, index: int32(b.builder.Count() - 1), timestamp: timestamp, sizes: sizesOf(rec)}, 0, nil
}

// openBatch returns the batch that takes records, nil if there is none.
func (pt *partition) openBatch() *batch {
	waiting := pt.queue.all()
	if n := len(waiting); n > 0 && waiting[n-1].state == open {
		return waiting[n-1]
	}
	return nil
}

// appendGrowing is append where it may take more memory, or a new batch. It
// returns the batch that has the record now.
func (pt *partition) appendGrowing(timestamp int64, rec *record.Record, credit int) (b *batch, missing int, err error) {
	p := pt.producer
	b, need := pt.current(timestamp, rec)
	memory := need.Memory
	if b == nil {
		if err := p.checkSize(pt.tp.Topic, need); err != nil {
			return nil, 0, err
		}
		if memory+batchOverhead > p.cfg.BufferMemory {
			need.Memory = need.Size // no more than must be, where there is little
			memory = need.Memory
		}
		memory += batchOverhead
	}
	if memory > credit && !p.memory.tryReserve(memory-credit) {
		return nil, memory, nil
	}
	if b == nil {
		if b = pt.newBatch(); b == nil {
			p.memory.release(max(memory-credit, 0))
			return nil, 0, ErrClosed
		}
	}
	if need.Memory > 0 {
		b.builder.Grow(need.Memory)
	}
	b.reserved += memory
	if memory < credit {
		p.memory.release(credit - memory)
	}
	b.builder.Append(need, rec)
	if b.builder.Count() == 1 {
		pt.arrange()
	}
	return b, 0, nil
}

// timestamp returns that of rec, in milliseconds.
func (pt *partition) timestamp(rec *record.Record) int64 {
	if rec.Timestamp.IsZero() {
		return pt.clock.now(pt.producer.clock)
	}
	return rec.Timestamp.UnixMilli()
}

// current returns the open batch and what it takes to append rec to it, or nil
// and what it takes in a new batch. A batch that rec does not fit into is ended,
// as is one that would grow by more than a small buffer has.
func (pt *partition) current(timestamp int64, rec *record.Record) (*batch, record.Need) {
	if b := pt.openBatch(); b != nil {
		need := b.builder.Need(timestamp, rec)
		if b.builder.Size()+need.Size <= pt.batchSize() && need.Memory <= pt.producer.cfg.BufferMemory {
			return b, need
		}
		pt.seal(b)
		pt.arrange()
	}
	var empty record.Builder
	return nil, empty.Need(timestamp, rec)
}

func (pt *partition) batchSize() int {
	if pt.limit > 0 {
		return min(pt.limit, pt.producer.batchSize)
	}
	return pt.producer.batchSize
}

// newBatch opens a batch, nil once the producer has given up all batches.
func (pt *partition) newBatch() *batch {
	b := &batch{
		partition: pt,
		created:   time.Now(),
		number:    pt.numbers,
		span:      batchSpan,
		done:      make(chan struct{}),
	}
	b.builder.Plain = pt.producer.sealers == nil
	if !pt.producer.live.add(b) {
		return nil
	}
	if pt.producer.transactions != nil {
		pt.producer.transactions.touch(pt)
	}
	pt.numbers += batchSpan
	pt.queue.push(b)
	return b
}

// seal ends an open batch. With compression it can be sent once a sealer has
// compressed it.
func (pt *partition) seal(b *batch) {
	if b.state != open {
		return
	}
	if pt.producer.sealers == nil {
		b.builder.Sum()
		b.state = sealed
		return
	}
	b.state = sealing
	b.uncompressed = b.builder.Size()
	pt.producer.sealers.add(b)
}

// sealDone takes a batch back from the sealers.
func (pt *partition) sealDone(b *batch, err error) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	switch {
	case b.resolved: // it expired meanwhile
		b.discard()
		return
	case err != nil:
		pt.dequeue(b)
		b.fail(err, false)
		b.discard()
	default:
		b.state = sealed
	}
	pt.arrange()
}

// dequeue takes b out of the queue.
func (pt *partition) dequeue(b *batch) {
	if i := slices.Index(pt.queue.all(), b); i >= 0 {
		pt.queue.remove(i)
	}
}

// expire ends a batch whose delivery timeout has passed.
func (pt *partition) expire(b *batch) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	pt.give(b, nil, true)
}

// abandon ends a batch for good, for the given reason.
func (pt *partition) abandon(b *batch, reason error) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	pt.give(b, reason, false)
}

// give resolves a batch without an answer from the broker. What a sealer or a
// connection still reads is discarded when that is done with it.
func (pt *partition) give(b *batch, reason error, timedOut bool) {
	if b.resolved {
		return
	}
	if len(b.halves) > 0 {
		pt.give(b.halves[0], reason, timedOut)
		pt.give(b.halves[1], reason, timedOut)
		return
	}
	if b.state == flying {
		b.uncertain = true
	}
	b.fail(reason, timedOut)
	if b.state == flying {
		return
	}
	pt.dequeue(b)
	if b.sequenced {
		pt.sequence.reset = true
	}
	if b.state != sealing {
		b.discard()
	}
	pt.arrange()
}

// arrange puts the partition into the list of its sink where it belongs, after
// anything has changed. A list may hold it though it no longer belongs there:
// the sink finds out when it comes to it.
func (pt *partition) arrange() {
	if pt.sink == nil || pt.blocked() {
		return
	}
	front := pt.queue.all()[0]
	switch {
	case front.state == sealed:
		pt.setReady()
	case front.state == open && pt.place == nowhere:
		pt.place = lingering
		pt.lingerUntil = front.created.Add(pt.producer.lingerFor)
		pt.sink.addLingering(pt, pt.lingerUntil)
	}
}

func (pt *partition) setReady() {
	if pt.place != ready {
		pt.place = ready
		pt.sink.addReady(pt)
	}
}

// blocked tells whether there is nothing to send, or something to wait for
// first.
//
// What failed is sent again alone: brokers know a producer's last five batches
// of a partition again, and so none newer may be written while the outcome of
// the oldest is open.
func (pt *partition) blocked() bool {
	if pt.queue.len() == 0 || pt.backoff != nil || pt.adding {
		return true
	}
	if t := pt.producer.transactions; t != nil && t.halted.Load() {
		return true
	}
	if len(pt.inFlight) == 0 {
		return false
	}
	s := &pt.sequence
	return pt.recovering || pt.sentOn != pt.sink || s.reset || s.known && !s.proven ||
		pt.inFlight[0].attempts > 1 || pt.queue.all()[0].attempts > 0
}

// lingered ends the wait for more records, which was to last until the given
// time: the sink calls it when that has come, or has nothing better to do.
func (pt *partition) lingered(s *sink, until time.Time) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if pt.sink != s || pt.place != lingering || !pt.lingerUntil.Equal(until) {
		return
	}
	pt.place = nowhere
	if pt.blocked() {
		return
	}
	pt.seal(pt.queue.all()[0])
	pt.arrange()
}

// move makes another broker's sink the partition's: its leader has changed, nil
// for none.
func (pt *partition) move(to *sink) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if pt.sink == to {
		return
	}
	pt.sink = to
	pt.place = nowhere
	if pt.backoff != nil {
		pt.backoff.Stop()
		pt.backoff = nil
	}
	pt.arrange()
}
