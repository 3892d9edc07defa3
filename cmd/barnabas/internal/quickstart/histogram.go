package quickstart

import (
	"math/bits"
	"time"
)

// subBuckets is into how many buckets each power of two is divided, so that a
// quantile is off by less than 1/subBuckets.
const (
	subBits    = 6
	subBuckets = 1 << subBits
)

// Histogram counts durations in buckets that grow with them.
type Histogram struct {
	counts [(64 - subBits + 1) * subBuckets]int64
	n      int64
	max    time.Duration
}

// Add counts a duration; a negative one as zero.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucket(uint64(d))]++
	h.n++
	h.max = max(h.max, d)
}

// bucket returns the index for a value: values below subBuckets have one each,
// others share it with those that have the same leading bits.
func bucket(v uint64) int {
	shift := max(bits.Len64(v)-subBits-1, 0)
	return shift*subBuckets + int(v>>shift)
}

// upper returns the greatest value of a bucket.
func upper(index int) uint64 {
	shift := max(index/subBuckets-1, 0)
	return (uint64(index-shift*subBuckets)+1)<<shift - 1
}

// Max returns the longest duration.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile returns the duration that a share q of all do not exceed, at most
// 1/64 too long; 0 if there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := int64(q * float64(h.n))
	for i, count := range h.counts {
		if rank -= count; rank < 0 {
			return min(time.Duration(upper(i)), h.max)
		}
	}
	return h.max
}
