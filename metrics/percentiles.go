package metrics

import (
	"math"
	"time"
)

// percentiles is a histogram of each sample.
type percentiles struct {
	sampled
	scale  Histogram
	counts [][]int64 // of each sample, by bucket
}

func newPercentiles(cfg Config, h Histogram) *percentiles {
	if h.Buckets == 0 {
		h.Buckets = defaultBuckets
	}
	p := &percentiles{sampled: newSampled(cfg, 0), scale: h, counts: make([][]int64, cfg.Samples)}
	for i := range p.counts {
		p.counts[i] = make([]int64, h.Buckets)
	}
	p.reset = func(i int) { clear(p.counts[i]) }
	return p
}

func (p *percentiles) Record(value float64, now time.Time) {
	p.at(now).add(value)
	p.counts[p.current][p.scale.bucket(value)]++
}

// Measure returns the median.
func (p *percentiles) Measure(now time.Time) float64 { return p.measure(now, 50) }

// measure returns the lower end of the bucket in which the percentage is
// reached.
func (p *percentiles) measure(now time.Time, percent float64) float64 {
	_, count := p.sum(now)
	if count == 0 {
		return math.NaN()
	}
	reached, wanted := int64(0), percent/100*float64(count)
	for bucket := range p.scale.Buckets {
		for i := range p.counts {
			reached += p.counts[i][bucket]
		}
		if float64(reached) > wanted {
			return p.scale.from(bucket)
		}
	}
	return p.scale.Max
}

// bucket returns the bucket of a value.
func (h *Histogram) bucket(value float64) int {
	share := (value - h.Min) / (h.Max - h.Min)
	if !(share > 0) { // NaN, too
		return 0
	}
	if h.Linear { // the nth bucket begins at n(n+1)/2 of the whole
		n := float64(h.Buckets)
		return min(int((math.Sqrt(1+4*min(share, 1)*n*(n+1))-1)/2), h.Buckets-1)
	}
	return int(min(share*float64(h.Buckets), float64(h.Buckets-1)))
}

// from returns where a bucket begins.
func (h *Histogram) from(bucket int) float64 {
	n, b := float64(h.Buckets), float64(bucket)
	if h.Linear {
		return h.Min + (h.Max-h.Min)*b*(b+1)/(n*(n+1))
	}
	return h.Min + (h.Max-h.Min)*b/n
}
