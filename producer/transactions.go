package producer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// transactions runs the transactions of a producer: it drives a txnState by
// requests to the coordinators, and holds back the records that may not be sent
// yet, or not any more.
type transactions struct {
	producer *Producer
	id       string

	// halted tells that no transaction is open in which records may be sent.
	halted atomic.Bool
	// busy, of capacity 1, is held by who asks the coordinator to begin or end a
	// transaction, or to add offsets.
	busy chan struct{}
	// helpers work for the transaction in the background. They end soon after its
	// context does.
	helpers sync.WaitGroup

	mu      sync.Mutex
	state   txnState
	tx      *Tx // the last one
	touched []*partition
	waiting []*partition // to be added to the transaction
	adding  bool
}

func newTransactions(p *Producer) *transactions {
	t := &transactions{producer: p, id: p.cfg.TransactionalID, busy: make(chan struct{}, 1), state: newTxnState()}
	t.halted.Store(true)
	return t
}

// acquire makes the caller the only one to drive the state.
func (t *transactions) acquire(ctx context.Context) error {
	select {
	case t.busy <- struct{}{}:
		return nil // though ctx may have ended: what can be done without it, is
	default:
	}
	select {
	case t.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *transactions) release() { <-t.busy }

// begin opens a transaction, once what is due before it is done.
func (t *transactions) begin(ctx context.Context) (*Tx, error) {
	if err := t.acquire(ctx); err != nil {
		return nil, err
	}
	defer t.release()
	if err := t.mayBegin(); err != nil {
		return nil, err
	}
	if err := t.prepare(ctx); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	tx := t.newTx()
	t.state.begin()
	t.halted.Store(false)
	return tx, nil
}

// newTx makes the Tx of a transaction that begins. The caller holds the lock.
func (t *transactions) newTx() *Tx {
	tx := &Tx{transactions: t, began: time.Now()}
	tx.ctx, tx.cancel = context.WithCancelCause(t.producer.stopped)
	t.tx, t.touched, t.waiting = tx, nil, nil
	return tx
}

// mayBegin tells whether the last transaction is over. One whose outcome is not
// known is given up.
func (t *transactions) mayBegin() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.state.phase {
	case txnFenced:
		return t.state.err
	case txnOpen:
		return ErrTxOpen
	case txnFailed:
		if !t.tx.given {
			return ErrTxOpen
		}
		t.state.leave(true)
	case txnCommitting:
		t.state.leave(false)
	}
	if t.producer.closing.Load() {
		return ErrClosed
	}
	return nil
}

// initialize takes the transactional id over.
func (t *transactions) initialize(ctx context.Context) error {
	err := t.takeOver(ctx, false)
	if err == nil {
		t.release()
	}
	return err
}

// takeOver takes the transactional id over, with what is prepared or without. The
// caller has acquired t then, unless there is an error.
func (t *transactions) takeOver(ctx context.Context, keep bool) error {
	if err := t.acquire(ctx); err != nil {
		return err
	}
	t.mu.Lock()
	open := t.state.phase == txnOpen || t.state.phase == txnFailed
	if !open {
		t.state.seize(keep)
	}
	t.mu.Unlock()
	err := ErrTxOpen
	if !open {
		err = t.prepare(ctx)
	}
	if err != nil {
		t.release()
	}
	return err
}

// prepare does what is due before a transaction may begin.
func (t *transactions) prepare(ctx context.Context) error {
	t.helpers.Wait()
	if _, err := t.land(ctx); err != nil {
		return err
	}
	for {
		v2, err := t.version(ctx)
		if err != nil {
			return t.refused(err)
		}
		t.mu.Lock()
		t.state.version(v2)
		step := t.state.due()
		t.mu.Unlock()
		switch step {
		case stepAbort:
			err = t.sendAbort(ctx)
		case stepRenew, stepTakeOver:
			err = t.initProducerID(ctx, step == stepTakeOver)
		default:
			return nil
		}
		if err != nil {
			return t.refused(err)
		}
	}
}

