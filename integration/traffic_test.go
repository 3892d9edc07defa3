package integration

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

const (
	trafficPartitions = 4
	// pace is the pause between two handfuls of records for a partition.
	pace = 10 * time.Millisecond
	// silence is how long clients wait for a broker's answer: this, and not how
	// soon the cluster has another leader, is how soon they leave a silent one.
	silence = 5 * time.Second
)

// traffic is a topic into which numbers are produced, ascending in each
// partition, and which two members of a group read, all the while a test does
// something to the cluster. None of them may see an error.
type traffic struct {
	t      *testing.T
	target kafkabroker.FaultyTarget
	client *cluster.Client
	topic  string
	p      *producer.Producer

	members   []*consumer.Consumer
	stop      context.CancelFunc
	producing context.Context
	senders   sync.WaitGroup
	readers   sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with each change
	sent    [trafficPartitions]int
	acked   [trafficPartitions]int
	read    [trafficPartitions]int // without a gap
	again   int                    // records that came again, after a rebalance
}

// startTraffic has its members in a group of the given protocol.
func startTraffic(t *testing.T, target kafkabroker.FaultyTarget, protocol func(*consumer.Config)) *traffic {
	t.Helper()
	tr := &traffic{
		t: t, target: target, client: newClient(t, target), topic: newTopic(t, target, trafficPartitions),
		changed: make(chan struct{}),
	}
	_, err := tr.client.WaitTopic(soon(t), tr.topic)
	must(t, err)
	tr.p = openProducer(t, target, func(cfg *producer.Config) {
		cfg.Partitioner = partitioner.Manual
		cfg.RequestTimeout = silence
	})
	ctx, cancel := context.WithCancel(context.Background())
	for range tr.memberCount() {
		c := newConsumer(t, target, groupIfStored(target, tr.topic), quickly, missedSoon, func(cfg *consumer.Config) {
			cfg.AutoCommitInterval = time.Second
			cfg.RequestTimeout = silence
		}, protocol)
		if can(target, groups) {
			must(t, c.Subscribe(tr.topic))
		} else {
			must(t, c.Assign(partitionsOf(tr.topic, trafficPartitions)...))
		}
		tr.members = append(tr.members, c)
		tr.readers.Go(func() { tr.consume(ctx, c) })
	}
	tr.producing, tr.stop = context.WithCancel(context.Background())
	for n := range int32(trafficPartitions) {
		tr.senders.Go(func() { tr.produce(n) })
	}
	t.Cleanup(func() {
		tr.stop()
		ended, cancelClose := closing()
		defer cancelClose()
		if err := tr.p.Close(ended); err != nil && !t.Failed() {
			t.Error(err)
		}
		tr.senders.Wait()
		cancel()
		tr.readers.Wait()
	})
	return tr
}

// memberCount is how many consumers there are: one alone where there are no groups.
func (tr *traffic) memberCount() int {
	if can(tr.target, groups) {
		return 2
	}
	return 1
}

// produce sends numbers to a partition, a handful at a time, until it is stopped.
func (tr *traffic) produce(partition int32) {
	futures := make([]producer.Future, 20)
	ticks := time.NewTicker(pace)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
		case <-tr.producing.Done():
			return
		}
		for i := range futures {
			n := tr.note(func() int { tr.sent[partition]++; return tr.sent[partition] - 1 })
			f, err := tr.p.Send(context.Background(), record.Record{Topic: tr.topic, Partition: partition, Value: strconv.AppendInt(nil, int64(n), 10)})
			if err != nil {
				tr.t.Errorf("send %d to partition %d: %v", n, partition, err)
				return
			}
			futures[i] = f
		}
		for _, f := range futures {
			if _, err := f.Get(context.Background()); err != nil {
				tr.t.Errorf("partition %d: %v", partition, err)
				return
			}
			tr.note(func() int { tr.acked[partition]++; return 0 })
		}
	}
}

// consume reads as a member of the group until ctx ends. A member begins where
// the one before it had committed, so that records may come again; but none may
// be passed over.
func (tr *traffic) consume(ctx context.Context, c *consumer.Consumer) {
	for rec, err := range c.Records(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				tr.t.Errorf("a member's loop: %v", err)
			}
			continue
		}
		n, err := strconv.Atoi(string(rec.Value))
		if err != nil {
			tr.t.Errorf("%s-%d@%d: %v", rec.Topic, rec.Partition, rec.Offset, err)
			continue
		}
		tr.note(func() int {
			switch next := tr.read[rec.Partition]; {
			case n == next:
				tr.read[rec.Partition]++
			case n < next:
				tr.again++
			default:
				tr.t.Errorf("partition %d: %d came where %d is due", rec.Partition, n, next)
				tr.read[rec.Partition] = n + 1
			}
			return 0
		})
	}
}

// note changes the counts.
func (tr *traffic) note(change func() int) int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	close(tr.changed)
	tr.changed = make(chan struct{})
	return change()
}

// waitForNews waits until each partition has brought a record that was sent after
// the call.
func (tr *traffic) waitForNews(after string) {
	tr.t.Helper()
	tr.mu.Lock()
	sent := tr.sent
	tr.mu.Unlock()
	start := time.Now()
	tr.await(recovery, func() bool {
		for n := range sent {
			if tr.read[n] <= sent[n] {
				return false
			}
		}
		return true
	}, func() string { return fmt.Sprintf("after %s: sent were %v, read are %v", after, sent, tr.read) })
	tr.t.Logf("%v after %s new records came from all partitions", time.Since(start).Round(time.Millisecond), after)
}

// await waits until done is true.
func (tr *traffic) await(d time.Duration, done func() bool, state func() string) {
	tr.t.Helper()
	ctx := within(tr.t, d)
	for {
		tr.mu.Lock()
		ok, what, changed := done(), state(), tr.changed
		tr.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			tr.t.Fatalf("within %v: %s", d, what)
		}
	}
}

// finish stops the producer and checks that the members have got everything, and
// that the log has it once and in order.
func (tr *traffic) finish() {
	tr.t.Helper()
	tr.stop()
	tr.senders.Wait()
	tr.await(recovery, func() bool { return tr.read == tr.sent },
		func() string { return fmt.Sprintf("sent are %v, read are %v", tr.sent, tr.read) })
	if tr.acked != tr.sent {
		tr.t.Errorf("sent are %v, acknowledged are %v", tr.sent, tr.acked)
	}
	reader := newFranzReader(tr.t, tr.target, tr.topic)
	var next [trafficPartitions]int
	total, twice := 0, 0
	for next != tr.sent {
		for _, rec := range pollFranz(tr.t, reader, 1) {
			n, err := strconv.Atoi(string(rec.Value))
			switch due := next[rec.Partition]; {
			case err == nil && n == due:
				next[rec.Partition]++
				total++
			case err == nil && n < due && !can(tr.target, idempotence):
				twice++ // the broker did not notice that it has them already
			default:
				tr.t.Fatalf("the log of partition %d has %s where %d is due", rec.Partition, rec.Value, due)
			}
		}
	}
	tr.t.Logf("%d records in the log, in order, %d twice; %d came to the group again", total, twice, tr.again)
}
