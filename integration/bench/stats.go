package main

import "slices"

// spread is what is told of the rounds' figures.
type spread struct{ median, least, greatest float64 }

// spreadOf returns that of at least one figure.
func spreadOf(figures []float64) spread {
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	return spread{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]}
}

// ratios divides the figures round by round, as far as both have them.
func ratios(figures, by []float64) []float64 {
	var quotients []float64
	for i := range min(len(figures), len(by)) {
		if by[i] > 0 {
			quotients = append(quotients, figures[i]/by[i])
		}
	}
	return quotients
}
