package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/integration/bench/clients/franz"
	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// report is all that was measured.
type report struct {
	Started  time.Time
	Finished time.Time
	Kafka    string
	Go       string
	Platform string
	CPUs     int
	Rows     []row
}

// row is one client in one scenario.
type row struct {
	Scenario    scenario
	Client      string
	Version     string           `json:",omitempty"`
	Records     int              // of each measurement
	Results     []measure.Result // of the rounds
	StoredBytes []int64          // by which the topic grew, where something was sent
	Error       string           `json:",omitempty"` // why it has no more rounds
}

func newReport(_ options, kafka string) report {
	return report{
		Started:  time.Now(),
		Kafka:    kafka,
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPUs:     runtime.NumCPU(),
	}
}

func saveJSON(file string, r report) error {
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

// write prints the report as Markdown: a table for each scenario.
func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "Kafka %s, %s %s, %d CPUs shared with the broker, %s, took %v.\n",
		r.Kafka, r.Go, r.Platform, r.CPUs, r.Started.Format(time.DateOnly), r.Finished.Sub(r.Started).Round(time.Second))
	fmt.Fprintf(w, "Medians of the rounds, in brackets the least and the greatest. %s\n", r.versions())
	for rows := range r.scenarios() {
		writeScenario(w, rows)
	}
	r.writeSummary(w)
}

