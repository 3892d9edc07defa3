package partitioner

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/barnabas-go/kafka/record"
)

// stickyBytes is how much of keys and values goes to one partition before the
// next is chosen: enough for batches that compress well, and little enough that
// a slow topic's records spread.
const stickyBytes = 64 << 10

// Default makes partitioners that place records with a key as the Java client
// does, by [Murmur2], and records without one stickily: on one available
// partition chosen at random until it got 64 KiB, then on another (KIP-480,
// KIP-794). A key that is empty but not nil is a key.
func Default(string) Partitioner { return &sticky{} }

type sticky struct {
	current atomic.Int32 // partition + 1; 0 before the first choice
	left    atomic.Int64 // bytes until the next choice
}

func (s *sticky) Partition(rec *record.Record, topic *Topic) (int32, error) {
	if rec.Key != nil {
		return byKey(rec.Key, topic.Partitions), nil
	}
	size := int64(len(rec.Value)) + 1
	left := s.left.Add(-size)
	current := s.current.Load() - 1
	if current >= 0 && current < topic.Partitions && left+size > 0 {
		return current, nil
	}
	next := choose(current, topic)
	s.current.Store(next + 1)
	s.left.Store(stickyBytes - size)
	return next, nil
}

// choose picks a partition other than the last one, if there is another.
func choose(last int32, topic *Topic) int32 {
	n := int32(len(topic.Available))
	if n == 0 {
		return rand.Int32N(topic.Partitions)
	}
	i := rand.Int32N(n)
	if topic.Available[i] == last {
		i = (i + 1) % n
	}
	return topic.Available[i]
}
