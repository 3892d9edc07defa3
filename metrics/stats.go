package metrics

import (
	"math"
	"time"
)

// Stat makes one number of many values. Its Sensor calls it under a lock.
type Stat interface {
	// Record takes a value that was measured at the given time.
	Record(value float64, now time.Time)
	// Measure returns the number, NaN if there is none.
	Measure(now time.Time) float64
}

// NewStat makes a Stat for a sensor of a registry with the given configuration.
type NewStat func(Config) Stat

// Avg is the mean of the values in the last samples.
func Avg(cfg Config) Stat { return &avg{newSampled(cfg, 0)} }

type avg struct{ sampled }

func (a *avg) Record(value float64, now time.Time) { a.at(now).add(value) }

func (a *avg) Measure(now time.Time) float64 {
	sum, count := a.sum(now)
	return sum / float64(count) // NaN without any
}

func (s *sample) add(value float64) {
	s.value += value
	s.count++
}

// Max is the largest value in the last samples.
func Max(cfg Config) Stat { return &extreme{newSampled(cfg, math.Inf(-1)), math.Max} }

// Min is the smallest value in the last samples.
func Min(cfg Config) Stat { return &extreme{newSampled(cfg, math.Inf(1)), math.Min} }

type extreme struct {
	sampled
	better func(a, b float64) float64
}

func (e *extreme) Record(value float64, now time.Time) {
	s := e.at(now)
	s.value = e.better(s.value, value)
	s.count++
}

func (e *extreme) Measure(now time.Time) float64 { return e.extreme(now, e.better) }

// Count is how many values there were in the last samples.
func Count(cfg Config) Stat { return &count{newSampled(cfg, 0)} }

type count struct{ sampled }

func (c *count) Record(_ float64, now time.Time) { c.at(now).add(1) }

func (c *count) Measure(now time.Time) float64 {
	n, _ := c.sum(now)
	return n
}

// Rate is the sum of the values in the last samples, per second.
func Rate(cfg Config) Stat { return &rate{newSampled(cfg, 0)} }

type rate struct{ sampled }

func (r *rate) Record(value float64, now time.Time) { r.at(now).add(value) }

func (r *rate) Measure(now time.Time) float64 {
	sum, _ := r.sum(now)
	return sum / r.elapsed(now).Seconds()
}

// Total is the sum of all values there ever were.
func Total(Config) Stat { return new(total) }

type total float64

func (t *total) Record(value float64, _ time.Time) { *t += total(value) }

func (t *total) Measure(time.Time) float64 { return float64(*t) }

// Value is the last value.
func Value(Config) Stat {
	v := value(math.NaN())
	return &v
}

type value float64

func (v *value) Record(last float64, _ time.Time) { *v = value(last) }

func (v *value) Measure(time.Time) float64 { return float64(*v) }