// scenarios yields the rows of one scenario after the other.
func (r *report) scenarios() iter.Seq[[]row] {
	return func(yield func([]row) bool) {
		for rows := r.Rows; len(rows) > 0; {
			n := 1
			for n < len(rows) && rows[n].Scenario == rows[0].Scenario {
				n++
			}
			if !yield(rows[:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}

func (r *report) versions() string {
	var list []string
	for i := range r.Rows {
		if v := r.Rows[i].Version; v != "" {
			list = append(list, r.Rows[i].Client+" "+v)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", ") + "."
}

func writeScenario(w io.Writer, rows []row) {
	var base []float64
	for i := range rows {
		if rows[i].Client == franz.Client.Name {
			base = rows[i].cpuPerMillion()
		}
	}
	what, columns := "records", throughputColumns
	switch {
	case rows[0].Scenario.joins():
		what, columns = "joins", joinColumns
	case rows[0].Scenario.Mode == measure.Idle:
		what, columns = "seconds", idleColumns
	case rows[0].latency():
		columns = latencyColumns
	}
	fmt.Fprintf(w, "\n### %s (%d %s)\n\n", rows[0].Scenario, rows[0].Records, what)
	table := [][]string{{"client"}}
	for _, c := range columns {
		table[0] = append(table[0], c.title)
	}
	for i := range rows {
		cells := []string{rows[i].Client}
		for _, c := range columns {
			if len(rows[i].Results) == 0 {
				cells = append(cells, "failed")
				continue
			}
			cells = append(cells, c.cell(&rows[i], base))
		}
		table = append(table, cells)
	}
	writeTable(w, table)
}

// column is one of a table; base are franz-go's CPU figures.
type column struct {
	title string
	cell  func(r *row, base []float64) string
}

var cpuColumns = append([]column{
	{"CPU s/M records", func(r *row, _ []float64) string {
		s := spreadOf(r.cpuPerMillion())
		return fmt.Sprintf("%.3f (%.3f–%.3f)", s.median, s.least, s.greatest)
	}},
	cpuToFranz,
	{"allocs/record", func(r *row, _ []float64) string {
		if r.Client == javaName {
			return "–"
		}
		return fmt.Sprintf("%.3f", r.median(func(m measure.Result) float64 { return float64(m.Mallocs) / float64(r.Records) }))
	}},
	{"B/record", func(r *row, _ []float64) string {
		if r.Client == javaName {
			return "–"
		}
		return fmt.Sprintf("%.0f", r.median(func(m measure.Result) float64 { return float64(m.AllocBytes) / float64(r.Records) }))
	}},
}, peakMemory)

var cpuToFranz = column{"CPU ÷ franz", func(r *row, base []float64) string {
	q := ratios(r.cpuPerMillion(), base)
	if len(q) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", spreadOf(q).median)
}}

var peakMemory = column{"peak MB", func(r *row, _ []float64) string {
	return fmt.Sprintf("%.0f", r.median(func(m measure.Result) float64 { return float64(m.PeakRSS) / 1e6 }))
}}

var throughputColumns = append([]column{
	{"records/s", func(r *row, _ []float64) string {
		s := spreadOf(r.figures(r.rate))
		return fmt.Sprintf("%.0fk (%.0f–%.0fk)", s.median/1e3, s.least/1e3, s.greatest/1e3)
	}},
	{"MB/s", func(r *row, _ []float64) string {
		return fmt.Sprintf("%.0f", r.median(r.rate)*float64(r.Scenario.Size)/1e6)
	}},
}, append(slices.Clone(cpuColumns), column{"stored B/record", func(r *row, _ []float64) string {
	stored := make([]float64, len(r.StoredBytes))
	for i, n := range r.StoredBytes {
		stored[i] = float64(n) / float64(r.Records)
	}
	if s := spreadOf(stored); s.median > 0 {
		return fmt.Sprintf("%.1f", s.median)
	}
	return "–"
}})...)

var latencyColumns = append([]column{
	milliseconds("p50 ms", func(m measure.Result) float64 { return m.P50 }),
	milliseconds("p99 ms", func(m measure.Result) float64 { return m.P99 }),
	milliseconds("p99.9 ms", func(m measure.Result) float64 { return m.P999 }),
}, cpuColumns...)

// joinColumns count the CPU time of a join with all that comes before and after.
var joinColumns = []column{
	milliseconds("p50 ms", func(m measure.Result) float64 { return m.P50 }),
	milliseconds("p95 ms", func(m measure.Result) float64 { return m.P95 }),
	{"CPU ms/join", func(r *row, _ []float64) string {
		return fmt.Sprintf("%.2f", r.median(func(m measure.Result) float64 { return m.CPUSeconds * 1e3 / float64(r.Records) }))
	}},
	cpuToFranz,
	peakMemory,
}

var idleColumns = []column{
	{"% of a core", func(r *row, _ []float64) string {
		s := spreadOf(r.figures(func(m measure.Result) float64 { return m.CPUSeconds / m.Seconds * 100 }))
		return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.least, s.greatest)
	}},
	cpuToFranz,
	peakMemory,
}

func milliseconds(title string, figure func(measure.Result) float64) column {
	return column{title, func(r *row, _ []float64) string {
		s := spreadOf(r.figures(figure))
		return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median*1e3, s.least*1e3, s.greatest*1e3)
	}}
}

func (r *row) latency() bool {
	switch r.Scenario.Mode {
	case measure.Latency, measure.Paced, measure.EndToEnd, measure.Join, measure.Join848:
		return true
	}
	return false
}

func (r *row) figures(figure func(measure.Result) float64) []float64 {
	all := make([]float64, len(r.Results))
	for i, result := range r.Results {
		all[i] = figure(result)
	}
	return all
}

func (r *row) median(figure func(measure.Result) float64) float64 {
	return spreadOf(r.figures(figure)).median
}

func (r *row) rate(m measure.Result) float64 { return float64(r.Records) / m.Seconds }

func (r *row) cpuPerMillion() []float64 {
	return r.figures(func(m measure.Result) float64 { return m.CPUSeconds / float64(r.Records) * 1e6 })
}

// writeTable prints a Markdown table whose columns line up.
func writeTable(w io.Writer, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, cells := range table {
		for i, c := range cells {
			widths[i] = max(widths[i], len([]rune(c)))
		}
	}
	for i, cells := range table {
		for j, c := range cells {
			pad := strings.Repeat(" ", widths[j]-len([]rune(c)))
			if j == 0 {
				fmt.Fprintf(w, "| %s%s |", c, pad)
			} else {
				fmt.Fprintf(w, " %s%s |", pad, c)
			}
		}
		fmt.Fprintln(w)
		if i == 0 {
			fmt.Fprintf(w, "|%s|", strings.Repeat("-", widths[0]+2))
			for _, width := range widths[1:] {
				fmt.Fprintf(w, "%s:|", strings.Repeat("-", width+1))
			}
			fmt.Fprintln(w)
		}
	}
}
