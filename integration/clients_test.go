package integration

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// notInClientIDs is what Kafka 0.9 cannot name its metrics with.
var notInClientIDs = regexp.MustCompile(`[^a-zA-Z0-9./-]+`)

// clusterConfig leads to a target, with the client's messages in the test's log.
func clusterConfig(t *testing.T, target kafkabroker.Target) cluster.Config {
	cfg := cluster.Config{
		BootstrapServers: target.BootstrapServers(),
		ClientID:         notInClientIDs.ReplaceAllString(t.Name(), "-"),
		Logger:           slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if can(target, groups) && !can(target, apiVersions) {
		// Kafka 0.9 does not answer the question for its versions, nor what other
		// clients ask it at the same moment; which other tests would suffer from.
		cfg.APIVersion, cfg.RequestTimeout = "0.9", 10*time.Second
	}
	return cfg
}

// newClient returns a client that is closed at the test's end.
func newClient(t *testing.T, target kafkabroker.Target) *cluster.Client {
	t.Helper()
	c, err := cluster.NewClient(clusterConfig(t, target))
	must(t, err)
	closeAtEnd(t, c.Close)
	return c
}

// newProducer returns a producer that is closed at the test's end.
func newProducer(t *testing.T, target kafkabroker.Target, change ...func(*producer.Config)) *producer.Producer {
	t.Helper()
	p := openProducer(t, target, change...)
	closeAtEnd(t, p.Close)
	return p
}

// openProducer returns a producer that the test itself closes.
func openProducer(t *testing.T, target kafkabroker.Target, change ...func(*producer.Config)) *producer.Producer {
	t.Helper()
	cfg := producer.Config{Config: clusterConfig(t, target)}
	for _, f := range change {
		f(&cfg)
	}
	p, err := producer.New(cfg)
	must(t, err)
	endIfFailed(t, p.Close)
	return p
}

// newConsumer returns a consumer that is closed at the test's end, and begins at
// the first record unless change says otherwise.
func newConsumer(t *testing.T, target kafkabroker.Target, change ...func(*consumer.Config)) *consumer.Consumer {
	t.Helper()
	c := openConsumer(t, target, change...)
	closeAtEnd(t, c.Close)
	return c
}

// openConsumer returns one that the test itself closes.
func openConsumer(t *testing.T, target kafkabroker.Target, change ...func(*consumer.Config)) *consumer.Consumer {
	t.Helper()
	cfg := consumer.Config{Config: clusterConfig(t, target), AutoOffsetReset: consumer.ResetEarliest}
	for _, f := range change {
		f(&cfg)
	}
	c, err := consumer.New(cfg)
	must(t, err)
	endIfFailed(t, c.Close)
	return c
}

// group makes a consumer a member of a group.
func group(id string) func(*consumer.Config) {
	return func(cfg *consumer.Config) { cfg.GroupID = id }
}

// newFranz returns a franz-go client that is closed at the test's end.
func newFranz(t *testing.T, target kafkabroker.Target, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append(opts, kgo.SeedBrokers(target.BootstrapServers()...))
	if v := kversion.FromString("v" + target.Version()); v != nil {
		opts = append(opts, kgo.MaxVersions(v)) // it cannot find out by itself before 0.10
	}
	if !can(target, headers) {
		opts = append(opts, kgo.DisableIdempotentWrite()) // both came with 0.11
	}
	c, err := kgo.NewClient(opts...)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

func closeAtEnd(t *testing.T, closer func(context.Context) error) {
	t.Cleanup(func() {
		ctx, cancel := closing()
		defer cancel()
		if err := closer(ctx); err != nil {
			t.Error(err)
		}
	})
}

// endIfFailed ends what a test that fails does not come to close.
func endIfFailed(t *testing.T, closer func(context.Context) error) {
	t.Cleanup(func() {
		if t.Failed() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = closer(ctx) // the test has failed already
		}
	})
}

// newTopic creates a topic for one test. Configs are names and values in turn.
func newTopic(t *testing.T, target kafkabroker.Target, partitions int, configs ...string) string {
	t.Helper()
	name := kafkabroker.UniqueName(t)
	createTopic(t, target, name, partitions, configs...)
	return name
}

// createTopic creates a topic and waits until its partitions have leaders.
func createTopic(t *testing.T, target kafkabroker.Target, name string, partitions int, configs ...string) {
	t.Helper()
	ctx := soon(t)
	client := newClient(t, target)
	if can(target, createTopics) {
		askForTopic(t, client, target, name, partitions, configs)
	} else {
		must(t, target.(*kafkabroker.Cluster).CreateTopic(ctx, name, partitions, configs...))
	}
	for led := 0; led < partitions; {
		_, err := client.WaitTopic(ctx, name)
		must(t, err)
		led = len(client.Metadata().AvailablePartitionsForTopic(name))
		if led < partitions {
			must(t, client.Refresh(ctx))
		}
	}
}

func askForTopic(t *testing.T, client *cluster.Client, target kafkabroker.Target, name string, partitions int, configs []string) {
	t.Helper()
	topic := protocol.CreateTopicsRequestTopic{Name: name, NumPartitions: int32(partitions), ReplicationFactor: -1}
	if !can(target, defaultReplication) {
		topic.ReplicationFactor = int16(min(len(target.BootstrapServers()), 3))
	}
	for c := range slices.Chunk(configs, 2) {
		topic.Configs = append(topic.Configs, protocol.CreateTopicsRequestConfig{Name: c[0], Value: &c[1]})
	}
	req := &protocol.CreateTopicsRequest{Topics: []protocol.CreateTopicsRequestTopic{topic}, TimeoutMs: int32(patience.Milliseconds())}
	ctx := soon(t)
	resp, err := client.DoController(ctx, req)
	for err == nil && unsettled(resp) && ctx.Err() == nil {
		must(t, client.Refresh(ctx)) // waits out the back-off
		resp, err = client.DoController(ctx, req)
	}
	must(t, err)
	must(t, resp.(*protocol.CreateTopicsResponse).Topics[0].ErrorCode.Err())
}

// unsettled tells that a node that was broken is not back yet: replicas have no
// place, or the controller did not know that it was one no more. Or that a topic of
// the name is still being deleted, which brokers with ZooKeeper say too early.
func unsettled(resp protocol.Response) bool {
	code := resp.(*protocol.CreateTopicsResponse).Topics[0].ErrorCode
	return code == protocol.ErrInvalidReplicationFactor || code == protocol.ErrUnknownServerError || code == protocol.ErrTopicAlreadyExists
}

// partitionsOf lists the first n partitions of a topic.
func partitionsOf(topic string, n int) []cluster.TopicPartition {
	list := make([]cluster.TopicPartition, n)
	for i := range list {
		list[i] = cluster.TopicPartition{Topic: topic, Partition: int32(i)}
	}
	return list
}

// send produces records, waits for all outcomes, and returns where they are.
func send(t *testing.T, p *producer.Producer, records ...record.Record) []producer.Metadata {
	t.Helper()
	ctx := soon(t)
	futures := make([]producer.Future, len(records))
	for i := range records {
		var err error
		futures[i], err = p.Send(ctx, records[i])
		must(t, err)
	}
	must(t, p.Flush(ctx))
	places := make([]producer.Metadata, len(records))
	for i := range futures {
		var err error
		places[i], err = futures[i].Get(ctx)
		must(t, err)
	}
	return places
}

// receive polls until it has n records, and no more.
func receive(t *testing.T, c *consumer.Consumer, n int) []record.Record {
	t.Helper()
	got := receiveAtLeast(t, c, n)
	if len(got) > n {
		t.Fatalf("%d records came, want %d", len(got), n)
	}
	return got
}

// receiveAtLeast polls until it has n records or more.
func receiveAtLeast(t *testing.T, c *consumer.Consumer, n int) []record.Record {
	t.Helper()
	ctx := soon(t)
	var got []record.Record
	for len(got) < n {
		records, err := c.Poll(ctx)
		if err != nil {
			t.Fatalf("after %d of %d records: %v", len(got), n, err)
		}
		got = append(got, records...)
	}
	return got
}
