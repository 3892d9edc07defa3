package parallel

import (
	"maps"
	"sync"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

// Tracker finds out which offsets may be committed while records are handled in
// any order: for each partition, the one behind the longest row of handled
// records. It is safe for concurrent use. The zero value is ready.
//
//	ack := tracker.Add(rec) // in the order in which the consumer hands out records
//	...
//	ack.Done() // in any order, from any goroutine
//	...
//	err := c.CommitOffsets(ctx, tracker.Committable())
//
// It holds some 24 bytes for each record from the first one of a partition that is
// not handled: who adds no more once Pending has reached a limit bounds that.
type Tracker struct {
	mu      sync.Mutex
	windows map[cluster.TopicPartition]*window
}

// window is what is known of one partition, from its first record that is not
// handled on.
type window struct {
	tracker *Tracker
	tp      cluster.TopicPartition
	entries []entry // the first of them is not done
	first   uint64  // number of the first entry, counted from the partition's start
	last    int64   // offset that was added last, -2 for none
	next    consumer.OffsetAndMetadata
	taken   int64 // what Committable has returned last, -1 for nothing
	gone    bool  // dropped: nothing of it counts any more
}

type entry struct {
	offset int64
	epoch  int32
	done   bool
}

// Ack is one record's place in a Tracker.
type Ack struct {
	w      *window
	number uint64
}

// Add takes a record that was handed out. The records of a partition must be added
// in the order in which they were. If an offset comes again, as after a seek, all
// that was added before is dropped.
func (t *Tracker) Add(rec *record.Record) Ack {
	t.mu.Lock()
	defer t.mu.Unlock()
	tp := cluster.TopicPartition{Topic: rec.Topic, Partition: rec.Partition}
	w := t.windows[tp]
	if w == nil || rec.Offset <= w.last {
		w = t.open(tp)
	}
	w.last = rec.Offset
	w.entries = append(w.entries, entry{offset: rec.Offset, epoch: rec.LeaderEpoch})
	return Ack{w, w.first + uint64(len(w.entries)) - 1}
}

// open begins a window, and drops the one that there was. The caller holds the lock.
func (t *Tracker) open(tp cluster.TopicPartition) *window {
	t.drop(tp)
	if t.windows == nil {
		t.windows = make(map[cluster.TopicPartition]*window)
	}
	w := &window{tracker: t, tp: tp, last: -2, taken: -1, next: consumer.OffsetAndMetadata{Offset: -1, LeaderEpoch: -1}}
	t.windows[tp] = w
	return w
}

// Done tells that the record is handled. More calls have no effect, and neither has
// one for a partition that was dropped meanwhile.
func (a Ack) Done() {
	w := a.w
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	if w.gone || a.number < w.first {
		return
	}
	w.entries[a.number-w.first].done = true
	w.advance()
}

// advance leaves behind what is done. The caller holds the lock.
func (w *window) advance() {
	n := 0
	for ; n < len(w.entries) && w.entries[n].done; n++ {
		w.next.Offset, w.next.LeaderEpoch = w.entries[n].offset+1, w.entries[n].epoch
	}
	w.entries = w.entries[n:]
	w.first += uint64(n)
	if len(w.entries) == 0 {
		w.entries = nil // give the memory back
	}
}

// Skip tells that no record is to be handled between the one that was added last,
// or the beginning, and an offset, such as the position of a consumer: they were
// removed by compaction, are markers of transactions, or were before the consumer's
// start. So the offset is what may be committed once all before it is done.
func (t *Tracker) Skip(tp cluster.TopicPartition, offset int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.windows[tp]
	if w == nil {
		w = t.open(tp)
	}
	if offset-1 <= w.last {
		return
	}
	w.last = offset - 1
	epoch := w.next.LeaderEpoch
	if n := len(w.entries); n > 0 {
		epoch = w.entries[n-1].epoch
	}
	w.entries = append(w.entries, entry{offset: w.last, epoch: epoch, done: true})
	w.advance()
}

// Committable returns what may be committed and was not returned before.
func (t *Tracker) Committable(partitions ...cluster.TopicPartition) map[cluster.TopicPartition]consumer.OffsetAndMetadata {
	t.mu.Lock()
	defer t.mu.Unlock()
	offsets := make(map[cluster.TopicPartition]consumer.OffsetAndMetadata)
	take := func(w *window) {
		if w != nil && w.next.Offset != w.taken {
			offsets[w.tp], w.taken = w.next, w.next.Offset
		}
	}
	for _, tp := range partitions {
		take(t.windows[tp])
	}
	if len(partitions) == 0 {
		for w := range maps.Values(t.windows) {
			take(w)
		}
	}
	return offsets
}

// Failed tells that a commit has failed, so that Committable returns the offsets
// again, or later ones.
func (t *Tracker) Failed(offsets map[cluster.TopicPartition]consumer.OffsetAndMetadata) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for tp, o := range offsets {
		if w := t.windows[tp]; w != nil && w.taken == o.Offset {
			w.taken = -1
		}
	}
}

// Pending returns how many records of a partition cannot be committed yet: those
// that are not handled, and those that are but come behind one which is not.
func (t *Tracker) Pending(tp cluster.TopicPartition) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w := t.windows[tp]; w != nil {
		return len(w.entries)
	}
	return 0
}

// Drop forgets partitions that were given up or lost: what is handled of them from
// now on does not count.
func (t *Tracker) Drop(partitions ...cluster.TopicPartition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tp := range partitions {
		t.drop(tp)
	}
}

func (t *Tracker) drop(tp cluster.TopicPartition) {
	if w := t.windows[tp]; w != nil {
		w.gone, w.entries = true, nil
		delete(t.windows, tp)
	}
}
