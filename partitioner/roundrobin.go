package partitioner

import (
	"sync/atomic"

	"github.com/barnabas-go/kafka/record"
)

// RoundRobin makes partitioners that place records, whether they have a key or
// not, on each available partition in turn, or on all where none is available.
// When partitions come or go, the turn keeps its place in the list as long as
// there is such a place, as in kafka-python.
func RoundRobin(string) Partitioner { return &roundRobin{} }

type roundRobin struct{ next atomic.Int32 } // an index in the list of partitions

func (r *roundRobin) Partition(_ *record.Record, topic *Topic) (int32, error) {
	n := topic.Partitions
	if len(topic.Available) > 0 {
		n = int32(len(topic.Available))
	}
	for {
		next := r.next.Load()
		i := next
		if i >= n {
			i = 0
		}
		if r.next.CompareAndSwap(next, i+1) {
			return topic.nth(i), nil
		}
	}
}

// Random makes partitioners that place each record, whether it has a key or not,
// on an available partition chosen at random, or on any where none is available.
// Batches stay small that way: [Sticky] spreads records as evenly.
func Random(string) Partitioner {
	return Func(func(_ *record.Record, topic *Topic) (int32, error) { return topic.any(noPartition), nil })
}

// nth returns the nth of the partitions that are available, or of all where none
// is.
func (t *Topic) nth(n int32) int32 {
	if len(t.Available) > 0 {
		return t.Available[n]
	}
	return n
}
