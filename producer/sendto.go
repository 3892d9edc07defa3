package producer

import (
	"context"
	"errors"
	"fmt"

	"github.com/barnabas-go/kafka/record"
)

// SendTo takes a record for the given partition, whatever the partitioner and
// rec.Partition say. In all else it is [Producer.Send].
//
// A partition that is not known is looked for in new metadata first, as a topic
// may have got more; then the error is an [*UnknownPartitionError].
func (p *Producer) SendTo(ctx context.Context, partition int32, rec record.Record) (Future, error) {
	if p.transactions != nil {
		return Future{}, ErrNoTransaction
	}
	return p.sendTo(ctx, partition, rec)
}

func (p *Producer) sendTo(ctx context.Context, partition int32, rec record.Record) (Future, error) {
	t, err := p.topicFor(ctx, rec.Topic)
	if err != nil {
		return Future{}, err
	}
	pt := t.partition(partition)
	if pt == nil {
		if pt, err = p.findPartition(ctx, t, partition); err != nil {
			return Future{}, err
		}
	}
	return p.enqueue(ctx, pt, &rec)
}

// SendTo takes a record for the given partition to be sent as part of the
// transaction: see [Producer.SendTo] and [Tx.Send].
func (tx *Tx) SendTo(ctx context.Context, partition int32, rec record.Record) (Future, error) {
	tx.sending.RLock()
	defer tx.sending.RUnlock()
	if err := tx.usable(); err != nil {
		return Future{}, err
	}
	f, err := tx.transactions.producer.sendTo(ctx, partition, rec)
	return f, tx.taken(err)
}

// partition returns a partition by number, nil if it is not known.
func (t *topic) partition(n int32) *partition {
	if l := t.layout.Load(); n >= 0 && int(n) < len(l.partitions) {
		return l.partitions[n]
	}
	return nil
}

// findPartition looks for a partition in new metadata.
func (p *Producer) findPartition(ctx context.Context, t *topic, n int32) (*partition, error) {
	if n >= 0 && p.cfg.MaxBlock < 0 {
		p.client.RequestUpdate()
	}
	if n >= 0 && p.cfg.MaxBlock > 0 {
		ctx, cancel := p.blocking(ctx, p.cfg.MaxBlock, errors.New(notWithin("no metadata came", p.cfg.MaxBlock)))
		defer cancel()
		if err := p.client.Refresh(ctx); err != nil {
			if p.closing.Load() {
				return nil, ErrClosed
			}
			return nil, fmt.Errorf("look for partition %d of topic %q: %w", n, t.name, err)
		}
		p.learn(nil)
	}
	if pt := t.partition(n); pt != nil {
		return pt, nil
	}
	return nil, &UnknownPartitionError{Topic: t.name, Partition: n, Partitions: len(t.layout.Load().partitions)}
}
