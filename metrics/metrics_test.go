package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func name(text string) Name { return Name{Group: "grp1", Name: text} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, r *Registry, metric string, value float64) {
	t.Helper()
	got, ok := r.Snapshot().Value("grp1", metric)
	if !ok || math.Abs(got-value) > 1e-6*math.Abs(value) || math.IsNaN(got) != math.IsNaN(value) {
		t.Errorf("%s = %v, %t; want %v", metric, got, ok, value)
	}
}

// The values and what they come to are those of Kafka's MetricsTest, which
// kafka-python's tests repeat.
func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRegistry(Config{})
		s := r.Sensor()
		for text, stat := range map[string]NewStat{
			"avg": Avg, "max": Max, "min": Min, "count": Count, "rate": Rate, "total": Total, "value": Value,
		} {
			must(t, s.Add(name(text), stat))
		}
		for _, none := range []string{"avg", "max", "min", "value"} {
			want(t, r, none, math.NaN())
		}
		for i := range 10 {
			s.Record(float64(i))
		}
		want(t, r, "avg", 4.5)
		want(t, r, "max", 9)
		want(t, r, "min", 0)
		want(t, r, "count", 10)
		want(t, r, "total", 45)
		want(t, r, "value", 9)
		want(t, r, "rate", 45.0/30) // over one full window at least
		time.Sleep(time.Minute)     // virtual; both windows are over
		want(t, r, "avg", math.NaN())
		want(t, r, "max", math.NaN())
		want(t, r, "count", 0)
		want(t, r, "rate", 0)
		want(t, r, "total", 45)
	})
}

// Kafka's testRateWindowing: one record a window, and half a window of quiet.
func TestRateWindowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Samples: 3, Window: 30 * time.Second}
		r := NewRegistry(cfg)
		s := r.Sensor()
		must(t, s.Add(name("rate"), Rate))
		must(t, s.Add(name("count"), Count))
		for range cfg.Samples - 1 {
			s.Record(100)
			time.Sleep(cfg.Window) // virtual
		}
		time.Sleep(cfg.Window / 2) // virtual
		want(t, r, "rate", 200/75.0)
		want(t, r, "count", 2)
	})
}

// Kafka's testSimpleStats of a hierarchy: each record counts in all ancestors.
func TestHierarchy(t *testing.T) {
	r := NewRegistry(Config{})
	parent1, parent2 := r.Sensor(), r.Sensor()
	child1, child2 := r.Sensor(parent1, parent2), r.Sensor(parent1)
	grandchild := r.Sensor(child1)
	sensors := map[string]*Sensor{"parent1": parent1, "parent2": parent2, "child1": child1, "child2": child2, "grandchild": grandchild}
	for text, s := range sensors {
		must(t, s.Add(name(text), Count))
	}
	for _, s := range sensors {
		s.Record(1)
	}
	for text, count := range map[string]float64{"grandchild": 1, "child1": 2, "child2": 1, "parent2": 3, "parent1": 4} {
		want(t, r, text, count)
	}
	twice := r.Sensor(parent1, grandchild, parent1) // grandchild is parent1's
	twice.Record(1)
	want(t, r, "parent1", 5)
}

