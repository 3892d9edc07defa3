package chaos

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

const (
	// ratePerPartition bounds the records that are sent a second, so that a long
	// fault does not fill the disk. What could not be sent during a fault is made
	// up for after it, as fast as it goes.
	ratePerPartition = 20_000
	// unanswered bounds the futures that wait to be looked at.
	unanswered = 1 << 18
)

// load is a producer with default settings that sends to all partitions of a
// topic, numbered within each, until it is stopped. Each record must be
// acknowledged, at the offset that is its number.
type load struct {
	t        *testing.T
	producer *producer.Producer
	topic    string
	rate     int64 // records a second and partition
	// recreated tells that the topic is created again, where offsets begin anew.
	recreated atomic.Bool
	// lossy tells that what was acknowledged may be lost, and records may fail.
	lossy atomic.Bool

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	sent, acked [partitions]atomic.Int64
	slowest     atomic.Int64 // nanoseconds from Send to the acknowledgement
	failures    atomic.Int64
}

func startLoad(t *testing.T, shared cluster.Config, topic string, rate int64) *load {
	p, err := producer.New(producer.Config{Config: shared, Partitioner: partitioner.Manual})
	if err != nil {
		t.Fatal(err)
	}
	l := &load{t: t, producer: p, topic: topic, rate: rate}
	l.ctx, l.stop = context.WithCancel(t.Context())
	for n := range int32(partitions) {
		pending := make(chan pending, unanswered)
		l.work.Go(func() { l.send(n, pending) })
		l.work.Go(func() { l.check(n, pending) })
	}
	return l
}

// pending is a record without an outcome.
type pending struct {
	future producer.Future
	sent   time.Time
}

func (l *load) send(n int32, out chan<- pending) {
	defer close(out)
	value := make([]byte, valueSize)
	began := time.Now()
	for i := int64(0); l.ctx.Err() == nil; i++ {
		binary.BigEndian.PutUint64(value, uint64(i))
		now := time.Now()
		rec := record.Record{Topic: l.topic, Partition: n, Key: value[7:8], Value: value}
		f, err := l.producer.Send(context.Background(), rec)
		for errors.Is(err, producer.ErrBufferFull) { // it was full for a minute; the record was not taken
			f, err = l.producer.Send(context.Background(), rec)
		}
		if err != nil {
			l.fail("send record %d of partition %d: %v", i, n, err)
			return
		}
		l.sent[n].Add(1)
		out <- pending{f, now}
		if due := began.Add(time.Duration(i) * time.Second / time.Duration(l.rate)); due.After(now.Add(5 * time.Millisecond)) {
			select {
			case <-time.After(time.Until(due)):
			case <-l.ctx.Done():
			}
		}
	}
}

func (l *load) check(n int32, in <-chan pending) {
	for p := range in {
		m, err := p.future.Get(context.Background())
		i := l.acked[n].Load()
		switch {
		case err != nil:
			l.fail("partition %d, after %d records: %v", n, i, err)
		case m.Offset != i && !l.recreated.Load() && !l.lossy.Load():
			l.fail("record %d of partition %d was acknowledged at offset %d", i, n, m.Offset)
		}
		l.acked[n].Add(1)
		for took := int64(time.Since(p.sent)); ; {
			slowest := l.slowest.Load()
			if took <= slowest || l.slowest.CompareAndSwap(slowest, took) {
				break
			}
		}
	}
}

func (l *load) fail(format string, args ...any) {
	if l.failures.Add(1) <= 5 && !l.lossy.Load() {
		l.t.Errorf(format, args...)
	}
}

// awaitMore waits until each partition has been acknowledged another n records.
func (l *load) awaitMore(ctx context.Context, n int64) error {
	var wanted [partitions]int64
	for i := range wanted {
		wanted[i] = l.acked[i].Load() + n
	}
	for i := range wanted {
		if err := await(ctx, &l.acked[i], wanted[i]); err != nil {
			return err
		}
	}
	return nil
}

// finish stops sending, waits for the last outcome, and returns how many records
// of each partition were sent.
func (l *load) finish(ctx context.Context) (counts [partitions]int64) {
	l.stop()
	l.work.Wait()
	if err := l.producer.Close(ctx); err != nil {
		l.t.Errorf("close the producer: %v", err)
	}
	for n := range counts {
		counts[n] = l.sent[n].Load()
	}
	l.t.Logf("%d records sent, %d failures; the slowest took %v",
		sum(counts), l.failures.Load(), time.Duration(l.slowest.Load()).Round(time.Millisecond))
	return counts
}
