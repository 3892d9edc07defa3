package chaos

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

// membership is one of the ways to be in a group.
type membership struct {
	name string
	// set makes the n-th member one of this kind.
	set func(cfg *consumer.Config, n int)
	// since is the release that it takes.
	since []int
}

var memberships = []membership{
	{"eager", func(cfg *consumer.Config, _ int) { cfg.Assignors = []assignors.Assignor{assignors.Range()} }, nil},
	{"cooperative", cooperative, nil},
	{"static", func(cfg *consumer.Config, n int) {
		cooperative(cfg, n)
		cfg.GroupInstanceID = fmt.Sprintf("instance-%d", n)
	}, []int{2, 3}},
	{"consumer", func(cfg *consumer.Config, _ int) { cfg.GroupProtocol = consumer.ConsumerProtocol }, []int{4, 0}},
}

func cooperative(cfg *consumer.Config, _ int) {
	cfg.Assignors = []assignors.Assignor{assignors.CooperativeSticky()}
}

// rotating is CHAOS_MODES for one membership each, in turn.
const rotating = "rotating"

// membershipsFor are those that a fault comes over. CHAOS_MODES chooses them: "all",
// or some by name, with commas; by default, as CI has time for no more, it is the
// next one with each fault.
func membershipsFor(t *testing.T, target kafkabroker.Target, fault int) []membership {
	able := slices.DeleteFunc(slices.Clone(memberships), func(m membership) bool { return !atLeast(target, m.since...) })
	switch modes := cmp.Or(os.Getenv("CHAOS_MODES"), rotating); modes {
	case rotating:
		return able[fault%len(able):][:1]
	case "all":
		return able
	default:
		names := strings.Split(modes, ",")
		for _, name := range names {
			if !slices.ContainsFunc(memberships, func(m membership) bool { return m.name == name }) {
				t.Fatalf("CHAOS_MODES=%s: %q is none of %q, all and eager, cooperative, static, consumer", modes, name, rotating)
			}
		}
		return slices.DeleteFunc(able, func(m membership) bool { return !slices.Contains(names, m.name) })
	}
}
