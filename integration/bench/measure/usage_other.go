//go:build !unix

package measure

import (
	"errors"
	"time"
)

var errNoUsage = errors.New("the benchmark needs a Unix system, to read the CPU time and the memory of a process")

func cpuTime() (time.Duration, error) { return 0, errNoUsage }

func peakRSS() (int64, error) { return 0, errNoUsage }
