package partitioner

import (
	"sync/atomic"

	"github.com/barnabas-go/kafka/record"
)

// RoundRobin makes partitioners that place records, whether they have a key or
// not, on each available partition in turn, or on all where none is available.
func RoundRobin(string) Partitioner { return &roundRobin{} }

type roundRobin struct{ next atomic.Uint64 }

func (r *roundRobin) Partition(_ *record.Record, topic *Topic) (int32, error) {
	turn := r.next.Add(1) - 1
	if n := uint64(len(topic.Available)); n > 0 {
		return topic.Available[turn%n], nil
	}
	return int32(turn % uint64(topic.Partitions)), nil
}
