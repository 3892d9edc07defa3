package producer

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// sendMany appends n records to one batch.
func (b *bench) sendMany(n int) (futures []Future) {
	b.t.Helper()
	b.p.lingerFor = 1 // so that they share a batch
	for i := range n {
		f, missing, err := b.pt.append(&record.Record{Value: fmt.Appendf(nil, "%d", i)}, 0)
		if err != nil || missing != 0 {
			b.t.Fatalf("append: %d bytes missing, %v", missing, err)
		}
		futures = append(futures, f)
	}
	b.pt.mu.Lock()
	defer b.pt.mu.Unlock()
	b.pt.seal(futures[0].batch)
	b.pt.arrange()
	return futures
}

func TestSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures := b.sendMany(5)
		later := b.sendMany(1)[0]
		large := b.take()
		b.wantTaken(0, 5, later.batch)
		b.pt.settle(large, refusal(protocol.ErrMessageTooLarge))
		b.pt.settle(later.batch, refusal(protocol.ErrOutOfOrderSequenceNumber))
		offset := int64(100)
		for _, want := range []struct{ sequence, records int32 }{{0, 2}, {2, 3}} {
			half := b.take()
			if half == nil || half.sequence != want.sequence || int32(half.builder.Count()) != want.records || half.producer.epoch != 0 {
				t.Fatalf("took %+v, want %+v", half, want)
			}
			b.pt.settle(half, written(offset))
			offset += int64(want.records)
		}
		b.wantTaken(0, 5, later.batch)
		b.pt.settle(later.batch, written(offset))
		for i, f := range append(futures, later) {
			b.wantOffset(f, int64(100+i))
		}
		if free := b.p.memory.free.Load(); free != 1<<20 {
			t.Errorf("%d bytes of the buffer are free in the end, want all", free)
		}
	})
}

// Of a batch that is split until only single records are left, those that are
// too large fail, and no others.
func TestSplitToOneRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures := b.sendMany(4)
		offset := int64(0)
		for range 7 { // batches of 4, 2, 1, 1, 2, 1 and 1
			batch := b.take()
			_, index := futures[1].batch.part(1)
			switch first := batch.sequence == 1 && batch.producer.epoch == 0; {
			case batch.builder.Count() > 1:
				b.pt.settle(batch, refusal(protocol.ErrMessageTooLarge))
			case first && index == 0:
				b.pt.settle(batch, refusal(protocol.ErrMessageTooLarge))
			default:
				b.pt.settle(batch, written(offset))
				offset++
			}
		}
		for i, want := range []int64{0, -1, 1, 2} {
			m, err := futures[i].Get(t.Context())
			if want < 0 && !errors.Is(err, protocol.ErrMessageTooLarge) || want >= 0 && (err != nil || m.Offset != want) {
				t.Errorf("record %d: offset %d, %v", i, m.Offset, err)
			}
		}
	})
}

func TestExpireSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures := b.sendMany(2)
		b.pt.settle(b.take(), refusal(protocol.ErrMessageTooLarge))
		flying := b.take()
		b.pt.expire(futures[0].batch)
		for i, possibly := range []bool{true, false} {
			var lost *DeliveryError
			if _, err := futures[i].Get(t.Context()); !errors.As(err, &lost) || lost.PossiblyWritten != possibly || !lost.TimedOut {
				t.Errorf("record %d: %v", i, err)
			}
		}
		b.pt.settle(flying, written(0))
		if free := b.p.memory.free.Load(); free != 1<<20 {
			t.Errorf("%d bytes of the buffer are free in the end, want all", free)
		}
	})
}

func TestSplitLowersBatchSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.sendMany(100)
		large := b.take()
		size := large.builder.Size()
		b.pt.settle(large, refusal(protocol.ErrMessageTooLarge))
		b.sendMany(100)
		for batch := b.take(); batch != nil; batch = b.take() {
			if batch.builder.Size() > size/2+100 {
				t.Errorf("a batch of %d bytes after one of %d was too large", batch.builder.Size(), size)
			}
			b.pt.settle(batch, written(0))
		}
	})
}
