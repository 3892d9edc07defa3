package conn

import (
	"math"
	"testing"
	"time"
)

// The bounds are those of kafka-python's reconnect back-off: base·2^(n-1), at
// most max, times 0.8 to 1.2.
func TestBackoffDelay(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name     string
		backoff  Backoff
		failures int
		want     time.Duration // before jitter
	}{
		{"no failure", Backoff{50 * ms, 1000 * ms}, 0, 0},
		{"first", Backoff{50 * ms, 1000 * ms}, 1, 50 * ms},
		{"second", Backoff{50 * ms, 1000 * ms}, 2, 100 * ms},
		{"fifth", Backoff{50 * ms, 1000 * ms}, 5, 800 * ms},
		{"bounded", Backoff{50 * ms, 1000 * ms}, 6, 1000 * ms},
		{"bounded for ever", Backoff{50 * ms, 1000 * ms}, math.MaxInt, 1000 * ms},
		{"max below base", Backoff{50 * ms, 10 * ms}, 7, 50 * ms},
		{"no overflow", Backoff{math.MaxInt64 / 3, math.MaxInt64 / 2}, 9, math.MaxInt64 / 2},
		{"none", Backoff{}, 3, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lowest, highest := time.Duration(math.MaxInt64), time.Duration(0)
			for range 1000 {
				d := tt.backoff.Delay(tt.failures)
				lowest, highest = min(lowest, d), max(highest, d)
			}
			low, high := float64(tt.want)*0.8, float64(tt.want)*1.2
			if float64(lowest) < low || float64(highest) > high {
				t.Errorf("delays from %v to %v, want %v ±20 %%", lowest, highest, tt.want)
			}
			if tt.want > 0 && (float64(lowest) > low*1.05 || float64(highest) < high*0.95) {
				t.Errorf("delays from %v to %v do not use the ±20 %% around %v", lowest, highest, tt.want)
			}
		})
	}
}
