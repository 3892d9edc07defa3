package quickstart

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestChecker(t *testing.T) {
	type record struct {
		partition int32
		sequence  int64
	}
	for _, test := range []struct {
		name                                     string
		arrive                                   []record
		missing, duplicates, disordered, damaged int64
		example                                  string
	}{
		{"all", []record{{0, 0}, {1, 0}, {0, 1}, {0, 2}, {1, 1}}, 0, 0, 0, 0, ""},
		{"nothing", nil, 5, 0, 0, 0, ""},
		{"a gap", []record{{0, 0}, {0, 2}, {1, 0}, {1, 1}}, 1, 0, 0, 0, ""},
		{"twice", []record{{0, 0}, {0, 1}, {0, 1}, {0, 2}, {1, 0}, {1, 1}}, 0, 1, 0, 0, "partition 0: record 1 came twice"},
		{"again from the start", []record{{0, 0}, {0, 1}, {0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}}, 0, 2, 0, 0, "partition 0: record 0 came twice"},
		{"swapped", []record{{0, 1}, {0, 0}, {0, 2}, {1, 0}, {1, 1}}, 0, 0, 1, 0, "partition 0: record 0 came after record 1"},
		{"one too many", []record{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}, 0, 0, 0, 1, "partition 1: record 2 was never sent"},
	} {
		c := newChecker(5, 2) // three to partition 0, two to partition 1
		for _, r := range test.arrive {
			c.add(r.partition, r.sequence)
		}
		if c.missing() != test.missing || c.duplicates != test.duplicates || c.disordered != test.disordered || c.damaged != test.damaged || c.example != test.example {
			t.Errorf("%s: missing %d, duplicates %d, disordered %d, damaged %d, %q; want %+v",
				test.name, c.missing(), c.duplicates, c.disordered, c.damaged, c.example, test)
		}
	}
	if c := newChecker(1000, 7); c.missing() != 1000 {
		t.Errorf("1000 records over 7 partitions are %d", c.missing())
	}
}

func TestPayload(t *testing.T) {
	for _, size := range []int{MinSize, 21, 100, 1000} {
		made, read := newPayload(size), newPayload(size)
		for sequence := range int64(60) {
			value := made.make(3, sequence, 5*time.Second)
			got, sent, err := read.read(value, 3)
			if err != nil || got != sequence || sent != 5*time.Second || len(value) != size {
				t.Errorf("size %d, record %d: %d, %v, %v", size, sequence, got, sent, err)
			}
		}
	}
	p := newPayload(50)
	value := slices.Clone(p.make(3, 9, 0))
	if _, _, err := p.read(value, 4); err == nil || !strings.Contains(err.Error(), "partition 3 came from partition 4") {
		t.Errorf("in another partition: %v", err)
	}
	if _, _, err := p.read(value[1:], 3); err == nil || !strings.Contains(err.Error(), "49 bytes instead of 50") {
		t.Errorf("shorter: %v", err)
	}
	for _, i := range []int{4, 11, MinSize, 49} { // number and text, but for the time
		damaged := slices.Clone(value)
		damaged[i] ^= 0x80
		if _, _, err := p.read(damaged, 3); err == nil {
			t.Errorf("byte %d is damaged, and nobody saw it", i)
		}
	}
}

// TestHistogram holds quantiles against those of the sorted values.
func TestHistogram(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	var values []time.Duration
	for range 10_000 {
		v := time.Duration(rng.ExpFloat64() * float64(time.Millisecond))
		values = append(values, v)
		h.Add(v)
	}
	slices.Sort(values)
	for _, q := range []float64{0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999} {
		want, got := values[int(q*10_000)], h.Quantile(q)
		if got < want || got > want+want/subBuckets+1 {
			t.Errorf("quantile %v is %v, want %v to 1/64 more", q, got, want)
		}
	}
	if h.Max() != values[9999] || h.Quantile(1) != values[9999] {
		t.Errorf("maximum %v and %v, want %v", h.Max(), h.Quantile(1), values[9999])
	}
	var empty Histogram
	if empty.Quantile(0.5) != 0 || empty.Max() != 0 {
		t.Error("an empty histogram has values")
	}
	empty.Add(-time.Second)
	if empty.Quantile(0.5) != 0 {
		t.Error("a negative duration is not zero")
	}
	for _, v := range []uint64{0, 1, 63, 64, 65, 127, 128, 1 << 20, 1<<63 - 1} {
		if i := bucket(v); upper(i) < v || i > 0 && upper(i-1) >= v {
			t.Errorf("%d is in bucket %d, which ends at %d", v, i, upper(i))
		}
	}
}

func TestVerdict(t *testing.T) {
	good := Report{Records: 1000, Received: 1000, InLog: 1000}
	if err := good.Verdict(); err != nil {
		t.Errorf("%v", err)
	}
	cause := errors.New("because")
	for want, change := range map[string]func(*Report){
		"of 1,000 records 5 were not acknowledged; because":          func(r *Report) { r.Failed, r.Failure = 5, cause },
		"of 1,000 records 1 did not arrive":                          func(r *Report) { r.Missing = 1 },
		"of 1,000 records 2 arrived more than once; so and so":       func(r *Report) { r.Duplicates, r.Example = 2, "so and so" },
		"of 1,000 records 3 arrived after a later one":               func(r *Report) { r.Disordered = 3 },
		"of 1,000 records 4 were damaged":                            func(r *Report) { r.Damaged = 4 },
		"of 1,000 records the partitions hold 1,001":                 func(r *Report) { r.InLog = 1001 },
		"of 1,000 records 1 did not arrive, the partitions hold 999": func(r *Report) { r.Missing, r.InLog = 1, 999 },
	} {
		r := good
		change(&r)
		if err := r.Verdict(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if text := r.String(); !strings.Contains(text, "verdict   FAILED: "+want+"\n") {
			t.Errorf("%s", text)
		}
	}
}

func TestTexts(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 999: "999ns", 12345: "12.3µs", 1234567: "1.23ms", 45 * time.Second: "45s"} {
		if got := short(d); got != want {
			t.Errorf("%d is written %s, want %s", d, got, want)
		}
	}
}
