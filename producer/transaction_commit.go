package producer

import (
	"context"
	"errors"
	"fmt"

	"github.com/barnabas-go/kafka/protocol"
)

// commit ends a transaction by making it visible.
func (t *transactions) commit(ctx context.Context, tx *Tx) (Outcome, error) {
	t.give(tx)
	if err := t.acquire(ctx); err != nil {
		t.fail(&AbortableError{t.id, err})
		return Aborted, err
	}
	defer t.release()
	if err := t.current(tx); err != nil {
		return Aborted, err
	}
	if err := t.flush(ctx, tx); err != nil {
		t.fail(&AbortableError{t.id, err})
	}
	t.mu.Lock()
	ready := t.state.commit()
	added := t.state.added
	t.mu.Unlock()
	if !ready {
		return t.giveUp(ctx, tx)
	}
	t.halted.Store(true)
	next, err := noProducerID, error(nil)
	if added {
		next, err = t.endTxn(ctx, true)
	}
	if err != nil {
		return t.notCommitted(ctx, tx, err)
	}
	t.mu.Lock()
	t.state.committed(next)
	t.mu.Unlock()
	tx.cancel(ErrTxEnded)
	return Committed, nil
}

// flush waits until all records are delivered, or the transaction fails. Nothing
// is sent by the transaction after that.
func (t *transactions) flush(ctx context.Context, tx *Tx) error {
	tx.sending.Lock()
	tx.closed.Store(true)
	tx.sending.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(tx.ctx, func() { cancel(context.Cause(tx.ctx)) })()
	if t.producer.deliver(ctx) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// giveUp aborts a transaction that cannot be committed.
func (t *transactions) giveUp(ctx context.Context, tx *Tx) (Outcome, error) {
	err := t.failure(tx)
	if abort := t.abortHeld(ctx, tx); abort != nil && ctx.Err() == nil && !errors.Is(err, abort) {
		err = errors.Join(err, abort)
	}
	return Aborted, err
}

// notCommitted tells what an error of EndTxn means for the transaction.
func (t *transactions) notCommitted(ctx context.Context, tx *Tx, err error) (Outcome, error) {
	t.mu.Lock()
	asked := t.state.asked
	t.mu.Unlock()
	outcome := Aborted
	if asked && !neverCommitted(err) {
		outcome = Unknown
	}
	if ctx.Err() != nil && !fencing(err) {
		err = fmt.Errorf("commit of a transaction of %q: %w", t.id, err)
		if outcome == Aborted {
			t.fail(&AbortableError{t.id, err})
		}
		return outcome, err
	}
	err = t.refused(err)
	t.mu.Lock()
	t.state.leave(false)
	t.mu.Unlock()
	tx.cancel(ErrTxEnded)
	return outcome, err
}

// neverCommitted tells the errors of an EndTxn that commits by which the
// coordinator says that the transaction is not committed by an earlier request
// either: that one would have been answered again with success.
func neverCommitted(err error) bool {
	return errors.Is(err, protocol.ErrInvalidTxnState) || errors.Is(err, protocol.ErrTransactionAbortable)
}
