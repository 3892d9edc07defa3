package chaos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
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
	records    = 2_000_000
	partitions = 6
	valueSize  = 100

	beforePause = records * 3 / 5

	pauseTime = 15 * time.Second
	patience  = 4 * time.Minute
)

// TestNothingIsLost produces and consumes while one node is killed and comes
// back, and another is silent for 15 seconds. Every record that is acknowledged
// must be consumed exactly once, and each partition in order.
func TestNothingIsLost(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.FaultyTarget) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		shared := cluster.Config{BootstrapServers: target.BootstrapServers()}
		topic := createTopic(t, ctx, shared)

		sent := new(atomic.Int64)
		faults, paused := make(chan error, 1), make(chan struct{}, 1)
		go func() { faults <- breakNodes(ctx, t, target, sent, paused) }()
		r := &reading{ended: make(chan struct{})}
		reading, stopReading := context.WithCancel(ctx)
		defer stopReading()
		go r.consume(reading, shared, topic)

		ledger := produce(ctx, t, shared, topic, sent, paused)
		if err := <-faults; err != nil {
			t.Fatal(err)
		}
		acknowledged := ledger.acknowledged(ctx, t)
		if err := await(ctx, &r.total, sum(acknowledged)); err != nil {
			t.Error(err)
		}
		stopReading()
		<-r.ended
		r.report(t, acknowledged)
	})
}

// ledger is what was sent: the futures of each partition, in order.
type ledger [partitions][]producer.Future

// produce sends all records, numbered within each partition. The last of them
// wait until a node is paused, since nodes take longer to restart than records
// to be sent.
func produce(ctx context.Context, t *testing.T, shared cluster.Config, topic string, sent *atomic.Int64, paused <-chan struct{}) *ledger {
	p, err := producer.New(producer.Config{Config: shared, Partitioner: partitioner.Manual})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(ctx); err != nil {
			t.Errorf("close the producer: %v", err)
		}
	}()
	l := new(ledger)
	value := make([]byte, valueSize)
	for i := range int64(records) {
		if i == beforePause {
			select {
			case <-paused:
			case <-ctx.Done():
			}
		}
		n := i % partitions
		binary.BigEndian.PutUint64(value, uint64(i/partitions))
		f, err := p.Send(ctx, record.Record{Topic: topic, Partition: int32(n), Value: value})
		if err != nil {
			t.Fatalf("send record %d: %v", i, err)
		}
		l[n] = append(l[n], f)
		sent.Add(1)
	}
	return l
}

// acknowledged counts the acknowledged records of each partition. With the
// default delivery timeout of two minutes these faults must fail none.
func (l *ledger) acknowledged(ctx context.Context, t *testing.T) (counts [partitions]int64) {
	failed := 0
	for n, futures := range l {
		for i, f := range futures {
			m, err := f.Get(ctx)
			switch {
			case err != nil && failed < 3:
				t.Errorf("record %d of partition %d: %v", i, n, err)
				failed++
			case err != nil:
				failed++
			default:
				if m.Offset != int64(i) {
					t.Fatalf("record %d of partition %d was acknowledged at offset %d", i, n, m.Offset)
				}
				counts[n]++
			}
		}
	}
	t.Logf("sent %d records, %d failed", records, failed)
	return counts
}

// breakNodes kills a node after a quarter of the records and restarts it after
// half, then silences another one for a while.
func breakNodes(ctx context.Context, t *testing.T, target kafkabroker.FaultyTarget, sent *atomic.Int64, paused chan<- struct{}) error {
	defer close(paused)
	nodes := target.Nodes()
	steps := []struct {
		after int64
		name  string
		do    func() error
	}{
		{records / 4, "kill", func() error { return target.Kill(nodes[1]) }},
		{records / 2, "restart", func() error { return target.Restart(ctx, nodes[1]) }},
		{beforePause, "pause", func() error { return target.Pause(nodes[2]) }},
	}
	for _, step := range steps {
		if err := await(ctx, sent, step.after); err != nil {
			return fmt.Errorf("before %s: %w", step.name, err)
		}
		t.Logf("%s after %d records", step.name, sent.Load())
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	paused <- struct{}{}
	select {
	case <-time.After(pauseTime):
	case <-ctx.Done():
	}
	t.Logf("resume after %d records", sent.Load())
	return target.Resume(nodes[2])
}

// await polls until count has come to n.
func await(ctx context.Context, count *atomic.Int64, n int64) error {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for count.Load() < n {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d records: %w", count.Load(), n, ctx.Err())
		}
	}
	return nil
}

func sum(counts [partitions]int64) (total int64) {
	for _, n := range counts {
		total += n
	}
	return total
}

// reading is what the consumer saw.
type reading struct {
	total atomic.Int64
	ended chan struct{}

	// To be read when ended is closed:
	err    error
	counts [partitions]int64
	faults []string // the first records that were not the next of their partition
}

// consume reads all partitions from their beginning until ctx ends.
func (r *reading) consume(ctx context.Context, shared cluster.Config, topic string) {
	defer close(r.ended)
	c, err := newReader(shared, topic)
	if err != nil {
		r.err = err
		return
	}
	defer func() {
		if err := c.Close(context.WithoutCancel(ctx)); r.err == nil {
			r.err = err
		}
	}()
	for rec, err := range c.Records(ctx) {
		if err != nil {
			if ctx.Err() == nil {
				r.err = err
			}
			return
		}
		r.take(&rec)
	}
}

// newReader returns a consumer of all partitions from their beginning.
func newReader(shared cluster.Config, topic string) (*consumer.Consumer, error) {
	c, err := consumer.New(consumer.Config{Config: shared, AutoOffsetReset: consumer.ResetEarliest})
	if err != nil {
		return nil, err
	}
	var tps []cluster.TopicPartition
	for n := range int32(partitions) {
		tps = append(tps, cluster.TopicPartition{Topic: topic, Partition: n})
	}
	if err := c.Assign(tps...); err != nil {
		return nil, errors.Join(err, c.Close(context.Background()))
	}
	return c, nil
}

// take holds a record against the number that is next in its partition.
func (r *reading) take(rec *record.Record) {
	next := &r.counts[rec.Partition]
	if number := int64(binary.BigEndian.Uint64(rec.Value)); number != *next && len(r.faults) < 10 {
		r.faults = append(r.faults, fmt.Sprintf("partition %d: record %d at offset %d, expected record %d", rec.Partition, number, rec.Offset, *next))
	}
	*next++
	r.total.Add(1)
}

func (r *reading) report(t *testing.T, acknowledged [partitions]int64) {
	t.Logf("acknowledged %d records, consumed %d", sum(acknowledged), sum(r.counts))
	if r.err != nil {
		t.Errorf("consume: %v", r.err)
	}
	for _, fault := range r.faults {
		t.Error(fault)
	}
	if r.counts != acknowledged {
		t.Errorf("acknowledged per partition: %v, consumed: %v", acknowledged, r.counts)
	}
}
