package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/integration/bench/measure"
)

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		figures []float64
		want    spread
	}{
		{[]float64{7}, spread{7, 7, 7}},
		{[]float64{9, 1, 2}, spread{2, 1, 9}},
		{[]float64{4, 1, 3, 2}, spread{2.5, 1, 4}},
	} {
		figures := slices.Clone(test.figures)
		if got := spreadOf(figures); got != test.want || !slices.Equal(figures, test.figures) {
			t.Errorf("spread of %v is %v, want %v", test.figures, got, test.want)
		}
	}
}

func TestRatios(t *testing.T) {
	if got := ratios([]float64{1, 6, 9}, []float64{2, 3}); !slices.Equal(got, []float64{0.5, 2}) {
		t.Errorf("ratios are %v", got)
	}
	if got := ratios([]float64{1}, []float64{0}); len(got) != 0 {
		t.Errorf("ratios are %v", got)
	}
}

func TestReport(t *testing.T) {
	sc := scenario{measure.Produce, 100, "none", 6, 0, 0}
	results := func(seconds ...float64) []measure.Result {
		var all []measure.Result
		for _, s := range seconds {
			all = append(all, measure.Result{Seconds: s, CPUSeconds: s / 2, Mallocs: 50, AllocBytes: 30_000, PeakRSS: 42e6})
		}
		return all
	}
	started := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r := report{
		Kafka: "4.3.1", Go: "go1.26", Platform: "linux/amd64", CPUs: 2, Started: started, Finished: started.Add(time.Minute),
		Rows: []row{
			{Scenario: sc, Client: "barnabas", Records: 1000, Results: results(0.001, 0.003, 0.002), StoredBytes: []int64{110_000, 110_000, 120_000}},
			{Scenario: sc, Client: "franz", Version: "v1", Records: 1000, Results: results(0.002, 0.002, 0.004), StoredBytes: []int64{110_000, 110_000, 120_000}},
			{Scenario: sc, Client: "sarama", Records: 1000, Error: "no"},
			{Scenario: scenario{measure.Latency, 100, "none", 1, 0, 0}, Client: "floor", Records: 10,
				Results: []measure.Result{{P50: 0.001, P99: 0.0025, P999: 0.01}}, StoredBytes: []int64{1}},
			{Scenario: scenario{measure.Join848, 100, "none", 6, 0, 0}, Client: "barnabas", Records: 10,
				Results: []measure.Result{{P50: 0.002, P95: 0.003, P99: 0.004, P999: 0.004, CPUSeconds: 0.04, PeakRSS: 42e6}}},
			{Scenario: scenario{measure.Join848, 100, "none", 6, 0, 0}, Client: "franz", Records: 10,
				Results: []measure.Result{{P50: 0.004, P95: 0.005, P99: 0.005, P999: 0.005, CPUSeconds: 0.08, PeakRSS: 42e6}}},
			{Scenario: scenario{measure.Idle, 100, "none", 10_000, 0, 0}, Client: "barnabas", Records: 20,
				Results: []measure.Result{{Seconds: 20, CPUSeconds: 0.2, PeakRSS: 42e6}}},
		},
	}
	var b strings.Builder
	r.write(&b)
	want := strings.TrimLeft(`
Kafka 4.3.1, go1.26 linux/amd64, 2 CPUs shared with the broker, 2026-11-21, took 1m0s.
Medians of the rounds, in brackets the least and the greatest. franz v1.

### produce/100/none, 6 partitions (1000 records)

| client   |        records/s |   MB/s |     CPU s/M records | CPU ÷ franz | allocs/record | B/record | peak MB | stored B/record |
|----------|-----------------:|-------:|--------------------:|------------:|--------------:|---------:|--------:|----------------:|
| barnabas | 500k (333–1000k) |     50 | 1.000 (0.500–1.500) |        0.50 |         0.050 |       30 |      42 |           110.0 |
| franz    |  500k (250–500k) |     50 | 1.000 (1.000–2.000) |        1.00 |         0.050 |       30 |      42 |           110.0 |
| sarama   |           failed | failed |              failed |      failed |        failed |   failed |  failed |          failed |

### latency/100/none, 1 partition (10 records)

| client |           p50 ms |           p99 ms |            p99.9 ms |     CPU s/M records | CPU ÷ franz | allocs/record | B/record | peak MB |
|--------|-----------------:|-----------------:|--------------------:|--------------------:|------------:|--------------:|---------:|--------:|
| floor  | 1.00 (1.00–1.00) | 2.50 (2.50–2.50) | 10.00 (10.00–10.00) | 0.000 (0.000–0.000) |           – |         0.000 |        0 |       0 |

### join848/100/none, 6 partitions (10 joins)

| client   |           p50 ms |           p95 ms | CPU ms/join | CPU ÷ franz | peak MB |
|----------|-----------------:|-----------------:|------------:|------------:|--------:|
| barnabas | 2.00 (2.00–2.00) | 3.00 (3.00–3.00) |        4.00 |        0.50 |      42 |
| franz    | 4.00 (4.00–4.00) | 5.00 (5.00–5.00) |        8.00 |        1.00 |      42 |

### idle/100/none, 10000 partitions (20 seconds)

| client   |      % of a core | CPU ÷ franz | peak MB |
|----------|-----------------:|------------:|--------:|
| barnabas | 1.00 (1.00–1.00) |           – |      42 |

### Barnabas beside the others

| scenario                                     | CPU s/M records | ÷ franz |  ÷ best peer | ÷ floor | allocs/record | records/s ÷ best peer | stored ÷ franz | p50 ÷ best peer | p95 ÷ best peer | p99 ÷ best peer | p99.9 ÷ best peer |
|----------------------------------------------|----------------:|--------:|-------------:|--------:|--------------:|----------------------:|---------------:|----------------:|----------------:|----------------:|------------------:|
| produce/100/none, 6 partitions, 1000 records |           1.000 |    0.50 | 0.50 (franz) |       – |         0.050 |          1.00 (franz) |           1.00 |               – |               – |               – |                 – |
| join848/100/none, 6 partitions, 10 records   |        4000.000 |    0.50 | 0.50 (franz) |       – |         0.000 |                     – |              – |    0.50 (franz) |    0.60 (franz) |    0.80 (franz) |      0.80 (franz) |
`, "\n")
	if got := b.String(); got != want {
		t.Errorf("report is\n%s\nwant\n%s", got, want)
	}
}
