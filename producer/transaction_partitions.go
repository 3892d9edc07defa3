package producer

import (
	"context"
	"fmt"

	"github.com/barnabas-go/kafka/protocol"
)

// touch notes that the transaction writes to a partition, which before version 2
// has to wait until it is added. The caller holds the partition's lock.
func (t *transactions) touch(pt *partition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if pt.transaction == t.tx {
		return
	}
	pt.transaction = t.tx
	t.touched = append(t.touched, pt)
	if t.state.v2 {
		t.state.added = true // by the Produce request
		return
	}
	pt.adding = true
	t.waiting = append(t.waiting, pt)
	if !t.adding {
		t.adding = true
		tx := t.tx
		t.helpers.Go(func() { t.addPartitions(tx) })
	}
}

// addPartitions adds the partitions that wait to the transaction, until there are
// none.
func (t *transactions) addPartitions(tx *Tx) {
	for list := t.takeWaiting(); len(list) > 0; list = t.takeWaiting() {
		err := t.retry(tx.ctx, func(ctx context.Context) error { return t.tryAdd(ctx, list) })
		if err != nil {
			t.mu.Lock()
			t.adding = false
			t.mu.Unlock()
			if tx.ctx.Err() == nil {
				_ = t.refused(err) // those who wait for the transaction are told
			}
			return
		}
		for _, pt := range list {
			pt.admit()
		}
	}
}

func (t *transactions) takeWaiting() []*partition {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.waiting
	t.waiting = nil
	if t.adding = len(list) > 0; t.adding {
		t.state.added = true
	}
	return list
}

func (t *transactions) tryAdd(ctx context.Context, list []*partition) error {
	id := t.producerID()
	add := protocol.AddPartitionsToTxnRequestTransaction{TransactionalID: t.id, ProducerID: id.id, ProducerEpoch: id.epoch}
	index := make(map[string]int)
	for _, pt := range list {
		i, ok := index[pt.tp.Topic]
		if !ok {
			i = len(add.Topics)
			index[pt.tp.Topic] = i
			add.Topics = append(add.Topics, protocol.AddPartitionsToTxnRequestTopic{Name: pt.tp.Topic})
		}
		add.Topics[i].Partitions = append(add.Topics[i].Partitions, pt.tp.Partition)
	}
	resp, c, err := ask[*protocol.AddPartitionsToTxnResponse](ctx, t,
		&protocol.AddPartitionsToTxnRequest{Transactions: []protocol.AddPartitionsToTxnRequestTransaction{add}})
	if err != nil {
		return err
	}
	if len(resp.ResultsByTransaction) != 1 {
		return fmt.Errorf("broker %s answered AddPartitionsToTxn for %d transactions, want 1", c.Addr(), len(resp.ResultsByTransaction))
	}
	return t.added(resp.ResultsByTransaction[0].TopicResults, c.Addr())
}

// added returns the error of an answer. The first that is not about another
// partition's failure counts: none was added then.
func (t *transactions) added(results []protocol.AddPartitionsToTxnResponseTopic, broker string) error {
	var first error
	for i := range results {
		for _, p := range results[i].ResultsByPartition {
			code := p.PartitionErrorCode
			if code == protocol.ErrNone || code == protocol.ErrOperationNotAttempted && first != nil {
				continue
			}
			err := &protocol.BrokerError{
				Code: code, Broker: broker, API: protocol.AddPartitionsToTxn,
				Topic: results[i].Name, Partition: p.PartitionIndex,
			}
			if first == nil || protocol.CodeOf(first) == protocol.ErrOperationNotAttempted {
				first = err
			}
		}
	}
	t.coordinator().Learn(protocol.CodeOf(first))
	return first
}

// admit lets the records of a partition be sent: it is part of the transaction.
func (pt *partition) admit() {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	pt.adding = false
	pt.arrange()
}

// land waits until none of the transaction's records are in flight, so that none
// is written after its end, and tells whether a sequence has a gap.
func (t *transactions) land(ctx context.Context) (gaps bool, err error) {
	t.mu.Lock()
	touched := t.touched
	t.mu.Unlock()
	for _, pt := range touched {
		select {
		case <-pt.landing():
		case <-ctx.Done():
			return true, context.Cause(ctx)
		}
		pt.mu.Lock()
		gaps = gaps || pt.sequence.reset
		pt.adding = false
		pt.mu.Unlock()
	}
	return gaps, nil
}

// landing returns a channel that is closed once nothing of the partition is in
// flight.
func (pt *partition) landing() <-chan struct{} {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if pt.landed == nil {
		pt.landed = make(chan struct{})
	}
	landed := pt.landed
	if len(pt.inFlight) == 0 {
		pt.land()
	}
	return landed
}

// land tells who waits for it that nothing is in flight.
func (pt *partition) land() {
	if pt.landed != nil {
		close(pt.landed)
		pt.landed = nil
	}
}

// inTransaction turns an outcome into what it is in a transaction: a sequence
// cannot begin anew within it.
func (o outcome) inTransaction(follower bool) outcome {
	if o.refusedID || o.outOfOrder && !follower {
		o.retriable, o.refusedID, o.outOfOrder = false, false, false
	}
	return o
}
