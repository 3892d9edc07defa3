package simulation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/exactlyonce"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

const (
	input   = "input"
	group   = "copiers"
	copiers = 2

	// churn is for how long faults happen, and copyingEnds by when all must be
	// copied after the last of them: sessions and transactions of those that are
	// gone time out meanwhile.
	churn       = 8 * time.Second
	copyingEnds = time.Minute
)

// TestExactlyOnce copies a topic by members of a group, in transactions, while
// requests and nodes fail, and members are killed, cut off for a while, or leave.
// Each committed record of the input must be in the output once, and in order.
//
// The embedded brokers keep a killed member in a rebalance until its rebalance
// timeout and not its session's, so that MaxPollInterval is short.
func TestExactlyOnce(t *testing.T) {
	from, to := seeds(t)
	for seed := from; seed <= to; seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { simulateCopying(t, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func simulateCopying(t *testing.T, rng *rand.Rand) {
	release := []string{"2.8", "3.9", "4.1"}[rng.IntN(3)]
	c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(brokers),
		kafkatest.Topic(input, partitions), kafkatest.Topic(topic, partitions), kafkatest.Release(release),
		kafkatest.BrokerConfig("group.consumer.session.timeout.ms", "6000"), kafkatest.BrokerConfig("group.consumer.heartbeat.interval.ms", "1000"))
	want := fill(t, c, rng)
	s := &copying{t: t, cluster: c, network: newNetwork(c), membership: membership(release, rng)}
	faults := startFaults(t, c, rng, s.network, transactionalIDOf(0), transactionalIDOf(1), group)
	mends := []func(){
		failSome(c, rng, 7, coordinatorFault, protocol.InitProducerId, protocol.AddPartitionsToTxn, protocol.AddOffsetsToTxn, protocol.TxnOffsetCommit, protocol.EndTxn),
		failSome(c, rng, 8, lossyFault, protocol.Fetch, protocol.ListOffsets, protocol.OffsetFetch, protocol.JoinGroup, protocol.SyncGroup, protocol.Heartbeat, protocol.ConsumerGroupHeartbeat),
	}
	var posts sync.WaitGroup
	calm, stop := make(chan struct{}), make(chan struct{})
	for n := range copiers {
		own := rand.New(rand.NewPCG(rng.Uint64(), 9))
		posts.Go(func() { s.man(own, transactionalIDOf(n), calm, stop) })
	}
	time.Sleep(churn) // virtual
	faults.stop()
	for _, mend := range mends {
		mend()
	}
	close(calm)
	s.awaitCopied(want)
	close(stop)
	posts.Wait()
	s.instances.Wait()
	for n, log := range readLogs(t, c) {
		if !slices.Equal(log, want[n]) {
			t.Errorf("partition %d has\n%v, want\n%v", n, log, want[n])
		}
	}
}

// membership returns how a group shares partitions that a release knows.
func membership(release string, rng *rand.Rand) func(*consumer.Config) {
	classic := func(a assignors.Assignor) func(*consumer.Config) {
		return func(cfg *consumer.Config) {
			cfg.Assignors = []assignors.Assignor{a}
			cfg.SessionTimeout, cfg.HeartbeatInterval = 6*time.Second, time.Second
		}
	}
	ways := []func(*consumer.Config){
		classic(assignors.Range()), classic(assignors.CooperativeSticky()),
		func(cfg *consumer.Config) { cfg.GroupProtocol = consumer.ConsumerProtocol },
	}
	if release != "4.1" {
		ways = ways[:2]
	}
	return ways[rng.IntN(len(ways))]
}

func transactionalIDOf(copier int) string { return fmt.Sprintf("copier-%d", copier) }

// fill writes the input in transactions, some of which are aborted, and returns
// what is committed.
func fill(t *testing.T, c *kafkatest.Cluster, rng *rand.Rand) (committed [partitions][]string) {
	p, err := producer.New(producer.Config{
		Config:          cluster.Config{BootstrapServers: c.BootstrapServers(), Dialer: c.Dialer(), Logger: slog.New(slog.DiscardHandler)},
		TransactionalID: "filler", Partitioner: partitioner.Manual, BatchSize: 300,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	refused := errors.New("not to be committed")
	for n := range 6 {
		abort := rng.IntN(4) == 0
		outcome, err := p.Transact(t.Context(), func(tx *producer.Tx) error {
			for i := range 40 {
				to := rng.IntN(partitions)
				value := fmt.Sprintf("%d/%d", n, i)
				if _, err := tx.Send(t.Context(), record.Record{Topic: input, Partition: int32(to), Value: []byte(value)}); err != nil {
					return err
				}
				if !abort {
					committed[to] = append(committed[to], value)
				}
			}
			if abort {
				return errors.Join(refused, p.Flush(t.Context()))
			}
			return nil
		})
		if (outcome != producer.Committed || err != nil) && !errors.Is(err, refused) {
			t.Fatalf("fill the input: %v, %v", outcome, err)
		}
	}
	return committed
}

// copying is the work of all copiers.
type copying struct {
	t       *testing.T
	cluster *kafkatest.Cluster
	network *network

	membership func(*consumer.Config)
	instances  sync.WaitGroup
}

// man has one instance after the other copy under a transactional id. It ends each
// in some way until calm, and the last one by stop.
func (s *copying) man(rng *rand.Rand, id string, calm, stop <-chan struct{}) {
	for {
		in := s.start(id, []time.Duration{-1, 0, time.Second}[rng.IntN(3)])
		select {
		case <-time.After(time.Duration(500+rng.IntN(5000)) * time.Millisecond):
			s.disturb(rng, in)
		case <-calm:
			select {
			case <-in.ended: // fenced by one that was cut off meanwhile
			case <-stop:
				in.cancel()
				<-in.ended
				return
			}
		case <-in.ended:
		}
	}
}

// disturb ends an instance: it leaves, or is killed, or is cut off while the next
// works, and then finds itself replaced.
func (s *copying) disturb(rng *rand.Rand, in *instance) {
	switch rng.IntN(3) {
	case 0:
		in.cancel()
		<-in.ended
	case 1:
		in.expendable.Store(true)
		in.line.sever()
		in.cancel()
	case 2:
		away := time.Duration(rng.IntN(3000)) * time.Millisecond
		in.expendable.Store(true)
		in.line.sever()
		s.instances.Go(func() {
			time.Sleep(away) // virtual
			in.line.mend()
			time.Sleep(5 * time.Second) // virtual
			in.cancel()
		})
	}
}

// instance is a program that copies.
type instance struct {
	line       *line
	cancel     context.CancelFunc
	ended      chan struct{}
	expendable atomic.Bool // it may end in any way
}

func (s *copying) start(id string, interval time.Duration) *instance {
	in := &instance{line: &line{Dialer: s.network}, ended: make(chan struct{})}
	var ctx context.Context
	ctx, in.cancel = context.WithCancel(s.t.Context())
	shared := cluster.Config{
		BootstrapServers: s.cluster.BootstrapServers(), Dialer: in.line,
		Logger: logger(s.t), RequestTimeout: 3 * time.Second,
	}
	s.instances.Go(func() {
		defer close(in.ended)
		cfg := exactlyonce.Config{
			Consumer: consumer.Config{
				Config: shared, GroupID: group, AutoOffsetReset: consumer.ResetEarliest, MaxPollRecords: 10,
				MaxPollInterval: 6 * time.Second,
			},
			Producer: producer.Config{
				Config: shared, TransactionalID: id, TransactionTimeout: 5 * time.Second,
				Partitioner: partitioner.Manual, DeliveryTimeout: 10 * time.Second,
			},
			Topics:         []string{input},
			Process:        copyRecords,
			CommitInterval: interval,
			MaxRecords:     25,
		}
		s.membership(&cfg.Consumer)
		err := exactlyonce.Run(ctx, cfg)
		var fenced *producer.FencedError
		if !in.expendable.Load() && !errors.As(err, &fenced) && ctx.Err() == nil {
			s.t.Errorf("a copier has given up: %v", err)
		}
	})
	return in
}

func copyRecords(ctx context.Context, tx *producer.Tx, records []record.Record) error {
	for _, rec := range records {
		if _, err := tx.Send(ctx, record.Record{Topic: topic, Partition: rec.Partition, Value: rec.Value}); err != nil {
			return err
		}
	}
	return nil
}

// awaitCopied waits until as many records are committed as there are to be.
func (s *copying) awaitCopied(want [partitions][]string) {
	missing := 0
	for _, list := range want {
		missing += len(list)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.cluster.BootstrapServers()...), kgo.Dialer(s.cluster.Dialer().DialContext),
		kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		s.t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(s.t.Context(), copyingEnds)
	defer cancel()
	for missing > 0 {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			s.t.Errorf("%d records are missing %v after the last fault", missing, copyingEnds)
			return
		}
		missing -= fetches.NumRecords()
	}
}
