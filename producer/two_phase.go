package producer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

const (
	// unlimited is the timeout of transactions that take part in a two-phase
	// commit.
	unlimited = math.MaxInt32 * time.Millisecond
	// twoPhaseVersion is the first of InitProducerId that knows of them.
	twoPhaseVersion = 6
)

var (
	// ErrNotTwoPhase is what [Tx.Prepare] and [Producer.RecoverTransaction] fail with
	// without Config.TransactionTwoPhaseCommit.
	ErrNotTwoPhase = errors.New("the producer takes no part in two-phase commits: set TransactionTwoPhaseCommit (transaction.two.phase.commit.enable)")
	// ErrTxPrepared is what Send and SendOffsets fail with after [Tx.Prepare].
	ErrTxPrepared = errors.New("the transaction is prepared: commit or abort it")
)

// TwoPhaseCommitError tells that a broker does not let transactions take part in a
// two-phase commit.
type TwoPhaseCommitError struct {
	// Broker is the host:port of the coordinator, and Release what it seems to be.
	Broker, Release string
	// Keep tells that it is about [Producer.RecoverTransaction] alone.
	Keep bool
	// Err is the broker's error; nil if it was not asked, since it does not know
	// the question.
	Err error
}

// Error tells what the broker must be and have.
func (e *TwoPhaseCommitError) Error() string {
	s := "broker " + e.Broker
	if e.Release != "" {
		s += " of Kafka " + e.Release
	}
	switch {
	case e.Err == nil:
		s += " takes no part in two-phase commits (KIP-939): Kafka 4.1 or later is needed, with unstable.api.versions.enable=true"
	case e.Keep:
		s += " cannot keep a prepared transaction (KIP-939): Kafka up to 4.3 can only abort it; a later release is needed"
	default:
		s += " allows no two-phase commits (KIP-939): set transaction.two.phase.commit.enable=true there, and allow TWO_PHASE_COMMIT on the transactional id"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the broker's error.
func (e *TwoPhaseCommitError) Unwrap() error { return e.Err }

// Retriable is false.
func (e *TwoPhaseCommitError) Retriable() bool { return false }

// twoPhase makes a request one for two-phase commits, if the producer takes part in
// any.
func (t *transactions) twoPhase(c *conn.Conn, req *protocol.InitProducerIdRequest, keep bool) error {
	if !t.producer.cfg.TransactionTwoPhaseCommit {
		return nil
	}
	if version, _ := c.Version(protocol.InitProducerId); version < twoPhaseVersion {
		return &TwoPhaseCommitError{Broker: c.Addr(), Release: c.Versions().Release()}
	}
	req.Enable2PC, req.KeepPreparedTxn = true, keep
	return nil
}

// twoPhaseRefused tells the errors that a request gets for what twoPhase has made
// of it.
func twoPhaseRefused(c *conn.Conn, req *protocol.InitProducerIdRequest, err error) error {
	switch code := protocol.CodeOf(err); {
	case req.KeepPreparedTxn && code == protocol.ErrUnsupportedVersion,
		req.Enable2PC && code == protocol.ErrTransactionalIDAuthorizationFailed:
		return &TwoPhaseCommitError{Broker: c.Addr(), Release: c.Versions().Release(), Keep: req.KeepPreparedTxn, Err: err}
	}
	return err
}

// PreparedTransaction names a transaction that is prepared: what a coordinator of
// two-phase commits stores. The zero value names none.
type PreparedTransaction struct {
	is       bool
	producer producerID
}

var noTransaction PreparedTransaction

// String returns the text that Java's PreparedTxnState has, such as "4711:3": empty
// for no transaction.
func (p PreparedTransaction) String() string {
	if !p.is {
		return ""
	}
	return fmt.Sprintf("%d:%d", p.producer.id, p.producer.epoch)
}

// ParsePreparedTransaction reads what String returns.
func ParsePreparedTransaction(s string) (PreparedTransaction, error) {
	if s == "" {
		return noTransaction, nil
	}
	id, epoch, _ := strings.Cut(s, ":")
	p, err := strconv.ParseInt(id, 10, 64)
	e, epochErr := strconv.ParseInt(epoch, 10, 16)
	if err := errors.Join(err, epochErr); err != nil || p < 0 || e < 0 {
		return noTransaction, fmt.Errorf("prepared transaction %q: want a producer id and its epoch, such as 4711:3", s)
	}
	return PreparedTransaction{true, producerID{p, int16(e)}}, nil
}

// Prepare is the first phase of a two-phase commit (KIP-939): it sends what is left,
// and takes no more records and offsets. The coordinator aborts a prepared
// transaction neither after a time nor when the producer closes. What it returns is
// to be stored along with whatever else is committed; then call Commit, or Abort, or
// after a crash [Producer.RecoverTransaction] and [Tx.Complete]. If ctx ends, Prepare
// may be called again.
func (tx *Tx) Prepare(ctx context.Context) (PreparedTransaction, error) {
	return tx.transactions.prepareCommit(ctx, tx)
}

func (t *transactions) prepareCommit(ctx context.Context, tx *Tx) (PreparedTransaction, error) {
	if !t.producer.cfg.TransactionTwoPhaseCommit {
		return noTransaction, ErrNotTwoPhase
	}
	if err := t.acquire(ctx); err != nil {
		return noTransaction, err
	}
	defer t.release()
	if err := t.current(tx); err != nil {
		return noTransaction, err
	}
	err := t.flush(ctx, tx)
	if failed := t.failure(tx); failed != nil {
		return noTransaction, failed
	}
	if err != nil {
		return noTransaction, fmt.Errorf("prepare a transaction of %q: %w", t.id, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	tx.prepared = PreparedTransaction{true, t.state.id}
	return tx.prepared, nil
}

// Prepared returns what names the transaction, if it is prepared.
func (tx *Tx) Prepared() PreparedTransaction {
	tx.transactions.mu.Lock()
	defer tx.transactions.mu.Unlock()
	return tx.prepared
}

// Complete is the second phase of a two-phase commit that a crash has interrupted:
// it commits if the transaction is the one that stored names, and aborts it
// otherwise, for then the first phase did not come to its end.
func (tx *Tx) Complete(ctx context.Context, stored PreparedTransaction) (Outcome, error) {
	if prepared := tx.Prepared(); !prepared.is || prepared != stored {
		return Aborted, tx.Abort(ctx)
	}
	return tx.Commit(ctx)
}

// RecoverTransaction is InitTransactions that keeps a transaction which the last
// producer with the transactional id has prepared, and returns it: see [Tx.Complete].
// It returns nil if there is none. Kafka calls it initTransactions(keepPreparedTxn).
// No release up to 4.3.1 can do so; what fails is a [*TwoPhaseCommitError].
func (p *Producer) RecoverTransaction(ctx context.Context) (*Tx, error) {
	switch {
	case p.transactions == nil:
		return nil, ErrNotTransactional
	case !p.cfg.TransactionTwoPhaseCommit:
		return nil, ErrNotTwoPhase
	}
	defer since(time.Now(), p.measures.transactions.init)
	return p.transactions.recover(ctx)
}

func (t *transactions) recover(ctx context.Context) (*Tx, error) {
	if err := t.takeOver(ctx, true); err != nil {
		return nil, err
	}
	defer t.release()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.state.kept.is {
		return nil, nil
	}
	tx := t.newTx()
	tx.prepared = t.state.kept
	tx.closed.Store(true)
	t.state.begin()
	t.state.added = true
	return tx, nil
}
