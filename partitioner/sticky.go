package partitioner

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// stickyBytes is how much of keys and values goes to one partition before the
// next is chosen: enough for batches that compress well, and little enough that
// a slow topic's records spread.
const stickyBytes = 64 << 10

// Default makes partitioners that place records with a key as the Java client
// does, by [Murmur2Hash], and records without one stickily: on one available
// partition until it got 64 KiB, then on another (KIP-480, KIP-794). A key that
// is empty but not nil is a key.
//
// Partitions of slow brokers get less: of two that are chosen at random, the one
// with fewer unacknowledged bytes comes next. See [Sticky] for other ways.
func Default(string) Partitioner { return &sticky{} }

// StickyOptions are how [Sticky] differs from [Default]. The zero value is
// Default itself.
type StickyOptions struct {
	// IgnoreKeys places records with a key as those without, like Java's
	// UniformStickyPartitioner. Kafka: partitioner.ignore.keys.
	IgnoreKeys bool
	// Uniform chooses among available partitions at random, whatever their load.
	// Kafka: partitioner.adaptive.partitioning.enable, inverted.
	Uniform bool
	// AvailabilityTimeout is how long a broker may take nothing in before its
	// partitions are passed over, as long as others can be found; 0, the
	// default, is for ever. Kafka: partitioner.availability.timeout.ms.
	AvailabilityTimeout time.Duration
}

// Sticky makes partitioners that are [Default] but for the options.
func Sticky(o StickyOptions) New {
	return func(string) Partitioner { return &sticky{options: o} }
}

type sticky struct {
	options StickyOptions
	current atomic.Int32 // partition + 1; 0 before the first choice
	left    atomic.Int64 // bytes until the next choice
}

func (s *sticky) Partition(rec *record.Record, topic *Topic) (int32, error) {
	if rec.Key != nil && !s.options.IgnoreKeys {
		return murmur2(rec.Key, topic.Partitions), nil
	}
	size := int64(len(rec.Key)+len(rec.Value)) + 1
	left := s.left.Add(-size)
	current := s.current.Load() - 1
	if current >= 0 && current < topic.Partitions && left+size > 0 {
		return current, nil
	}
	next := s.choose(current, topic)
	s.current.Store(next + 1)
	s.left.Store(stickyBytes - size)
	return next, nil
}

// choose picks the partition after the last one. To compare two that chance
// picks keeps load as even, nearly, as to compare all, and costs the same for
// ten thousand partitions as for ten.
func (s *sticky) choose(last int32, topic *Topic) int32 {
	if topic.Load == nil || s.options.Uniform {
		return s.pick(last, topic)
	}
	first := s.pick(noPartition, topic)
	second := s.pick(first, topic)
	if topic.Load(second).Bytes < topic.Load(first).Bytes {
		return second
	}
	return first
}

const (
	// noPartition is no partition's number.
	noPartition = -1
	// picks is how many partitions are looked at for one whose broker takes
	// something in.
	picks = 8
)

// pick picks a partition by chance, other than the given one if there is
// another.
func (s *sticky) pick(other int32, topic *Topic) int32 {
	var picked int32
	for range picks {
		picked = topic.any(other)
		if timeout := s.options.AvailabilityTimeout; timeout == 0 || topic.Load == nil || topic.Load(picked).Stalled <= timeout {
			break
		}
	}
	return picked
}

// any returns one of the partitions that are available, or of all where none is,
// but not the given one, if there is another.
func (t *Topic) any(other int32) int32 {
	n, at, found := t.Partitions, other, other >= 0 && other < t.Partitions
	if len(t.Available) > 0 {
		n = int32(len(t.Available))
		var i int
		i, found = slices.BinarySearch(t.Available, other)
		at = int32(i)
	}
	if !found || n == 1 {
		return t.nth(rand.Int32N(n))
	}
	i := rand.Int32N(n - 1)
	if i >= at {
		i++
	}
	return t.nth(i)
}