// Kafka's testPercentiles.
func TestPercentiles(t *testing.T) {
	for _, linear := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := NewRegistry(Config{Samples: 1, Window: time.Second})
			s := r.Sensor()
			must(t, s.AddPercentiles(Histogram{Max: 100, Buckets: 100, Linear: linear},
				Percentile{name("p25"), 25}, Percentile{name("p50"), 50}, Percentile{name("p75"), 75}))
			want(t, r, "p50", math.NaN())
			for i := range 100 {
				s.Record(float64(i))
			}
			for text, value := range map[string]float64{"p25": 25, "p50": 50, "p75": 75} {
				if got, _ := r.Snapshot().Value("grp1", text); math.Abs(got-value) > 1.5 {
					t.Errorf("linear %t: %s = %v, want %v", linear, text, got, value)
				}
			}
			time.Sleep(time.Second) // virtual
			for _, v := range []float64{-7, 1e9, math.NaN(), 1e9, math.Inf(1)} {
				s.Record(v)
			}
			if got, _ := r.Snapshot().Value("grp1", "p50"); got < 98 || got > 100 {
				t.Errorf("linear %t: the median of what is beyond the histogram is %v", linear, got)
			}
		})
	}
	for _, bad := range []Histogram{{}, {Min: 2, Max: 1}, {Max: math.NaN()}, {Max: 1, Buckets: -1}} {
		if err := NewRegistry(Config{}).Sensor().AddPercentiles(bad, Percentile{name("p"), 50}); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestNames(t *testing.T) {
	r := NewRegistry(Config{Tags: []Tag{{"client-id", "c"}}})
	s := r.Sensor()
	must(t, s.Add(Name{Group: "g", Name: "n"}, Count))
	must(t, s.Add(Name{Group: "g", Name: "n", Tags: []Tag{{"topic", "t"}}}, Count))
	if err := s.Add(Name{Group: "g", Name: "n", Description: "another"}, Count); !errors.Is(err, ErrDuplicate) {
		t.Errorf("a name twice: %v", err)
	}
	for _, bad := range []Name{{Name: "n"}, {Group: "g"}} {
		if err := s.Add(bad, Count); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	err := s.AddPercentiles(Histogram{Max: 1}, Percentile{Name{Group: "g", Name: "p"}, 50}, Percentile{Name{Group: "g", Name: "n"}, 50})
	if _, added := r.Snapshot().Value("g", "p"); added || !errors.Is(err, ErrDuplicate) {
		t.Errorf("half of the percentiles were added: %t, %v", added, err)
	}
	must(t, r.Gauge(Name{Group: "h", Name: "gauge"}, func() float64 { return 7 }))
	s.Record(1)
	if got, want := fmt.Sprint(r.Snapshot()), "[{g.client-id=c.n 1} {g.client-id=c,topic=t.n 1} {h.client-id=c.gauge 7}]"; got != want {
		t.Errorf("snapshot %s, want %s", got, want)
	}
	must(t, r.Sensor().Add(Name{Group: "h", Name: "nothing"}, Avg))
	text, err := json.Marshal(r.Snapshot().Map())
	if want := `{"g.client-id=c":{"n":1},"g.client-id=c,topic=t":{"n":1},"h.client-id=c":{"gauge":7}}`; err != nil || string(text) != want {
		t.Errorf("map %s, %v; want %s", text, err, want)
	}
	s.Remove()
	if got := r.Snapshot(); len(got) != 2 {
		t.Errorf("after the sensor was removed: %v", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	r := NewRegistry(Config{})
	s := r.Sensor(r.Sensor())
	must(t, s.Add(name("total"), Total))
	must(t, s.Add(name("max"), Max))
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for range 500 {
				s.Record(1)
				r.Snapshot()
			}
		})
	}
	users.Wait()
	want(t, r, "total", 2000)
}

func TestRecordAllocatesNothing(t *testing.T) {
	s := NewRegistry(Config{}).Sensor()
	for i, stat := range []NewStat{Avg, Max, Rate, Total} {
		must(t, s.Add(name(fmt.Sprint(i)), stat))
	}
	must(t, s.AddPercentiles(Histogram{Max: 100}, Percentile{name("p99"), 99}))
	now := time.Now()
	s.RecordAt(1, now)
	if n := testing.AllocsPerRun(100, func() { s.RecordAt(7, now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	s := NewRegistry(Config{}).Sensor()
	for i, stat := range []NewStat{Avg, Max, Rate} {
		if err := s.Add(name(fmt.Sprint(i)), stat); err != nil {
			b.Fatal(err)
		}
	}
	now := time.Now()
	for b.Loop() {
		s.RecordAt(7, now)
	}
}
