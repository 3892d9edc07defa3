package transactions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/protocol"
)

func TestMain(m *testing.M) {
	if done := runWorker(); done {
		return
	}
	os.Exit(kafkabroker.Main(m))
}

// patience bounds every wait of a test on a cluster where nothing is broken.
const patience = time.Minute

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func closeAtEnd(t *testing.T, closer func(context.Context) error) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := closer(ctx); err != nil {
			t.Error(err)
		}
	})
}

func clusterConfig(t *testing.T, target kafkabroker.Target) kafka.Config {
	return kafka.Config{
		BootstrapServers: target.BootstrapServers(),
		Logger:           clusterLog(t),
	}
}

func clusterLog(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

func newProducer(t *testing.T, target kafkabroker.Target, id string, change ...func(*kafka.ProducerConfig)) *kafka.Producer {
	t.Helper()
	cfg := kafka.ProducerConfig{Config: clusterConfig(t, target), TransactionalID: id}
	for _, f := range change {
		f(&cfg)
	}
	p, err := kafka.NewProducer(cfg)
	must(t, err)
	closeAtEnd(t, p.Close)
	return p
}

func newConsumer(t *testing.T, target kafkabroker.Target, change ...func(*kafka.ConsumerConfig)) *kafka.Consumer {
	t.Helper()
	cfg := kafka.ConsumerConfig{
		Config: clusterConfig(t, target), AutoOffsetReset: kafka.ResetEarliest,
		IsolationLevel: kafka.ReadCommitted, DisableAutoCommit: true,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := kafka.NewConsumer(cfg)
	must(t, err)
	closeAtEnd(t, c.Close)
	return c
}

func group(id string) func(*kafka.ConsumerConfig) {
	return func(cfg *kafka.ConsumerConfig) { cfg.GroupID = id }
}

// newTopic creates a topic and waits until its partitions have leaders.
func newTopic(t *testing.T, target kafkabroker.Target, partitions int) string {
	t.Helper()
	ctx, name := soon(t), kafkabroker.UniqueName(t)
	client, err := cluster.NewClient(clusterConfig(t, target))
	must(t, err)
	closeAtEnd(t, client.Close)
	resp, err := client.DoController(ctx, &protocol.CreateTopicsRequest{
		Topics: []protocol.CreateTopicsRequestTopic{{
			Name: name, NumPartitions: int32(partitions), ReplicationFactor: int16(min(len(target.BootstrapServers()), 3)),
		}},
		TimeoutMs: int32(patience.Milliseconds()),
	})
	must(t, err)
	must(t, resp.(*protocol.CreateTopicsResponse).Topics[0].ErrorCode.Err())
	for led := 0; led < partitions; {
		_, err := client.WaitTopic(ctx, name)
		must(t, err)
		if led = len(client.Metadata().AvailablePartitionsForTopic(name)); led < partitions {
			must(t, client.Refresh(ctx))
		}
	}
	return name
}

// send sends values by a transaction and waits for none of them.
func send(t *testing.T, tx *kafka.Tx, topic string, values ...string) {
	t.Helper()
	for _, v := range values {
		_, err := tx.Send(soon(t), kafka.Record{Topic: topic, Key: []byte(v), Value: []byte(v)})
		must(t, err)
	}
}

func begin(t *testing.T, p *kafka.Producer) *kafka.Tx {
	t.Helper()
	tx, err := p.Begin(soon(t))
	must(t, err)
	return tx
}

func commit(t *testing.T, tx *kafka.Tx) {
	t.Helper()
	if outcome, err := tx.Commit(soon(t)); outcome != kafka.Committed || err != nil {
		t.Fatalf("commit: %v, %v", outcome, err)
	}
}

// read returns the values of all records up to the end of a topic, sorted.
func read(t *testing.T, target kafkabroker.Target, topic string, level kafka.IsolationLevel) []string {
	t.Helper()
	ctx := soon(t)
	c := newConsumer(t, target, func(cfg *kafka.ConsumerConfig) { cfg.IsolationLevel = level })
	must(t, c.Subscribe(topic))
	numbers, err := c.PartitionsFor(ctx, topic)
	must(t, err)
	var partitions []kafka.TopicPartition
	for _, n := range numbers {
		partitions = append(partitions, kafka.TopicPartition{Topic: topic, Partition: n})
	}
	ends, err := c.EndOffsets(ctx, partitions...)
	must(t, err)
	var values []string
	for behind(t, ctx, c, ends) {
		brief, cancel := context.WithTimeout(ctx, 200*time.Millisecond) // control records alone end no Poll
		records, err := c.Poll(brief)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		for _, r := range records {
			values = append(values, string(r.Value))
		}
	}
	slices.Sort(values)
	return values
}

// behind tells whether c has not come to the given ends.
func behind(t *testing.T, ctx context.Context, c *kafka.Consumer, ends map[kafka.TopicPartition]int64) bool {
	t.Helper()
	for tp, end := range ends {
		position, err := c.Position(ctx, tp)
		must(t, err)
		if position < end {
			return true
		}
	}
	return false
}

func wantRead(t *testing.T, target kafkabroker.Target, topic string, want ...string) {
	t.Helper()
	if got := read(t, target, topic, kafka.ReadCommitted); !slices.Equal(got, want) {
		t.Errorf("committed are %q, want %q", got, want)
	}
}

// Committed records are seen, aborted ones are not, and the producer goes on
// after each.
func TestCommitAndAbort(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic, p := newTopic(t, target, 3), newProducer(t, target, kafkabroker.UniqueName(t))
		for i := range 5 {
			tx := begin(t, p)
			send(t, tx, topic, fmt.Sprintf("abort %d a", i), fmt.Sprintf("abort %d b", i))
			if i%2 == 0 {
				must(t, p.Flush(soon(t)))
			}
			must(t, tx.Abort(soon(t)))
			tx = begin(t, p)
			send(t, tx, topic, fmt.Sprintf("commit %d a", i), fmt.Sprintf("commit %d b", i))
			commit(t, tx)
		}
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprintf("commit %d a", i), fmt.Sprintf("commit %d b", i))
		}
		wantRead(t, target, topic, want...)
		if all := read(t, target, topic, kafka.ReadUncommitted); len(all) < 16 {
			t.Errorf("%d uncommitted records, want at least 16: the aborted ones were not written", len(all))
		}
	})
}
