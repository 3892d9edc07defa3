package chaos

import (
	"context"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/protocol"
)

// createTopic creates a topic on all three nodes, and waits until the cluster
// knows it.
func createTopic(t *testing.T, ctx context.Context, cfg cluster.Config) string {
	c, err := cluster.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	name := kafkabroker.UniqueName(t)
	resp, err := c.DoController(ctx, &protocol.CreateTopicsRequest{
		TimeoutMs: 30_000,
		Topics:    []protocol.CreateTopicsRequestTopic{{Name: name, NumPartitions: partitions, ReplicationFactor: 3}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range resp.(*protocol.CreateTopicsResponse).Topics {
		if topic.ErrorCode != protocol.ErrNone {
			t.Fatalf("create topic %s: %v", name, topic.ErrorCode)
		}
	}
	if _, err := c.WaitTopic(ctx, name); err != nil {
		t.Fatal(err)
	}
	return name
}
