package producer

import (
	"errors"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
)

var (
	idA     = producerID{7, 0}
	idB     = producerID{7, 1}
	errLost = errors.New("a record was lost")
)

// readyState is one between transactions.
func readyState(v2 bool) txnState {
	s := newTxnState()
	s.initialized(idA)
	s.version(v2) // a change of it would ask for a new epoch
	s.mustInit = false
	return s
}

// openState is one whose transaction the coordinator knows of.
func openState(v2 bool) txnState {
	s := readyState(v2)
	s.begin()
	s.added = true
	return s
}

// What is due after each way in which a transaction may go.
func TestTxnStateDue(t *testing.T) {
	for _, tt := range []struct {
		name  string
		from  txnState
		do    func(*txnState)
		phase txnPhase
		due   []txnStep // in order, each answered by success
		id    producerID
	}{
		{"new", newTxnState(), func(*txnState) {}, txnNone, []txnStep{stepTakeOver}, idB},
		{"committed", openState(false), func(s *txnState) { s.commit(); s.committed(noProducerID) }, txnNone, nil, idA},
		{"committed, v2", openState(true), func(s *txnState) { s.commit(); s.committed(idB) }, txnNone, nil, idB},
		{"empty", readyState(false), func(s *txnState) { s.begin(); s.leave(false) }, txnNone, nil, idA},
		{"aborted", openState(false), func(s *txnState) { s.fail(errLost); s.leave(false) }, txnNone, []txnStep{stepAbort}, idA},
		{"aborted, with a gap", openState(false), func(s *txnState) { s.fail(errLost); s.leave(true) }, txnNone, []txnStep{stepAbort, stepRenew}, idB},
		{"aborted, with a gap, v2", openState(true), func(s *txnState) { s.fail(errLost); s.leave(true) }, txnNone, []txnStep{stepAbort}, idB},
		{"unknown", openState(false), func(s *txnState) { s.commit(); s.strayed(true); s.leave(false) }, txnNone, []txnStep{stepAbort, stepRenew}, idB},
		{"committed, after a try", openState(false), func(s *txnState) { s.commit(); s.strayed(true); s.committed(noProducerID) }, txnNone, []txnStep{stepRenew}, idB},
		{"committed, after a try, v2", openState(true), func(s *txnState) { s.commit(); s.strayed(true); s.committed(idB) }, txnNone, nil, idB},
		{"committed, offsets strayed", openState(false), func(s *txnState) { s.strayed(false); s.commit(); s.committed(noProducerID) }, txnNone, []txnStep{stepRenew}, idB},
		{"fenced", openState(false), func(s *txnState) { s.fence(errLost) }, txnFenced, []txnStep{stepTakeOver}, idB},
		{"seized", openState(false), func(s *txnState) { s.fence(errLost); s.seize(false) }, txnNone, []txnStep{stepTakeOver}, idB},
		{"upgraded", readyState(false), func(s *txnState) { s.version(true) }, txnNone, []txnStep{stepRenew}, idB},
	} {
		s := tt.from
		tt.do(&s)
		if s.phase != tt.phase {
			t.Errorf("%s: phase %d, want %d", tt.name, s.phase, tt.phase)
		}
		for i, want := range append(tt.due, stepNone) {
			got := s.due()
			if got != want {
				t.Errorf("%s: step %d is %d, want %d", tt.name, i, got, want)
				break
			}
			switch got {
			case stepAbort:
				if err := s.aborted(idB, nil); err != nil {
					t.Errorf("%s: %v", tt.name, err)
				}
			case stepRenew, stepTakeOver:
				s.initialized(idB)
			}
		}
		if s.id != tt.id {
			t.Errorf("%s: producer id %v, want %v", tt.name, s.id, tt.id)
		}
	}
}

// A transaction that has failed is not committed, and one that may be committed
// does not fail any more.
func TestTxnStateFail(t *testing.T) {
	s := openState(false)
	if !s.fail(errLost) || s.fail(errors.New("another")) || s.err != errLost {
		t.Errorf("the first failure does not count: %v", s.err)
	}
	if s.commit() {
		t.Error("a failed transaction is committed")
	}
	s = openState(false)
	for i := range 2 {
		if !s.commit() {
			t.Errorf("commit %d is not possible", i+1)
		}
	}
	s.strayed(true)
	if s.fail(errLost) {
		t.Error("a transaction fails that may be committed")
	}
	s = readyState(false)
	if s.fail(errLost) || s.phase != txnNone {
		t.Error("a transaction fails that there is not")
	}
}

// What the coordinator refuses to abort is over if there is nothing to abort.
func TestTxnStateAbortRefused(t *testing.T) {
	for _, tt := range []struct {
		code protocol.ErrorCode
		over bool
	}{
		{protocol.ErrInvalidTxnState, true},
		{protocol.ErrInvalidProducerIDMapping, true},
		{protocol.ErrUnknownProducerID, true},
		{protocol.ErrTransactionAbortable, true},
		{protocol.ErrTransactionalIDAuthorizationFailed, false},
		{protocol.ErrProducerFenced, false},
		{protocol.ErrNotCoordinator, false},
	} {
		s := openState(false)
		s.fail(errLost)
		s.leave(false)
		err := s.aborted(noProducerID, &protocol.BrokerError{Code: tt.code})
		if over := err == nil; over != tt.over {
			t.Errorf("%v: over is %v, want %v", tt.code, over, tt.over)
		}
		want := stepAbort
		if tt.over {
			want = stepRenew
		}
		if got := s.due(); got != want {
			t.Errorf("%v: then step %d, want %d", tt.code, got, want)
		}
	}
}
