package producer

import (
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// batchOverhead is what a batch takes of the buffer memory beside its records.
const batchOverhead = 512

// batch is a record batch on its way. Its partition's lock guards it, but for
// the outcome, which is written before done is closed and not changed after.
type batch struct {
	partition *partition
	builder   record.Builder
	messages  *record.MessageSet // the builder's records for an old broker; nil before they were sent to one
	created   time.Time
	number    int64 // orders the batches of a partition
	span      int64 // of numbers, for the batches it may be split into

	whole   *batch   // that this one is a half of; nil for one that Send made
	records int      // of a half
	halves  []*batch // that it was split into, in whose hands its records are

	state    batchState
	resolved bool // the futures have their outcome
	attempts int
	// uncertain tells that the broker may have the batch though it did not
	// acknowledge it: it was sent, and no answer came.
	uncertain bool
	lastErr   error

	sequenced bool // pid, epoch and sequence are set
	producer  producerID
	sequence  int32

	reserved     int // bytes of the buffer memory
	uncompressed int // its size before it was compressed, 0 if it was not

	tracked    bool
	prev, next *batch // of the tracker's list

	untimed bool // the broker that it was last sent to keeps no timestamps

	callbacks atomic.Pointer[callback] // of OnDone, the newest first; resolvedMark once there is an outcome

	done          chan struct{}
	err           error
	baseOffset    int64
	logAppendTime int64
}

// batchState is how far a batch has come to be sendable.
type batchState uint8

const (
	open    batchState = iota // takes records
	sealing                   // takes none, and is being compressed
	sealed                    // can be sent
	flying                    // is in flight
	gone                      // left the partition
)

// resolve gives the futures their outcome, unless they have it.
func (b *batch) resolve(err error, baseOffset, logAppendTime int64) {
	if b.resolved {
		return
	}
	b.resolved = true
	b.err, b.baseOffset, b.logAppendTime = err, baseOffset, logAppendTime
	b.settled()
}

// settled tells whoever waits for the batch that its outcome is known; of one
// that was split it is when those of both halves are.
func (b *batch) settled() {
	b.partition.producer.live.remove(b)
	if newest := b.callbacks.Swap(resolvedMark); newest != nil {
		b.partition.producer.callbacks.add(inOrder(newest))
	}
	close(b.done)
	if w := b.whole; w != nil && w.halves[0].resolved && w.halves[1].resolved {
		w.resolved = true
		w.settled()
	}
}

// fail resolves a batch that was not acknowledged, for the given reason, nil for
// the last failure.
func (b *batch) fail(reason error, timedOut bool) {
	if reason == nil {
		reason = b.lastErr
	}
	if !b.resolved {
		b.partition.producer.measures.topic(b.partition.tp.Topic).failures.Record(float64(b.builder.Count()))
	}
	err := &DeliveryError{
		Partition:       b.partition.tp,
		Attempts:        b.attempts,
		Waited:          time.Since(b.created),
		PossiblyWritten: b.uncertain,
		TimedOut:        timedOut,
		Err:             reason,
	}
	if t := b.partition.producer.transactions; t != nil && !b.resolved {
		t.deliveryFailed(err) // before anybody is told that the batch is done
	}
	b.resolve(err, -1, -1)
}

// discard ends a batch that is out of its partition's hands: its memory goes
// back.
func (b *batch) discard() {
	b.state = gone
	b.builder.Release()
	b.releaseMessages()
	b.partition.producer.memory.release(b.reserved)
	b.reserved = 0
}
