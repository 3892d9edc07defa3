package producer

import (
	"errors"

	"github.com/barnabas-go/kafka/protocol"
)

// txnState is what a transactional producer knows of its transactional id and of
// its transaction: a value without I/O, clock and lock. due tells what is to be
// asked of the coordinator before the next transaction, and each answer is put
// in by a method.
type txnState struct {
	phase txnPhase
	err   error // why the transaction can only be aborted, or who has fenced it

	id producerID
	v2 bool // transactions are of version 2 (KIP-890)

	// added tells that the coordinator may know of the transaction: partitions
	// or offsets are part of it.
	added bool
	// asked tells that a request to commit was sent that was not answered: it may
	// have arrived.
	asked bool
	// stray tells that a request under the current epoch was not answered which
	// would do harm if it arrived within the next transaction.
	stray bool

	// What is due before the next transaction, in this order:
	mustEnd  bool // abort what may be open
	mustInit bool // get a new epoch
	takeOver bool // get it without regard to who has the transactional id now

	keep bool                // what is prepared, when it is taken over (KIP-939)
	kept PreparedTransaction // what was prepared
}

// txnPhase is where a transaction stands.
type txnPhase uint8

const (
	txnNone       txnPhase = iota // there is none
	txnOpen                       // takes records and offsets
	txnFailed                     // can only be aborted
	txnCommitting                 // takes nothing more
	txnFenced                     // the producer id is another producer's
)

// txnStep is a request to the coordinator.
type txnStep uint8

const (
	stepNone     txnStep = iota
	stepAbort            // EndTxn that aborts
	stepRenew            // InitProducerId with the current id and epoch
	stepTakeOver         // InitProducerId without
)

func newTxnState() txnState {
	return txnState{id: noProducerID, mustInit: true, takeOver: true}
}

// due returns what is to be done before a transaction may begin.
func (s *txnState) due() txnStep {
	switch {
	case s.mustEnd:
		return stepAbort
	case s.mustInit && s.takeOver:
		return stepTakeOver
	case s.mustInit:
		return stepRenew
	default:
		return stepNone
	}
}

// version takes note of what the cluster has finalized, unless there is a
// transaction of the old version to end. Sequences of the two versions do not
// continue each other.
func (s *txnState) version(v2 bool) {
	if s.mustEnd {
		return
	}
	if s.v2 != v2 && s.id != noProducerID {
		s.mustInit = true
	}
	s.v2 = v2
}

// begin opens a transaction. Nothing is due.
func (s *txnState) begin() {
	s.phase, s.err, s.added, s.asked = txnOpen, nil, false, false
}

// commit ends the taking of records, false if the transaction can only be
// aborted. A commit without an answer may be asked for again.
func (s *txnState) commit() bool {
	if s.phase != txnOpen && s.phase != txnCommitting {
		return false
	}
	s.phase = txnCommitting
	return true
}

// fail notes that the transaction cannot be committed, false if that changes
// nothing.
func (s *txnState) fail(err error) bool {
	if s.phase != txnOpen && (s.phase != txnCommitting || s.asked) {
		return false
	}
	s.phase, s.err = txnFailed, err
	return true
}

// fence notes that another producer has the transactional id. There is nothing
// left to be done but to take it over.
func (s *txnState) fence(err error) {
	s.phase, s.err = txnFenced, err
	s.mustEnd, s.mustInit, s.takeOver = false, true, true
}

// seize prepares for taking the transactional id over, which aborts what is
// open unless it is to be kept.
func (s *txnState) seize(keep bool) {
	s.keep, s.kept = keep, noTransaction
	s.phase, s.err = txnNone, nil
	s.mustEnd, s.mustInit, s.takeOver = false, true, true
}

// leave ends a transaction that shall not be committed, or of which it is not
// known whether it is. Gaps tells that a partition has a gap in its sequence.
func (s *txnState) leave(gaps bool) {
	if s.phase == txnFenced || s.phase == txnNone {
		return
	}
	s.phase = txnNone
	s.mustEnd = s.added
	s.mustInit = s.mustInit || gaps || s.stray
}

// committed takes the answer that the transaction is committed, with the
// producer id for the next.
func (s *txnState) committed(next producerID) {
	s.phase = txnNone
	s.succeed(next)
}

// strayed notes that a request was not answered; commit tells that it was one to
// commit.
func (s *txnState) strayed(commit bool) {
	s.stray = true
	s.asked = s.asked || commit
}

// aborted takes the answer to stepAbort: nil, or an error. It returns an error
// that leaves the step to be done.
func (s *txnState) aborted(next producerID, err error) error {
	switch {
	case err == nil:
		s.mustEnd = false
		s.succeed(next)
	case nothingToEnd(err):
		s.mustEnd, s.mustInit = false, true
	default:
		return err
	}
	return nil
}

// succeed takes on the producer id that EndTxn brought, since version 2. It has a
// new epoch; without one it is due if anything is left of the old.
func (s *txnState) succeed(next producerID) {
	if s.v2 && next.id >= 0 {
		s.id = next
		s.mustInit, s.stray = false, false
	}
	s.mustInit = s.mustInit || s.stray
}

// initialized takes the answer to stepRenew and stepTakeOver.
func (s *txnState) initialized(id producerID) {
	s.id = id
	s.mustInit, s.takeOver, s.stray, s.keep = false, false, false, false
}

// nothingToEnd tells the errors of an EndTxn for which there is no transaction:
// it has ended, or the coordinator has forgotten the transactional id after
// transactional.id.expiration.ms.
func nothingToEnd(err error) bool {
	return errors.Is(err, protocol.ErrInvalidTxnState) ||
		errors.Is(err, protocol.ErrInvalidProducerIDMapping) ||
		errors.Is(err, protocol.ErrUnknownProducerID) ||
		errors.Is(err, protocol.ErrTransactionAbortable)
}

// fencing tells the errors by which a coordinator says that another producer
// has the transactional id, or that the transaction has timed out.
func fencing(err error) bool {
	return errors.Is(err, protocol.ErrProducerFenced) || errors.Is(err, protocol.ErrInvalidProducerEpoch)
}
