package simulation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

const (
	topic      = "ledger"
	partitions = 4
	brokers    = 3
)

// seeds returns the seeds to run: a few, or those in SIMULATION_SEEDS, as
// "7" or "0-999".
func seeds(t *testing.T) (from, to uint64) {
	spec := os.Getenv("SIMULATION_SEEDS")
	if spec == "" {
		return 0, 39
	}
	first, last, ok := strings.Cut(spec, "-")
	from, err := strconv.ParseUint(first, 10, 64)
	if to = from; ok && err == nil {
		to, err = strconv.ParseUint(last, 10, 64)
	}
	if err != nil {
		t.Fatalf("SIMULATION_SEEDS=%s: want a number or a range such as 0-999", spec)
	}
	return from, to
}

// logger discards what clients log, unless one seed is run, to see why it fails.
func logger(t *testing.T) *slog.Logger {
	if from, to := seeds(t); from < to {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// TestProducer sends records while requests, responses and nodes fail. Every
// record that was acknowledged must be in the log exactly once, every other at
// most once, and all of a partition in the order they were sent.
func TestProducer(t *testing.T) {
	from, to := seeds(t)
	for seed := from; seed <= to; seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { simulateProducer(t, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func simulateProducer(t *testing.T, rng *rand.Rand) {
	c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(brokers), kafkatest.Topic(topic, partitions))
	net := newNetwork(c)
	faults := startFaults(t, c, rng, net)
	p, err := producer.New(producer.Config{
		Config: cluster.Config{
			BootstrapServers: c.BootstrapServers(), Dialer: net,
			Logger: logger(t), RequestTimeout: 3 * time.Second,
		},
		Partitioner:     partitioner.Manual,
		BatchSize:       500,
		BufferMemory:    64 << 10,
		Compression:     []codec.Codec{codec.None, codec.Snappy, codec.LZ4}[rng.IntN(3)], // kgo's zstd does not work in bubbles,
		Linger:          []time.Duration{0, -1, 20 * time.Millisecond}[rng.IntN(3)],
		DeliveryTimeout: []time.Duration{4 * time.Second, 2 * time.Minute}[rng.IntN(2)],
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := sendLedger(t, p, rng)
	faults.stop()
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	outcomes := collect(t, sent)
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	audit(t, c, outcomes)
}

// entry is one record of the ledger: its place in the order of its partition.
type entry struct {
	future producer.Future
	value  string
}

// sendLedger sends from one goroutine for each partition, with pauses.
func sendLedger(t *testing.T, p *producer.Producer, rng *rand.Rand) [partitions][]entry {
	var sent [partitions][]entry
	var wg sync.WaitGroup
	for n := range int32(partitions) {
		own := rand.New(rand.NewPCG(rng.Uint64(), 1))
		wg.Go(func() {
			for i := range 300 {
				value := fmt.Sprintf("%d/%d", n, i)
				f, err := p.Send(t.Context(), record.Record{Topic: topic, Partition: n, Value: []byte(value)})
				if err != nil {
					t.Errorf("send %s: %v", value, err)
					return
				}
				sent[n] = append(sent[n], entry{f, value})
				if own.IntN(10) == 0 {
					time.Sleep(time.Duration(own.IntN(50)) * time.Millisecond) // virtual
				}
			}
		})
	}
	wg.Wait()
	return sent
}

// outcome is what a record was promised: its offset, or -1 where it failed.
type outcome struct {
	value    string
	offset   int64
	possibly bool // failed, but may have been written
}

func collect(t *testing.T, sent [partitions][]entry) [partitions][]outcome {
	var outcomes [partitions][]outcome
	for n, list := range sent {
		for _, e := range list {
			select {
			case <-e.future.Done():
			default:
				t.Fatalf("%s has no outcome after Flush", e.value)
			}
			m, err := e.future.Get(t.Context())
			var lost *producer.DeliveryError
			switch {
			case err == nil:
				outcomes[n] = append(outcomes[n], outcome{e.value, m.Offset, false})
			case errors.As(err, &lost):
				outcomes[n] = append(outcomes[n], outcome{e.value, -1, lost.PossiblyWritten})
			default:
				t.Fatalf("%s failed with %v, which is no DeliveryError", e.value, err)
			}
		}
	}
	return outcomes
}

// audit reads the logs and holds them against the outcomes.
func audit(t *testing.T, c *kafkatest.Cluster, outcomes [partitions][]outcome) {
	for n, log := range readLogs(t, c) {
		next := 0 // place in log
		for _, o := range outcomes[n] {
			at := slices.Index(log[next:], o.value)
			switch {
			case at < 0 && o.offset >= 0:
				t.Errorf("%s was acknowledged and is lost, or out of order", o.value)
			case at > 0:
				t.Errorf("before %s the log has %v, which should not be there", o.value, log[next:next+at])
			case at == 0 && o.offset >= 0 && int(o.offset) != next:
				t.Errorf("%s is at offset %d, acknowledged at %d", o.value, next, o.offset)
			case at == 0 && o.offset < 0 && !o.possibly:
				t.Errorf("%s failed as surely not written, and is at offset %d", o.value, next)
			}
			if at >= 0 {
				next += at + 1
			}
		}
		if next != len(log) {
			t.Errorf("partition %d has duplicates or strangers at its end: %v", n, log[next:])
		}
	}
}

// readLogs returns the committed values of each partition, read by a client that
// is not ours.
func readLogs(t *testing.T, c *kafkatest.Cluster) [partitions][]string {
	infos, err := c.Partitions(topic)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(c.BootstrapServers()...), kgo.Dialer(c.Dialer().DialContext),
		kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // virtual
	defer cancel()
	var logs [partitions][]string
	at := make(map[int32]int64)
	for slices.ContainsFunc(infos, func(p kafkatest.Partition) bool { return at[p.ID] < p.HighWatermark }) {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("read to %v: %v; have %v", infos, err, at)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			at[r.Partition] = r.Offset + 1
			if !r.Attrs.IsControl() {
				logs[r.Partition] = append(logs[r.Partition], string(r.Value))
			}
		})
	}
	return logs
}
