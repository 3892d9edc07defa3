package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// broker is the cluster that is measured on, with what the benchmark itself asks
// of it: of another client, so that none vouches for itself.
type broker struct {
	servers []string
	version string
	prefix  string // of topics
	admin   *kgo.Client
	cluster *kafkabroker.Cluster // nil if it is not ours
}

func startBroker(ctx context.Context, opts options) (*broker, error) {
	if servers := os.Getenv("KAFKA_BOOTSTRAP"); servers != "" {
		return connect(strings.Split(servers, ","), kafkabroker.Running)
	}
	cluster, err := kafkabroker.Start(ctx, kafkabroker.Config{Version: opts.version, Heap: opts.heap})
	if err != nil {
		return nil, err
	}
	b, err := connect(cluster.BootstrapServers(), cluster.Version())
	if err != nil {
		return nil, errors.Join(err, cluster.Stop())
	}
	b.cluster = cluster
	return b, nil
}

func connect(servers []string, version string) (*broker, error) {
	admin, err := kgo.NewClient(kgo.SeedBrokers(servers...))
	if err != nil {
		return nil, err
	}
	return &broker{servers: servers, version: version, prefix: "barnabas-bench-" + rand.Text()[:8], admin: admin}, nil
}

func (b *broker) stop() error {
	b.admin.Close()
	if b.cluster == nil {
		return nil
	}
	return b.cluster.Stop()
}

// partitionsAtOnce is how many partitions are asked for in one request: Kafka's
// controller refuses 10,000.
const partitionsAtOnce = 5000

// createTopic creates one and returns when all partitions have a leader.
func (b *broker) createTopic(ctx context.Context, topic string, partitions int) error {
	if err := b.requestTopic(ctx, topic, min(partitions, partitionsAtOnce)); err != nil {
		return fmt.Errorf("create topic %s: %w", topic, err)
	}
	for n := partitionsAtOnce; n < partitions; n += partitionsAtOnce {
		if err := b.addPartitions(ctx, topic, min(n+partitionsAtOnce, partitions)); err != nil {
			return fmt.Errorf("create %d partitions of topic %s: %w", partitions, topic, err)
		}
	}
	for {
		_, err := b.endOffset(ctx, topic, partitions)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for topic %s: %w", topic, errors.Join(ctx.Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (b *broker) requestTopic(ctx context.Context, topic string, partitions int) error {
	req := kmsg.NewPtrCreateTopicsRequest()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, int32(partitions), -1
	req.Topics, req.TimeoutMillis = append(req.Topics, t), 30_000
	resp, err := req.RequestWith(ctx, b.admin)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.Topics[0].ErrorCode)
}

// addPartitions makes a topic have so many.
func (b *broker) addPartitions(ctx context.Context, topic string, partitions int) error {
	req := kmsg.NewPtrCreatePartitionsRequest()
	t := kmsg.NewCreatePartitionsRequestTopic()
	t.Topic, t.Count = topic, int32(partitions)
	req.Topics, req.TimeoutMillis = append(req.Topics, t), 30_000
	resp, err := req.RequestWith(ctx, b.admin)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.Topics[0].ErrorCode)
}

func (b *broker) deleteTopics(ctx context.Context, topics ...string) error {
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TimeoutMillis = 30_000
	for _, topic := range topics {
		t := kmsg.NewDeleteTopicsRequestTopic()
		t.Topic = &topic
		req.Topics, req.TopicNames = append(req.Topics, t), append(req.TopicNames, topic)
	}
	resp, err := req.RequestWith(ctx, b.admin)
	if err != nil {
		return fmt.Errorf("delete topics: %w", err)
	}
	for _, t := range resp.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return fmt.Errorf("delete topic %v: %w", topics, err)
		}
	}
	return nil
}

// endOffset returns the sum of the end offsets of all partitions: how many
// records there are, as long as none was deleted.
func (b *broker) endOffset(ctx context.Context, topic string, partitions int) (int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	t := kmsg.NewListOffsetsRequestTopic()
	t.Topic = topic
	for i := range partitions {
		p := kmsg.NewListOffsetsRequestTopicPartition()
		p.Partition, p.Timestamp = int32(i), -1
		t.Partitions = append(t.Partitions, p)
	}
	req.Topics = append(req.Topics, t)
	var sum int64
	for _, shard := range b.admin.RequestSharded(ctx, req) {
		if shard.Err != nil {
			return 0, shard.Err
		}
		for _, t := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return 0, fmt.Errorf("end offset of %s-%d: %w", topic, p.Partition, err)
				}
				sum += p.Offset
			}
		}
	}
	return sum, nil
}

// storedBytes returns how many bytes the first replicas of a topic have on disk.
func (b *broker) storedBytes(ctx context.Context, topic string, partitions int) (int64, error) {
	req := kmsg.NewPtrDescribeLogDirsRequest()
	t := kmsg.NewDescribeLogDirsRequestTopic()
	t.Topic = topic
	for i := range partitions {
		t.Partitions = append(t.Partitions, int32(i))
	}
	req.Topics = append(req.Topics, t)
	sizes := map[int32][]int64{}
	for _, shard := range b.admin.RequestSharded(ctx, req) {
		if shard.Err != nil {
			return 0, fmt.Errorf("log dirs: %w", shard.Err)
		}
		for _, dir := range shard.Resp.(*kmsg.DescribeLogDirsResponse).Dirs {
			for _, t := range dir.Topics {
				for _, p := range t.Partitions {
					sizes[p.Partition] = append(sizes[p.Partition], p.Size)
				}
			}
		}
	}
	var sum int64
	for _, replicas := range sizes {
		sum += slices.Max(replicas)
	}
	return sum, nil
}
