package chaos

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

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
	if err := createAgain(ctx, c, name); err != nil {
		t.Fatal(err)
	}
	return name
}

// createAgain creates a topic by name.
func createAgain(ctx context.Context, c *cluster.Client, name string) error {
	resp, err := c.DoController(ctx, &protocol.CreateTopicsRequest{
		TimeoutMs: 30_000,
		Topics:    []protocol.CreateTopicsRequestTopic{{Name: name, NumPartitions: partitions, ReplicationFactor: 3}},
	})
	if err != nil {
		return err
	}
	for _, topic := range resp.(*protocol.CreateTopicsResponse).Topics {
		if topic.ErrorCode != protocol.ErrNone {
			return fmt.Errorf("create topic %s: %w", name, topic.ErrorCode)
		}
	}
	_, err = c.WaitTopic(ctx, name)
	return err
}

// deleteTopic deletes a topic, and waits until the cluster has forgotten it.
func deleteTopic(ctx context.Context, c *cluster.Client, name string) error {
	resp, err := c.DoController(ctx, &protocol.DeleteTopicsRequest{
		TimeoutMs: 30_000, Topics: []protocol.DeleteTopicsRequestTopic{{Name: &name}},
	})
	if err != nil {
		return err
	}
	for _, topic := range resp.(*protocol.DeleteTopicsResponse).Responses {
		if topic.ErrorCode != protocol.ErrNone {
			return fmt.Errorf("delete topic %s: %w", name, topic.ErrorCode)
		}
	}
	return nil
}

// TestTopicCreatedAgain deletes a topic under a producer at work and creates it
// again. What is not yet acknowledged then goes to the new topic, in order, and
// no record fails.
func TestTopicCreatedAgain(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.FaultyTarget) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		shared := cluster.Config{BootstrapServers: target.BootstrapServers(), DisableAutoTopicCreation: true}
		topic := createTopic(t, ctx, shared)
		c, err := cluster.NewClient(shared)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(ctx)
		l := startLoad(t, shared, topic, ratePerPartition)
		l.recreated.Store(true)
		for _, step := range []func() error{
			func() error { return l.awaitMore(ctx, ratePerPartition) },
			func() error { return deleteTopic(ctx, c, topic) },
			func() error { return pass(ctx, time.Second) },
			func() error { return createAgain(ctx, c, topic) },
			func() error { return l.awaitMore(ctx, ratePerPartition) },
		} {
			if err := step(); err != nil {
				t.Error(err)
				break
			}
		}
		checkTail(t, ctx, shared, topic, l.finish(ctx))
	})
}

// checkTail reads what is in a topic that was created again: from some number on
// all of a partition, in order, to the last that was sent.
func checkTail(t *testing.T, ctx context.Context, shared cluster.Config, topic string, sent [partitions]int64) {
	c, err := newReader(shared, topic)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var next [partitions]int64
	read := 0
	for rec, err := range c.Records(ctx) {
		if err != nil {
			t.Fatalf("read the new topic, %v of %v records: %v", next, sent, err)
		}
		number := int64(binary.BigEndian.Uint64(rec.Value))
		if n := rec.Partition; rec.Offset > 0 && number != next[n] {
			t.Fatalf("partition %d has record %d at offset %d, where %d is due", n, number, rec.Offset, next[n])
		}
		next[rec.Partition] = number + 1
		if read++; next == sent {
			break
		}
	}
	t.Logf("%d of %d records are in the new topic", read, sum(sent))
}
