package producer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/record"
)

// Tx is a transaction: its records, and offsets of what was consumed, become
// visible all together to readers of committed records, or never (KIP-98). It
// ends by Commit or Abort, one of which must be called; a producer has one at a
// time. Send may be called by many goroutines.
//
// Once anything of it fails, such as the delivery of a record or a Send, it can
// only be aborted: Err tells why, and Send, SendOffsets and Commit fail with the same
// [*AbortableError] or [*FatalError]. After the first, another transaction may
// do better; after the second it would not.
type Tx struct {
	transactions *transactions
	began        time.Time
	ctx          context.Context // ends when the transaction fails or ends
	cancel       context.CancelCauseFunc
	prepared     PreparedTransaction // if it is; under the lock of transactions
	given        bool                // Commit or Abort was called; under the lock of transactions

	sending sync.RWMutex // held shared by Send
	closed  atomic.Bool  // takes no more records
}

// InitTransactions takes the transactional id: it fences the producer that had it
// before, and aborts what that has left open. [Producer.Begin] does so when it is
// needed. Call it to do so early, before input is read that an older instance of
// the program may still be at; or to take the id back after a [*FencedError].
func (p *Producer) InitTransactions(ctx context.Context) error {
	if p.transactions == nil {
		return ErrNotTransactional
	}
	defer since(time.Now(), p.measures.transactions.init)
	return p.transactions.initialize(ctx)
}

// Begin begins a transaction. It waits until what is left of the last one has
// ended, and asks the coordinator for a producer id if there is none to go on
// with. The error is a [*FatalError], what ctx ended with, [ErrTxOpen] or
// [ErrClosed]. ctx bounds the call, not the transaction: Config.TransactionTimeout
// does.
func (p *Producer) Begin(ctx context.Context) (*Tx, error) {
	if p.transactions == nil {
		return nil, ErrNotTransactional
	}
	defer since(time.Now(), p.measures.transactions.begin)
	return p.transactions.begin(ctx)
}

// Transact runs f within a transaction, and commits if f returns nil. Otherwise,
// and if f panics, it aborts. The error is nil only if the outcome is Committed.
// See [Tx.Commit] for outcomes; after one that is Unknown, the next transaction
// begins with a clean state. f must neither commit nor abort tx, nor keep it.
func (p *Producer) Transact(ctx context.Context, f func(tx *Tx) error) (Outcome, error) {
	tx, err := p.Begin(ctx)
	if err != nil {
		return Aborted, err
	}
	returned := false
	defer func() {
		if !returned { // it panics
			_ = tx.abortSoon(ctx)
		}
	}()
	err = f(tx)
	returned = true
	if err != nil {
		if abort := tx.abortSoon(ctx); abort != nil && !errors.Is(err, abort) {
			err = errors.Join(err, fmt.Errorf("abort: %w", abort))
		}
		return Aborted, err
	}
	outcome, err := tx.Commit(ctx)
	if outcome == Aborted && ctx.Err() != nil {
		_ = tx.abortSoon(ctx) // or the next transaction does
	}
	return outcome, err
}

// abortSoon aborts though ctx may have ended.
func (tx *Tx) abortSoon(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tx.transactions.producer.cfg.Config.RequestTimeout)
	defer cancel()
	return tx.Abort(ctx)
}

// Send takes a record to be sent as part of the transaction; it is
// [Producer.Send] otherwise. It fails with [ErrTxEnded] after Commit and Abort.
// Futures need not be looked at: Commit fails if a record was not delivered.
func (tx *Tx) Send(ctx context.Context, rec record.Record) (Future, error) {
	tx.sending.RLock()
	defer tx.sending.RUnlock()
	if err := tx.usable(); err != nil {
		return Future{}, err
	}
	f, err := tx.transactions.producer.send(ctx, rec)
	return f, tx.taken(err)
}

// taken passes on the error of a record that was not taken, without which the
// transaction is not whole.
func (tx *Tx) taken(err error) error {
	if err != nil {
		tx.transactions.fail(&AbortableError{tx.transactions.id, err})
	}
	return err
}

func (tx *Tx) usable() error {
	if !tx.closed.Load() && tx.ctx.Err() == nil {
		return nil
	}
	if err := tx.Err(); err != nil {
		return err
	}
	if tx.Prepared().is {
		return ErrTxPrepared
	}
	return ErrTxEnded
}

// Err tells why the transaction can only be aborted, nil if it can be committed.
func (tx *Tx) Err() error { return tx.transactions.failure(tx) }

// SendOffsets makes offsets of a consumer group part of the transaction: each is
// that of the next record to be consumed. group comes from the consumer's
// GroupMetadata, which must be asked for after the poll that returned the records,
// not later: if the group has given the partitions to others meanwhile, the error
// wraps a [*coordinator.CommitFailedError] and the transaction can only be aborted,
// so that no two members process the same records (KIP-447).
//
// Brokers before Kafka 2.5 cannot check that. There, offsets of a member are
// refused with a [*conn.FeatureError]; those of no member (the Generation
// [coordinator.NoGeneration]) are taken, and it is up to the application that
// no two producers with different transactional ids consume the same partition.
//
// The consumer itself must not commit: set its DisableAutoCommit.
func (tx *Tx) SendOffsets(ctx context.Context, offsets map[cluster.TopicPartition]coordinator.OffsetAndMetadata, group coordinator.GroupMetadata) error {
	if group.GroupID == "" {
		return errors.New("SendOffsets: GroupMetadata has no GroupID: the consumer must be one with a GroupID (group.id)")
	}
	for tp, o := range offsets {
		if o.Offset < 0 {
			return fmt.Errorf("SendOffsets of group %s: offset %d of %s is negative", group.GroupID, o.Offset, tp)
		}
	}
	defer since(time.Now(), tx.measures().sendOffsets)
	return tx.transactions.sendOffsets(ctx, tx, offsets, group)
}

// Commit sends what is left and commits the transaction. The error is nil only if
// the outcome is [Committed].
//
//   - [Aborted]: the transaction has no effect, and never will. The error tells
//     why, an [*AbortableError] or a [*FatalError]. It has been aborted, or will
//     be before the next one begins. A ctx that ends before the request to commit
//     was sent aborts, too.
//   - [Unknown]: ctx ended while the answer to the request to commit was awaited,
//     or another producer took the transactional id before it came. In the first
//     case, another call of Commit may find it out. [Producer.Begin], instead,
//     leaves it undecided: it has the transaction aborted if it is not committed,
//     and starts from a clean state.
//
// Commit retries until ctx ends. After TransactionTimeout the coordinator aborts by
// itself.
func (tx *Tx) Commit(ctx context.Context) (Outcome, error) {
	defer since(time.Now(), tx.measures().commit)
	return tx.transactions.commit(ctx, tx)
}

func (tx *Tx) measures() *transactionMeasures { return &tx.transactions.producer.measures.transactions }

// Abort gives the transaction up: its records fail with [ErrTxAborted] unless they
// are written already, when readers of committed records pass over them. After an
// error the transaction has no effect all the same, and its end is made sure of
// before the next one begins. After Commit and Abort it fails with [ErrTxEnded].
func (tx *Tx) Abort(ctx context.Context) error {
	t := tx.transactions
	t.mu.Lock()
	asked := t.tx == tx && t.state.phase == txnCommitting
	t.mu.Unlock()
	if asked {
		return fmt.Errorf("abort: %w: a request to commit has been sent; call Commit again to find out, or Begin", ErrTxEnded)
	}
	defer since(time.Now(), tx.measures().abort)
	return t.abort(ctx, tx)
}
