package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// result is what the rounds of one codec gave.
type result struct {
	codec  string
	times  []float64 // ns of CPU per message, of each round
	allocs float64   // per message
	bytes  float64   // allocated per message
}

func (r *result) median() float64 { return median(r.times) }

func median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ratio is the median of the rounds' quotients of two codecs' times.
func ratio(of, by *result) float64 {
	quotients := make([]float64, len(of.times))
	for i := range quotients {
		quotients[i] = of.times[i] / by.times[i]
	}
	return median(quotients)
}

// measureJob has the codecs take turns, another one beginning each round, so
// that a slow moment of the machine hits all of them.
func measureJob(j *job, rounds int, each time.Duration) ([]*result, error) {
	list := j.codecs()
	results := make([]*result, len(list))
	runs := make([]func() error, len(list))
	for i, c := range list {
		run, err := j.run(c)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", j.name, c.name, err)
		}
		results[i], runs[i] = &result{codec: c.name}, run
	}
	for round := range rounds {
		for i := range list {
			at := (round + i) % len(list)
			if err := results[at].measure(runs[at], each); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", j.name, list[at].name, err)
			}
		}
	}
	return results, nil
}

// measure repeats run for the given time, and takes the CPU time that it costs,
// which a busy machine disturbs less than the time on the clock. It begins
// without garbage, so that each codec pays for its own.
func (r *result) measure(run func() error, each time.Duration) error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start, err := cpuTime()
	if err != nil {
		return err
	}
	n, end := 0, start
	for end-start < each {
		for range max(1, n) { // as many again: asking for the time costs some too
			if err := run(); err != nil {
				return err
			}
			n++
		}
		if end, err = cpuTime(); err != nil {
			return err
		}
	}
	runtime.ReadMemStats(&after)
	r.times = append(r.times, float64(end-start)/float64(n))
	r.allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	r.bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	return nil
}
