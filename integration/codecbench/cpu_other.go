//go:build !unix

package main

import "time"

var processStart = time.Now()

// cpuTime is wall-clock time where the system has no getrusage.
func cpuTime() (time.Duration, error) { return time.Since(processStart), nil }
