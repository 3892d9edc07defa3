package producer

import (
	"errors"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
)

var (
	// ErrNotTransactional is what Begin and Transact fail with if
	// Config.TransactionalID is empty.
	ErrNotTransactional = errors.New("producer has no transactions: set TransactionalID (transactional.id)")
	// ErrNoTransaction is what Send fails with on a transactional producer:
	// records are sent by a Tx.
	ErrNoTransaction = errors.New("a producer with a TransactionalID (transactional.id) sends within transactions only: call Begin or Transact, and send by the Tx")
	// ErrTxOpen is what Begin fails with while a transaction is open.
	ErrTxOpen = errors.New("the producer's last transaction is still open: commit or abort it first")
	// ErrTxEnded is what calls on a Tx fail with after Commit or Abort.
	ErrTxEnded = errors.New("the transaction has ended: begin another")
	// ErrTxAborted is the reason why records of a transaction that was aborted
	// were not delivered, if there is no other.
	ErrTxAborted = errors.New("the transaction was aborted")
)

// Outcome is what became of a transaction.
type Outcome uint8

const (
	// Aborted transactions have no effect, now or later.
	Aborted Outcome = iota
	// Committed transactions have all their effects.
	Committed
	// Unknown: a request to commit was sent, and nobody can tell yet whether the
	// coordinator has it. See [Tx.Commit].
	Unknown
)

var outcomeNames = [...]string{"aborted", "committed", "unknown"}

// String returns the outcome in lower case.
func (o Outcome) String() string {
	if int(o) >= len(outcomeNames) {
		return fmt.Sprintf("outcome %d", uint8(o))
	}
	return outcomeNames[o]
}

// AbortableError tells why a transaction can only be aborted. The same work may
// succeed in another transaction (KIP-1050).
type AbortableError struct {
	TransactionalID string
	// Err is the reason, such as a [*DeliveryError] or a
	// [*coordinator.CommitFailedError].
	Err error
}

// Error tells the transactional id and the reason.
func (e *AbortableError) Error() string {
	return fmt.Sprintf("transaction of %q can only be aborted: %v", e.TransactionalID, e.Err)
}

// Unwrap returns the reason.
func (e *AbortableError) Unwrap() error { return e.Err }

// FatalError tells why no transaction is possible: another one fails the same,
// until something is changed from outside. A [*FencedError] is one of the
// reasons.
type FatalError struct {
	TransactionalID string
	// Err is the reason.
	Err error
}

// Error tells the transactional id and the reason.
func (e *FatalError) Error() string {
	return fmt.Sprintf("no transactions of %q: %v", e.TransactionalID, e.Err)
}

// Unwrap returns the reason.
func (e *FatalError) Unwrap() error { return e.Err }

// Retriable is false.
func (e *FatalError) Retriable() bool { return false }

// FencedError tells that the producer is not, or no more, the one with the
// transactional id: a newer one has it, or the coordinator has aborted a
// transaction that took too long. Brokers do not tell these apart.
type FencedError struct {
	TransactionalID string
	// Open is the time since the transaction began, 0 if there was none.
	Open time.Duration
	// Timeout is Config.TransactionTimeout.
	Timeout time.Duration
	// Err is the broker's.
	Err error
}

// Error tells the likely reason and what to do.
func (e *FencedError) Error() string {
	s := fmt.Sprintf("transactional id %q is taken", e.TransactionalID)
	if e.Open >= e.Timeout {
		s += fmt.Sprintf(", or the coordinator has aborted the transaction, which was open for %v, after TransactionTimeout (transaction.timeout.ms) of %v: shorten transactions or raise it",
			e.Open.Round(time.Millisecond), e.Timeout)
	} else {
		s += " by a newer producer: give each producer that runs a TransactionalID (transactional.id) of its own"
	}
	return s + "; to take it back, call InitTransactions: " + e.Err.Error()
}

// Unwrap returns the broker's error.
func (e *FencedError) Unwrap() error { return e.Err }

// Retriable is false.
func (e *FencedError) Retriable() bool { return false }

// lasting tells the refusals that another transaction would meet again.
func lasting(err error) bool {
	var stranger *coordinator.CommitFailedError
	if errors.As(err, &stranger) {
		return false // it may be a member of the group by then
	}
	var unsupported interface {
		error
		Retriable() bool
	}
	for _, code := range []protocol.ErrorCode{
		protocol.ErrTransactionalIDAuthorizationFailed, protocol.ErrClusterAuthorizationFailed,
		protocol.ErrInvalidTransactionTimeout, protocol.ErrUnsupportedVersion,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	var broker *protocol.BrokerError
	return !errors.As(err, &broker) && errors.As(err, &unsupported) && !unsupported.Retriable()
}