// refused returns the error of a request to a coordinator as one that tells what
// can be done, and takes note of it.
func (t *transactions) refused(err error) error {
	t.mu.Lock()
	tx := t.tx
	running := t.state.phase == txnOpen || t.state.phase == txnFailed || t.state.phase == txnCommitting
	t.mu.Unlock()
	switch {
	case fencing(err):
		fenced := &FencedError{TransactionalID: t.id, Timeout: t.producer.cfg.TransactionTimeout, Err: err}
		if running {
			fenced.Open = time.Since(tx.began)
		}
		err = &FatalError{t.id, fenced}
		t.mu.Lock()
		t.state.fence(err)
		t.halt(tx, err)
		t.mu.Unlock()
		return err
	case lasting(err):
		err = &FatalError{t.id, err}
	case running:
		err = &AbortableError{t.id, err}
	}
	t.fail(err)
	return err
}

// fail notes that the open transaction cannot be committed.
func (t *transactions) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.fail(err) {
		t.halt(t.tx, err)
	}
}

// deliveryFailed notes that a record of the transaction is lost. The caller holds
// a partition's lock.
func (t *transactions) deliveryFailed(err error) { t.fail(&AbortableError{t.id, err}) }

// halt has no more records of a transaction sent, and fails those that wait. The
// caller holds the lock.
func (t *transactions) halt(tx *Tx, reason error) {
	t.halted.Store(true)
	if tx == nil || tx.ctx.Err() != nil {
		return
	}
	tx.cancel(reason)
	if cause := errors.Unwrap(reason); cause != nil {
		reason = cause
	}
	t.helpers.Go(func() {
		t.abandonAll(reason) // which frees the memory that a Send may wait for
		tx.sending.Lock()
		tx.closed.Store(true)
		tx.sending.Unlock()
		t.abandonAll(reason)
	})
}

func (t *transactions) abandonAll(reason error) {
	for _, b := range t.producer.live.all() {
		b.partition.abandon(b, reason)
	}
}

// abort ends a transaction without effect.
func (t *transactions) abort(ctx context.Context, tx *Tx) error {
	t.give(tx)
	if err := t.acquire(ctx); err != nil {
		t.fail(&AbortableError{t.id, ErrTxAborted})
		return err
	}
	defer t.release()
	return t.abortHeld(ctx, tx)
}

// context ends when the transaction that there is fails, or the producer stops.
func (t *transactions) context() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.phase == txnNone || t.tx == nil {
		return t.producer.stopped
	}
	return t.tx.ctx
}

// give notes that the application is through with a transaction.
func (t *transactions) give(tx *Tx) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tx.given = true
}

// abortHeld is abort for a caller who is the only one already. Whatever the
// error, the transaction has no effect.
func (t *transactions) abortHeld(ctx context.Context, tx *Tx) error {
	if err := t.current(tx); err != nil {
		return err
	}
	t.fail(&AbortableError{t.id, ErrTxAborted})
	t.helpers.Wait()
	gaps, err := t.land(ctx)
	t.mu.Lock()
	if t.state.phase == txnFenced {
		err := t.state.err
		t.mu.Unlock()
		return err
	}
	t.state.leave(gaps)
	t.mu.Unlock()
	if err != nil {
		return err
	}
	return t.prepare(ctx)
}

// current tells whether tx is a transaction that has not ended.
func (t *transactions) current(tx *Tx) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tx != tx || t.state.phase == txnNone {
		return ErrTxEnded
	}
	return nil
}

// failure returns why the transaction can only be aborted, nil if it can be
// committed.
func (t *transactions) failure(tx *Tx) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.tx != tx || t.state.phase == txnNone:
		return ErrTxEnded
	case t.state.phase == txnFailed || t.state.phase == txnFenced:
		return t.state.err
	}
	return nil
}

// close aborts what is open, so that readers of committed records need not wait
// for the transaction's timeout.
func (t *transactions) close(ctx context.Context) error {
	if err := t.acquire(ctx); err != nil {
		return err
	}
	defer t.release()
	t.mu.Lock()
	phase, tx := t.state.phase, t.tx
	ended := phase == txnNone && !t.state.mustEnd || phase == txnFenced
	prepared := phase == txnOpen && tx.prepared.is
	t.mu.Unlock()
	switch {
	case ended:
		return nil
	case phase == txnNone:
		return t.sendAbort(ctx)
	case prepared:
		return nil // it is another coordinator's to decide
	case phase == txnCommitting:
		return nil // it must not be aborted: the application may believe that it is committed
	}
	return t.abortHeld(ctx, tx)
}
