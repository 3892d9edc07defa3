package metrics

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config is over which time metrics are. The zero value of each field means its
// default.
type Config struct {
	// Samples is how many windows count; default 2. Kafka: metrics.num.samples.
	Samples int
	// Window is how long each of them is; default 30 seconds.
	// Kafka: metrics.sample.window.ms.
	Window time.Duration
	// Tags come first among those of each metric of the registry.
	Tags []Tag
}

// Defaults of [Config].
const (
	DefaultSamples = 2
	DefaultWindow  = 30 * time.Second
)

func (c Config) withDefaults() Config {
	if c.Samples <= 0 {
		c.Samples = DefaultSamples
	}
	if c.Window <= 0 {
		c.Window = DefaultWindow
	}
	return c
}

// Registry holds the metrics of one client. It is safe for concurrent use.
type Registry struct {
	cfg Config

	mu      sync.Mutex
	metrics map[string]*metric // by the identity of their names
}

// metric is a name and where its value comes from.
type metric struct {
	name    Name
	measure func(now time.Time) float64
}

// NewRegistry returns a Registry without metrics.
func NewRegistry(cfg Config) *Registry {
	return &Registry{cfg: cfg.withDefaults(), metrics: make(map[string]*metric)}
}

// ErrDuplicate is wrapped by the error of adding a metric that there is already.
var ErrDuplicate = errors.New("there is a metric of this name already")

// Gauge adds a metric whose value f returns when it is asked for. An error tells
// that the name is incomplete or taken.
func (r *Registry) Gauge(name Name, f func() float64) error {
	return r.add(name, func(time.Time) float64 { return f() })
}

func (r *Registry) add(name Name, measure func(time.Time) float64) error {
	if name.Group == "" || name.Name == "" {
		return fmt.Errorf("metric %q of group %q: both must have a text", name.Name, name.Group)
	}
	name.Tags = slices.Concat(r.cfg.Tags, name.Tags)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.metrics[name.identity()]; taken {
		return fmt.Errorf("%s: %w", name, ErrDuplicate)
	}
	r.metrics[name.identity()] = &metric{name, measure}
	return nil
}

func (r *Registry) remove(name Name) {
	name.Tags = slices.Concat(r.cfg.Tags, name.Tags)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.metrics, name.identity())
}

// Metric is what a metric was when it was asked for.
type Metric struct {
	Name  Name
	Value float64 // NaN if nothing was measured in the time that counts
}

// Snapshot is all metrics at one time, ordered by group, tags and name.
type Snapshot []Metric

// Snapshot returns all metrics as they are now.
func (r *Registry) Snapshot() Snapshot {
	r.mu.Lock()
	all := make([]*metric, 0, len(r.metrics))
	for _, m := range r.metrics {
		all = append(all, m)
	}
	r.mu.Unlock()
	now := time.Now()
	s := make(Snapshot, len(all))
	for i, m := range all {
		s[i] = Metric{m.name, m.measure(now)}
	}
	slices.SortFunc(s, func(a, b Metric) int {
		return cmp.Or(strings.Compare(a.Name.Group, b.Name.Group),
			strings.Compare(a.Name.tags(), b.Name.tags()), strings.Compare(a.Name.Name, b.Name.Name))
	})
	return s
}

// Value returns the value of the first metric with the group, the name and, of
// its tags, those that are given; false if there is none.
func (s Snapshot) Value(group, name string, tags ...Tag) (float64, bool) {
	for _, m := range s {
		if m.Name.Group == group && m.Name.Name == name &&
			!slices.ContainsFunc(tags, func(t Tag) bool { return !slices.Contains(m.Name.Tags, t) }) {
			return m.Value, true
		}
	}
	return math.NaN(), false
}

// Map returns values by group, with its tags as in [Name.String], and name, as
// kafka-python's metrics() does. Metrics without a value are left out, so that
// it can be written as JSON.
func (s Snapshot) Map() map[string]map[string]float64 {
	groups := make(map[string]map[string]float64)
	for _, m := range s {
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			continue
		}
		group := m.Name.Group
		if len(m.Name.Tags) > 0 {
			group += "." + m.Name.tags()
		}
		if groups[group] == nil {
			groups[group] = make(map[string]float64)
		}
		groups[group][m.Name.Name] = m.Value
	}
	return groups
}
