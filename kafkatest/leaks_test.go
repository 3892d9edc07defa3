package kafkatest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/kafkatest"
)

// recorder is a test that only remembers.
type recorder struct {
	testing.TB
	cleanups []func()
	failures []string
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}
func (r *recorder) end() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}

// block is what a leaked goroutine does.
func block(until <-chan struct{}) { <-until }

func TestCheckLeaks(t *testing.T) {
	for name, test := range map[string]struct {
		run     func(quit <-chan struct{})
		ignored []string
		leaked  bool
	}{
		"nothing":                 {func(<-chan struct{}) {}, nil, false},
		"goroutine":               {func(quit <-chan struct{}) { go block(quit) }, nil, true},
		"goroutine of another":    {func(quit <-chan struct{}) { go func() { go block(quit); block(quit) }() }, nil, true},
		"goroutine that ends":     {func(<-chan struct{}) { go func() {}() }, nil, false},
		"goroutine to be ignored": {func(quit <-chan struct{}) { go block(quit) }, []string{"kafkatest_test.block"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				quit := make(chan struct{})
				go block(quit) // from before the check: not to be blamed
				r := &recorder{TB: t}
				kafkatest.CheckLeaks(r, test.ignored...)
				test.run(quit)
				r.end()
				go block(quit) // from after the check
				if leaked := len(r.failures) > 0; leaked != test.leaked {
					t.Errorf("reported %q; want a report: %v", r.failures, test.leaked)
				}
				if test.leaked && !strings.Contains(r.failures[0], "kafkatest_test.block") {
					t.Errorf("the report does not name the function: %s", r.failures[0])
				}
				close(quit)
			})
		})
	}
}

// TestCheckLeaksInParallel has two checks at a time, one of which leaks.
func TestCheckLeaksInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quit, leaking := make(chan struct{}), make(chan struct{})
		dirty, clean := &recorder{TB: t}, &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			kafkatest.CheckLeaks(dirty)
			go block(quit)
			close(leaking)
			dirty.end()
		}()
		go func() {
			kafkatest.CheckLeaks(clean)
			<-leaking
			clean.end()
		}()
		<-done
		synctest.Wait()
		if len(dirty.failures) != 1 || len(clean.failures) != 0 {
			t.Errorf("the leaking test: %q; the other: %q", dirty.failures, clean.failures)
		}
		close(quit)
	})
}
