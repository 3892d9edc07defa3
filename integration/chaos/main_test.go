package chaos

import (
	"os"
	"testing"

	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

func TestMain(m *testing.M) { os.Exit(kafkabroker.Main(m)) }

// forEach runs a test on a cluster of three of each version that has idempotent
// producers: before, retries may write records twice.
func forEach(t *testing.T, test func(t *testing.T, target kafkabroker.FaultyTarget)) {
	kafkabroker.ForEachNew(t, kafkabroker.Config{Nodes: 3}, func(t *testing.T, target kafkabroker.FaultyTarget) {
		if !atLeast(target, 0, 11) {
			t.Log("brokers before Kafka 0.11 know no idempotent producers: retries may write records twice")
			return
		}
		test(t, target)
	})
}

// atLeast tells whether a target is the release given by its leading numbers, or
// later.
func atLeast(target kafkabroker.Target, parts ...int) bool {
	c, ok := target.(*kafkabroker.Cluster)
	return !ok || c.AtLeast(parts...)
}
