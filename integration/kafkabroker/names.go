package kafkabroker

import (
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
)

// Topic names have at most 249 of these characters.
var notInTopicNames = regexp.MustCompile(`[^a-zA-Z0-9-]+`)

const maxNamePrefix = 100

// UniqueName returns a name for a topic, a group or a transactional id that
// nothing else uses on any cluster: the test's name and a random part.
func UniqueName(tb testing.TB) string {
	prefix := notInTopicNames.ReplaceAllString(tb.Name(), "-")
	return prefix[:min(len(prefix), maxNamePrefix)] + "-" + strings.ToLower(rand.Text()[:12])
}
