package metrics

import (
	"math"
	"time"
)

// sample is what was recorded in one window of time.
type sample struct {
	start time.Time
	count int64
	value float64
}

// sampled is the samples that count, as the Java client's SampledStat keeps
// them: a window ends with the first record after its time, and a sample is
// forgotten once it is older than all windows together.
type sampled struct {
	cfg     Config
	initial float64
	samples []sample
	current int
	reset   func(i int) // for what is kept beside the samples; nil for nothing
}

func newSampled(cfg Config, initial float64) sampled {
	return sampled{cfg: cfg, initial: initial, samples: make([]sample, 0, cfg.Samples)}
}

// at returns the sample for a record at a time.
func (s *sampled) at(now time.Time) *sample {
	if len(s.samples) == 0 {
		s.open(now, 0)
	} else if now.Sub(s.samples[s.current].start) >= s.cfg.Window {
		s.open(now, (s.current+1)%s.cfg.Samples)
	}
	return &s.samples[s.current]
}

func (s *sampled) open(now time.Time, i int) {
	if i == len(s.samples) {
		s.samples = append(s.samples, sample{})
	}
	s.current = i
	s.clear(i, now)
}

func (s *sampled) clear(i int, now time.Time) {
	s.samples[i] = sample{start: now, value: s.initial}
	if s.reset != nil {
		s.reset(i)
	}
}

// purge forgets samples that are too old.
func (s *sampled) purge(now time.Time) {
	for i := range s.samples {
		if now.Sub(s.samples[i].start) >= time.Duration(s.cfg.Samples)*s.cfg.Window {
			s.clear(i, now)
		}
	}
}

// sum returns the values and the number of records in all samples that count.
func (s *sampled) sum(now time.Time) (value float64, count int64) {
	s.purge(now)
	for i := range s.samples {
		value += s.samples[i].value
		count += s.samples[i].count
	}
	return value, count
}

// elapsed returns the time that the samples cover. So that a rate does not leap
// at the start, it is at least all windows but one.
func (s *sampled) elapsed(now time.Time) time.Duration {
	s.at(now)
	oldest := now
	for i := range s.samples {
		if start := s.samples[i].start; start.Before(oldest) {
			oldest = start
		}
	}
	total := now.Sub(oldest)
	if missing := time.Duration(s.cfg.Samples-1) - total/s.cfg.Window; missing > 0 {
		total += missing * s.cfg.Window
	}
	return max(total, time.Millisecond)
}

// extreme returns the largest or smallest of the values, NaN without any.
func (s *sampled) extreme(now time.Time, better func(a, b float64) float64) float64 {
	s.purge(now)
	result, found := s.initial, false
	for i := range s.samples {
		if s.samples[i].count > 0 {
			result, found = better(result, s.samples[i].value), true
		}
	}
	if !found {
		return math.NaN()
	}
	return result
}
