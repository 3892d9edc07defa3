package producer

import (
	"context"

	"github.com/barnabas-go/kafka/record"
)

// runLength is how many records are appended under one lock at most, so that
// sending from the partition does not wait for long.
const runLength = 512

// SendBatch takes records to be sent, as [Producer.Send] does one after the other
// but with less work: those that follow each other to the same partition are
// appended together. It returns a Future for each record that was taken. If these
// are fewer than recs, the error tells why the next one was not taken, and none
// after it was.
func (p *Producer) SendBatch(ctx context.Context, recs []record.Record) ([]Future, error) {
	if p.transactions != nil {
		return nil, ErrNoTransaction
	}
	return p.sendBatch(ctx, recs)
}

// SendBatch takes records to be sent as part of the transaction: see
// [Producer.SendBatch] and [Tx.Send].
func (tx *Tx) SendBatch(ctx context.Context, recs []record.Record) ([]Future, error) {
	tx.sending.RLock()
	defer tx.sending.RUnlock()
	if err := tx.usable(); err != nil {
		return nil, err
	}
	futures, err := tx.transactions.producer.sendBatch(ctx, recs)
	return futures, tx.taken(err)
}

func (p *Producer) sendBatch(ctx context.Context, recs []record.Record) ([]Future, error) {
	futures := make([]Future, 0, len(recs))
	var run *partition
	begin := 0
	for i := range recs {
		pt, chooseErr := p.choose(ctx, &recs[i])
		if pt == run && i-begin < runLength && chooseErr == nil {
			continue
		}
		var err error
		if futures, err = p.sendRun(ctx, run, recs[begin:i], futures); err != nil {
			return futures, err
		}
		if chooseErr != nil {
			return futures, chooseErr
		}
		run, begin = pt, i
	}
	return p.sendRun(ctx, run, recs[begin:], futures)
}

// sendRun puts records that go to one partition into the buffer, waiting for
// memory if it must.
func (p *Producer) sendRun(ctx context.Context, pt *partition, recs []record.Record, futures []Future) ([]Future, error) {
	for len(recs) > 0 {
		before := len(futures)
		var missing int
		var err error
		futures, missing, err = pt.appendRun(recs, futures)
		if err != nil {
			return futures, err
		}
		recs = recs[len(futures)-before:]
		if missing == 0 {
			continue
		}
		f, err := p.appendWhenFree(ctx, pt, &recs[0], missing)
		if err != nil {
			return futures, err
		}
		futures = append(futures, f)
		recs = recs[1:]
	}
	return futures, nil
}

// appendRun appends records up to the first for which memory is missing.
func (pt *partition) appendRun(recs []record.Record, futures []Future) (_ []Future, missing int, err error) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	for i := range recs {
		f, missing, err := pt.appendLocked(&recs[i], 0)
		if missing > 0 || err != nil {
			return futures, missing, err
		}
		futures = append(futures, f)
	}
	return futures, 0, nil
}
