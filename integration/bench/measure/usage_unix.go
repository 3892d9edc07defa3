//go:build unix

package measure

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// cpuTime is the user and system time of the process.
func cpuTime() (time.Duration, error) {
	usage, err := selfUsage()
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), err
}

func selfUsage() (syscall.Rusage, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return usage, fmt.Errorf("getrusage: %w", err)
	}
	return usage, nil
}

// peakRSS is the most memory that the process had, in bytes. Linux counts the
// parent's in ru_maxrss, if it was more when the process was started, but not in
// VmHWM.
func peakRSS() (int64, error) {
	if runtime.GOOS == "linux" {
		return vmHWM()
	}
	usage, err := selfUsage()
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss), err
	}
	return int64(usage.Maxrss) * 1024, err
}

func vmHWM() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("peak memory: %w", err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("peak memory: no VmHWM in /proc/self/status")
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("peak memory: VmHWM: %w", err)
	}
	return kib * 1024, nil
}
