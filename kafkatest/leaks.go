package kafkatest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// leakLabel marks the goroutines of a test.
	leakLabel = "kafkatest.CheckLeaks"
	// leakPatience is the longest of the waits, each twice the one before, for
	// goroutines to end after the test.
	leakPatience = 4 * time.Second
)

var leakChecks atomic.Int64

// CheckLeaks fails the test if a goroutine that the test started, itself or
// through others, still runs at its end, after all cleanups that were registered
// later. It gives them some seconds to end. Goroutines whose stack
// names one of the ignored functions (such as "os/signal.loop") do not count.
//
// It knows a test's goroutines by a profiler label, which new goroutines
// inherit; so it works in parallel tests, and what ran before does not count. It
// does not see goroutines that a timer started, nor those that set labels of
// their own. (This, and not go.uber.org/goleak, because that one compares all
// goroutines of the process and so blames a test for those of another that runs
// in parallel.)
func CheckLeaks(tb testing.TB, ignored ...string) {
	tb.Helper()
	id := strconv.FormatInt(leakChecks.Add(1), 10)
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(leakLabel, id)))
	tb.Cleanup(func() {
		tb.Helper()
		pprof.SetGoroutineLabels(context.Background()) // this goroutine is none of them
		leaked := labelled(id, ignored)
		for wait := time.Millisecond; len(leaked) > 0 && wait <= leakPatience; wait *= 2 {
			time.Sleep(wait)
			leaked = labelled(id, ignored)
		}
		if len(leaked) > 0 {
			tb.Errorf("goroutines of this test still run:\n\n%s", strings.Join(leaked, "\n\n"))
		}
	})
}

// labelled returns the stacks of the goroutines that carry the label of a
// check, as the text form of the goroutine profile has them: paragraphs of a
// count, a line of labels, and the functions.
func labelled(id string, ignored []string) []string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return []string{fmt.Sprintf("the goroutine profile cannot be had: %v", err)}
	}
	label := fmt.Sprintf("%q:%q", leakLabel, id)
	var stacks []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(stack, label) {
			continue
		}
		counts := true
		for _, f := range ignored {
			counts = counts && !strings.Contains(stack, f)
		}
		if counts {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}
