package metrics

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Sensor takes values and hands them to its metrics and to its parents. It is
// safe for concurrent use. Recording costs a lock and some arithmetic for each
// metric, and allocates nothing.
type Sensor struct {
	registry *Registry
	parents  []*Sensor

	mu    sync.Mutex
	stats []Stat
	names []Name
}

// Sensor returns a new Sensor without metrics, whose values its parents get as
// well.
func (r *Registry) Sensor(parents ...*Sensor) *Sensor {
	return &Sensor{registry: r, parents: ancestorsOnce(parents)}
}

// ancestorsOnce leaves out parents that another one hands its values to anyhow,
// so that none is counted twice.
func ancestorsOnce(parents []*Sensor) []*Sensor {
	var once []*Sensor
	for i, p := range parents {
		covered := slices.Contains(parents[:i], p) ||
			slices.ContainsFunc(parents, func(other *Sensor) bool { return other != p && other.reaches(p) })
		if !covered {
			once = append(once, p)
		}
	}
	return once
}

func (s *Sensor) reaches(other *Sensor) bool {
	return s == other || slices.ContainsFunc(s.parents, func(p *Sensor) bool { return p.reaches(other) })
}

// Add makes a metric of what the stat measures. An error tells that the name is
// incomplete or taken.
func (s *Sensor) Add(name Name, stat NewStat) error {
	st := stat(s.registry.cfg)
	return s.add([]Name{name}, st, []func(time.Time) float64{st.Measure})
}

// Percentile is the metric that the given percentage of values is at most.
type Percentile struct {
	Name    Name
	Percent float64
}

// AddPercentiles makes metrics of a histogram of the values.
func (s *Sensor) AddPercentiles(h Histogram, percentiles ...Percentile) error {
	if err := h.validate(); err != nil {
		return err
	}
	p := newPercentiles(s.registry.cfg, h)
	var names []Name
	var measures []func(time.Time) float64
	for _, each := range percentiles {
		names = append(names, each.Name)
		measures = append(measures, func(now time.Time) float64 { return p.measure(now, each.Percent) })
	}
	return s.add(names, p, measures)
}

// add is all or nothing.
func (s *Sensor) add(names []Name, stat Stat, measures []func(time.Time) float64) error {
	for i, name := range names {
		err := s.registry.add(name, func(now time.Time) float64 {
			s.mu.Lock()
			defer s.mu.Unlock()
			return measures[i](now)
		})
		if err != nil {
			for _, added := range names[:i] {
				s.registry.remove(added)
			}
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats = append(s.stats, stat)
	s.names = append(s.names, names...)
	return nil
}

// Remove takes the sensor's metrics out of its registry.
func (s *Sensor) Remove() {
	s.mu.Lock()
	names := s.names
	s.stats, s.names = nil, nil
	s.mu.Unlock()
	for _, name := range names {
		s.registry.remove(name)
	}
}

// Record takes a value that was measured now.
func (s *Sensor) Record(value float64) { s.RecordAt(value, time.Now()) }

// RecordAt takes a value that was measured at the given time.
func (s *Sensor) RecordAt(value float64, now time.Time) {
	s.mu.Lock()
	for _, stat := range s.stats {
		stat.Record(value, now)
	}
	s.mu.Unlock()
	for _, p := range s.parents {
		p.RecordAt(value, now)
	}
}

// Histogram is how finely [Sensor.AddPercentiles] tells values apart. Values
// beyond Min and Max count as these.
type Histogram struct {
	Min, Max float64
	// Buckets is their number; default 200.
	Buckets int
	// Linear has buckets grow in width from the first to the last, rather than be
	// of one width, so that small values are told apart more finely.
	Linear bool
}

const defaultBuckets = 200

func (h Histogram) validate() error {
	switch {
	case !(h.Max > h.Min):
		return fmt.Errorf("histogram from %g to %g: Max must be above Min", h.Min, h.Max)
	case h.Buckets < 0 || h.Buckets == 1:
		return fmt.Errorf("histogram of %d buckets: it must have 2 or more, or 0 for the default", h.Buckets)
	}
	return nil
}
