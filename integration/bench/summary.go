package main

import (
	"fmt"
	"io"

	"github.com/barnabas-go/kafka/integration/bench/clients/barnabas"
	"github.com/barnabas-go/kafka/integration/bench/clients/floor"
	"github.com/barnabas-go/kafka/integration/bench/clients/franz"
	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// writeSummary prints how this project's client stands beside the others: a line
// for each scenario that it was measured in, if any other was.
func (r *report) writeSummary(w io.Writer) {
	table := [][]string{{"scenario", "CPU s/M records", "÷ franz", "÷ best peer", "÷ floor", "allocs/record",
		"records/s ÷ best peer", "stored ÷ franz", "p50 ÷ best peer", "p95 ÷ best peer", "p99 ÷ best peer", "p99.9 ÷ best peer"}}
	for rows := range r.scenarios() {
		own := find(rows, barnabas.Client.Name)
		if own == nil || len(own.Results) == 0 || len(peersOf(rows)) == 0 || own.Scenario.Mode == measure.Idle {
			continue
		}
		table = append(table, summaryOf(own, rows))
	}
	if len(table) > 1 {
		fmt.Fprintf(w, "\n### Barnabas beside the others\n\n")
		writeTable(w, table)
	}
}

func summaryOf(own *row, rows []row) []string {
	peers := peersOf(rows)
	cpu := func(r *row) float64 { return spreadOf(r.cpuPerMillion()).median }
	line := []string{
		fmt.Sprintf("%s, %d records", own.Scenario, own.Records),
		fmt.Sprintf("%.3f", cpu(own)),
		cpuQuotient(own, find(rows, franz.Client.Name)),
		named(cpuQuotient, own, best(peers, cpu)),
		cpuQuotient(own, find(rows, floor.Client.Name)),
		fmt.Sprintf("%.3f", own.median(func(m measure.Result) float64 { return float64(m.Mallocs) / float64(own.Records) })),
	}
	if own.latency() {
		line = append(line, "–", "–")
		for _, q := range []func(m measure.Result) float64{
			func(m measure.Result) float64 { return m.P50 },
			func(m measure.Result) float64 { return m.P95 },
			func(m measure.Result) float64 { return m.P99 },
			func(m measure.Result) float64 { return m.P999 },
		} {
			latency := func(r *row) float64 { return r.median(q) }
			by := func(own, other *row) string { return quotient(own, other, latency) }
			line = append(line, named(by, own, best(peers, latency)))
		}
		return line
	}
	seconds := func(r *row) float64 { return r.median(func(m measure.Result) float64 { return m.Seconds }) }
	fastest := best(peers, seconds)
	stored := func(r *row) float64 {
		bytes := make([]float64, len(r.StoredBytes))
		for i, n := range r.StoredBytes {
			bytes[i] = float64(n)
		}
		return spreadOf(bytes).median
	}
	return append(line, fmt.Sprintf("%.2f (%s)", seconds(fastest)/seconds(own), fastest.Client),
		quotient(own, find(rows, franz.Client.Name), stored), "–", "–", "–", "–")
}

// peersOf returns the clients of others that have results.
func peersOf(rows []row) []*row {
	var peers []*row
	for i := range rows {
		switch rows[i].Client {
		case barnabas.Client.Name, barnabas.Batch.Name, floor.Client.Name:
		default:
			if len(rows[i].Results) > 0 {
				peers = append(peers, &rows[i])
			}
		}
	}
	return peers
}

func find(rows []row, client string) *row {
	for i := range rows {
		if rows[i].Client == client && len(rows[i].Results) > 0 {
			return &rows[i]
		}
	}
	return nil
}

// best returns the row with the least of a figure.
func best(rows []*row, figure func(*row) float64) *row {
	least := rows[0]
	for _, r := range rows[1:] {
		if figure(r) < figure(least) {
			least = r
		}
	}
	return least
}

// cpuQuotient compares round by round.
func cpuQuotient(own, other *row) string {
	if other == nil {
		return "–"
	}
	q := ratios(own.cpuPerMillion(), other.cpuPerMillion())
	if len(q) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", spreadOf(q).median)
}

// named adds to a quotient what it is by.
func named(quotient func(own, other *row) string, own, other *row) string {
	return fmt.Sprintf("%s (%s)", quotient(own, other), other.Client)
}

func quotient(own, other *row, figure func(*row) float64) string {
	if other == nil || figure(other) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", figure(own)/figure(other))
}
