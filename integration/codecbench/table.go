package main

import (
	"fmt"
	"strings"
)

const tableHead = `
| message | barnabas µs | kmsg | sarama | ÷ kmsg | ÷ sarama | barnabas allocs | kmsg | sarama | barnabas kB | kmsg | sarama |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|`

// tableRow shows the results of one job; codecs that were not measured have
// dashes.
func tableRow(j *job, results []*result) string {
	byName := map[string]*result{}
	for _, r := range results {
		byName[r.codec] = r
	}
	cells := []string{j.name}
	column := func(of func(*result) string) {
		for _, c := range codecs {
			cell := "–"
			if r := byName[c.name]; r != nil {
				cell = of(r)
			}
			cells = append(cells, cell)
		}
	}
	column(func(r *result) string { return short(r.median() / 1e3) })
	for _, c := range codecs[1:] {
		cell := "–"
		if r := byName[c.name]; r != nil {
			cell = fmt.Sprintf("%.2f", ratio(results[0], r))
		}
		cells = append(cells, cell)
	}
	column(func(r *result) string { return fmt.Sprintf("%.0f", r.allocs) })
	column(func(r *result) string { return short(r.bytes / 1e3) })
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// short shows a figure with some three digits.
func short(x float64) string {
	switch {
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
