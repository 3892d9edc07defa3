package producer

import (
	"context"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

const (
	// concurrentBackoff is how soon a request is tried again that meets the end of
	// the transaction before, which brokers bring to completion after they have
	// answered.
	concurrentBackoff = 20 * time.Millisecond

	// Versions of APIs before those that belong to transactions of version 2.
	lastProduceV1         = 11
	lastEndTxnV1          = 4
	lastTxnOffsetCommitV1 = 4

	// renewingVersion is the first of InitProducerId that takes the current id
	// and epoch (KIP-360).
	renewingVersion = 3
	// memberVersion is the first of TxnOffsetCommit that takes the member
	// (KIP-447).
	memberVersion = 3

	featureTransactions = "transaction.version"
)

// coordinator is the one of the transactional id.
func (t *transactions) coordinator() coordination.Asker {
	return coordination.Asker{Client: t.producer.client, Kind: cluster.TransactionCoordinator, Key: t.id}
}

// ask sends the coordinator of the transactional id a request, one try.
func ask[R protocol.Response](ctx context.Context, t *transactions, req protocol.Request) (resp R, c *conn.Conn, err error) {
	c, err = t.coordinator().Conn(ctx, cluster.UseCoordinator)
	if err != nil {
		return resp, nil, err
	}
	resp, err = coordination.Ask[R](ctx, t.coordinator(), c, req, 0)
	return resp, c, err
}

// retry calls try until it succeeds or fails for good, or until ctx ends; then
// the error tells the last failure, too.
func (t *transactions) retry(ctx context.Context, try func(context.Context) error) error {
	var last error
	for failures := 1; ; failures++ {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			if !coordination.Retriable(err) {
				return err
			}
			last = err
			t.pause(ctx, failures, err)
		}
		switch {
		case ctx.Err() == nil:
		case last == nil:
			return context.Cause(ctx)
		default:
			return fmt.Errorf("%w; the last failure: %w", context.Cause(ctx), last)
		}
	}
}

// pause waits before another try.
func (t *transactions) pause(ctx context.Context, failures int, err error) {
	delay := t.producer.backoff.Delay(failures)
	if protocol.CodeOf(err) == protocol.ErrConcurrentTransactions {
		delay = min(delay, concurrentBackoff)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// version finds out whether transactions are of version 2 (KIP-890).
func (t *transactions) version(ctx context.Context) (v2 bool, err error) {
	err = t.retry(ctx, func(ctx context.Context) error {
		c, err := t.coordinator().Conn(ctx, cluster.UseCoordinator)
		if err != nil {
			return err
		}
		if _, ok := c.Version(protocol.InitProducerId); !ok {
			return c.Lacks("transactions", "0.11")
		}
		v2 = c.Versions().FinalizedFeatures[featureTransactions].Max >= 2
		return nil
	})
	return v2, err
}

// initProducerID gets a producer id, or the next epoch of the current one.
// Without regard to the current one it fences whoever has the transactional id.
func (t *transactions) initProducerID(ctx context.Context, takeOver bool) error {
	return t.retry(ctx, func(ctx context.Context) error {
		c, err := t.coordinator().Conn(ctx, cluster.UseCoordinator)
		if err != nil {
			return err
		}
		req := protocol.NewInitProducerIdRequest(&t.id, t.producer.cfg.TransactionTimeout)
		// Older coordinators know only how to take over. That is safe after a
		// transaction has been ended, which showed that the id is this producer's.
		if version, _ := c.Version(protocol.InitProducerId); !takeOver && version >= renewingVersion {
			id := t.producerID()
			req.ProducerID, req.ProducerEpoch = id.id, id.epoch
		}
		t.mu.Lock()
		keep := t.state.keep
		t.mu.Unlock()
		if err := t.twoPhase(c, req, keep); err != nil {
			return err
		}
		resp, err := coordination.Ask[*protocol.InitProducerIdResponse](ctx, t.coordinator(), c, req, 0)
		if err != nil {
			return err
		}
		if err := t.coordinator().Check(c, protocol.InitProducerId, resp.ErrorCode); err != nil {
			return twoPhaseRefused(c, req, err)
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.state.initialized(producerID{resp.ProducerID, resp.ProducerEpoch})
		if keep && resp.OngoingTxnProducerID >= 0 {
			t.state.kept = PreparedTransaction{true, producerID{resp.OngoingTxnProducerID, resp.OngoingTxnProducerEpoch}}
		}
		return nil
	})
}

// sendAbort asks the coordinator to abort what may be open.
func (t *transactions) sendAbort(ctx context.Context) error {
	next, err := t.endTxn(ctx, false)
	if err != nil && ctx.Err() != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.aborted(next, err)
}

// endTxn asks the coordinator to commit or abort.
func (t *transactions) endTxn(ctx context.Context, commit bool) (next producerID, err error) {
	err = t.retry(ctx, func(ctx context.Context) error {
		c, err := t.coordinator().Conn(ctx, cluster.UseCoordinator)
		if err != nil {
			return err
		}
		t.mu.Lock()
		id, v2 := t.state.id, t.state.v2
		t.mu.Unlock()
		var req protocol.Request = &protocol.EndTxnRequest{TransactionalID: t.id, ProducerID: id.id, ProducerEpoch: id.epoch, Committed: commit}
		if !v2 {
			req = protocol.AtMost(req, lastEndTxnV1)
		}
		resp, err := coordination.Ask[*protocol.EndTxnResponse](ctx, t.coordinator(), c, req, 0)
		if err != nil {
			t.mu.Lock()
			t.state.strayed(commit)
			t.mu.Unlock()
			return err
		}
		next = producerID{resp.ProducerID, resp.ProducerEpoch}
		return t.coordinator().Check(c, protocol.EndTxn, resp.ErrorCode)
	})
	return next, err
}

// producerID returns the one of the current transaction.
func (t *transactions) producerID() producerID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.id
}

// version2 tells whether the current transaction is of version 2.
func (t *transactions) version2() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.v2
}

// inTransaction makes a request one of the open transaction, if the producer is
// transactional.
func (p *Producer) inTransaction(req *protocol.ProduceRequest) protocol.Request {
	if p.transactions == nil {
		return req
	}
	req.TransactionalID = &p.transactions.id
	if p.transactions.version2() {
		return req
	}
	return protocol.AtMost(req, lastProduceV1)
}
