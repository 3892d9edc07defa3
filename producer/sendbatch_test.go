package producer

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/record"
)

// numbered returns records whose values are their numbers.
func numbered(n int) []record.Record {
	recs := make([]record.Record, n)
	for i := range recs {
		recs[i] = record.Record{Topic: "t", Value: fmt.Appendf(nil, "%d", i)}
	}
	return recs
}

// inRuns is a partitioner that goes to the next partition after some records. It
// must be asked once for each.
type inRuns struct{ length, calls int }

func (r *inRuns) Partition(_ *record.Record, topic *partitioner.Topic) (int32, error) {
	n := int32(r.calls / r.length)
	r.calls++
	return n % topic.Partitions, nil
}

func (p *Producer) setPartitioner(with partitioner.Partitioner) {
	(*p.topics.Load())["t"].partitioner = with
}

func TestSendBatch(t *testing.T) {
	for _, length := range []int{1, 3, 7, runLength, runLength + 1, 3000} {
		p, one := newLonelyProducer(3), newLonelyProducer(3)
		p.setPartitioner(&inRuns{length: length})
		one.setPartitioner(&inRuns{length: length})
		recs := numbered(2000)
		futures, err := p.SendBatch(t.Context(), recs)
		if err != nil || len(futures) != len(recs) {
			t.Fatalf("runs of %d: %d futures of %d, %v", length, len(futures), len(recs), err)
		}
		for i, f := range futures {
			want, err := one.Send(t.Context(), recs[i])
			if err != nil {
				t.Fatal(err)
			}
			if f.batch.partition.tp != want.batch.partition.tp || f.index != want.index {
				t.Fatalf("runs of %d: record %d is number %d of %s, Send makes it number %d of %s", length, i,
					f.index, f.batch.partition.tp, want.index, want.batch.partition.tp)
			}
		}
	}
}

func TestSendBatchStopsAtWhatIsNotTaken(t *testing.T) {
	recs := numbered(10)
	recs[6].Value = make([]byte, 2<<20)
	futures, err := newLonelyProducer(3).SendBatch(t.Context(), recs)
	var tooLarge *RecordTooLargeError
	if !errors.As(err, &tooLarge) || len(futures) != 6 {
		t.Errorf("%d futures, %v; want 6 and that the record is too large", len(futures), err)
	}
	p := newLonelyProducer(3)
	p.setPartitioner(&failing{after: 4})
	if futures, err := p.SendBatch(t.Context(), numbered(10)); !errors.Is(err, errNoPartition) || len(futures) != 4 {
		t.Errorf("%d futures, %v; want 4 and the partitioner's error", len(futures), err)
	}
	p.closing.Store(true)
	if futures, err := p.SendBatch(t.Context(), numbered(1)); !errors.Is(err, ErrClosed) || len(futures) != 0 {
		t.Errorf("%d futures, %v; want none and ErrClosed", len(futures), err)
	}
	transactional := newLonelyProducer(1)
	transactional.transactions = newTransactions(transactional)
	if _, err := transactional.SendBatch(t.Context(), numbered(1)); !errors.Is(err, ErrNoTransaction) {
		t.Errorf("of a transactional producer: %v", err)
	}
	if futures, err := p.SendBatch(t.Context(), nil); err != nil || len(futures) != 0 {
		t.Errorf("of no records: %d futures, %v", len(futures), err)
	}
}

var errNoPartition = errors.New("no partition")

type failing struct{ after int }

func (f *failing) Partition(*record.Record, *partitioner.Topic) (int32, error) {
	if f.after--; f.after < 0 {
		return 0, errNoPartition
	}
	return 0, nil
}

func TestSendBatchWaitsForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newLonelyProducer(1)
		p.cfg = Config{MaxRequestSize: 1 << 20, BufferMemory: 4 << 10}.WithDefaults()
		p.memory = newMemory(p.cfg.BufferMemory)
		p.stopped = t.Context()
		ctx, cancel := context.WithCancel(t.Context())
		var futures []Future
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			futures, err = p.SendBatch(ctx, numbered(1000))
		}()
		synctest.Wait()
		p.drain() // frees memory
		synctest.Wait()
		cancel()
		<-done
		if !errors.Is(err, context.Canceled) || len(futures) == 0 || len(futures) == 1000 {
			t.Fatalf("%d futures, %v; want some and the context's error", len(futures), err)
		}
		if first, last := futures[0].batch, futures[len(futures)-1].batch; first == last || !first.resolved || last.resolved {
			t.Error("the records after those that were drained are not in the buffer")
		}
	})
}

func TestSmallBufferTakesWhatFits(t *testing.T) {
	p := newLonelyProducer(1)
	p.cfg.BufferMemory = 50_000
	p.memory = newMemory(p.cfg.BufferMemory)
	if _, err := p.Send(t.Context(), record.Record{Topic: "t", Value: make([]byte, 49_000)}); err != nil {
		t.Error(err)
	}
}

func BenchmarkSendBatch(b *testing.B) {
	p := newLonelyProducer(6)
	recs := make([]record.Record, 100)
	for i := range recs {
		recs[i] = record.Record{Topic: "t", Value: make([]byte, 100)}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := p.SendBatch(b.Context(), recs); err != nil {
			b.Fatal(err)
		}
		if i%160 == 0 {
			p.drain()
		}
	}
}
