//go:build unix

package main

import (
	"fmt"
	"syscall"
	"time"
)

// cpuTime is the user and system time of the process, the garbage collector's
// included.
func cpuTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
