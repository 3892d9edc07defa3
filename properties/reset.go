package properties

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/consumer"
)

// reset is the value of auto.offset.reset.
func reset() value {
	plain := oneOf(func(s *settings) *consumer.OffsetReset { return &s.consumer.AutoOffsetReset },
		choice[consumer.OffsetReset]{consumer.ResetEarliest, []string{"earliest", "smallest", "beginning"}},
		choice[consumer.OffsetReset]{consumer.ResetLatest, []string{"latest", "largest", "end"}},
		choice[consumer.OffsetReset]{consumer.ResetNone, []string{"none", "error"}})
	return value{plain.kind, plain.allowed + ", or by_duration: and an ISO 8601 duration such as P1DT12H", func(s *settings, text string) bool {
		duration, by := strings.CutPrefix(text, "by_duration:")
		if !by {
			return plain.set(s, text)
		}
		d, ok := parseISODuration(duration)
		s.consumer.AutoOffsetReset, s.consumer.ResetDuration = consumer.ResetByDuration, d
		return ok
	}}
}

// isoDuration is what Java's Duration.parse takes that is not negative.
var isoDuration = regexp.MustCompile(`^(?i)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$`)

// parseISODuration reads a duration above zero, such as P2DT3H4M5.5S. Days have 24
// hours.
func parseISODuration(text string) (time.Duration, bool) {
	parts := isoDuration.FindStringSubmatch(text)
	if parts == nil || strings.HasSuffix(strings.ToUpper(text), "T") {
		return 0, false
	}
	const most = 250 * 365 * 24 * time.Hour // near what a Duration can hold
	var total float64
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if part := parts[i+1]; part != "" {
			n, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return 0, false
			}
			total += n * float64(unit)
		}
	}
	return time.Duration(total), total >= 1 && total <= float64(most)
}
