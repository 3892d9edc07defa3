package properties

import (
	"errors"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/consumer"
)

// by_duration takes what java.time.Duration.parse does, if it is above zero.
func TestResetByDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"PT1S": time.Second, "P2D": 2 * day, "PT20.345S": 20345 * time.Millisecond, "pt15m": 15 * time.Minute,
		"P2DT3H4M": 2*day + 3*time.Hour + 4*time.Minute, "PT1H0.5S": time.Hour + 500*time.Millisecond,
		"": 0, "P": 0, "PT": 0, "PT0S": 0, "P1M": 0, "1D": 0, "P-1D": 0, "-P1D": 0, "P200000D": 0, "PT1.S": 0, "5m": 0, "P1DT": 0,
	} {
		c, err := Properties{"auto.offset.reset": "by_duration:" + text}.Consumer()
		var wrong *ValueError
		switch {
		case want == 0 && !errors.As(err, &wrong):
			t.Errorf("%q: %v, %v", text, c.ResetDuration, err)
		case want != 0 && (err != nil || c.ResetDuration != want || c.AutoOffsetReset != consumer.ResetByDuration):
			t.Errorf("%q: %v of %v, %v; want %v", text, c.AutoOffsetReset, c.ResetDuration, err, want)
		case want != 0 && c.Validate() != nil:
			t.Errorf("%q: %v", text, c.Validate())
		}
	}
}
