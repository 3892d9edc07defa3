package producer

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// keeper is a coordinator of Kafka's next release, which keeps what is prepared. It
// answers as KIP-939 says.
type keeper struct {
	*oldBroker
	refusal protocol.ErrorCode
	ongoing producerID
	inits   []*protocol.InitProducerIdRequest
	ends    []*protocol.EndTxnRequest
}

func newKeeper(t *testing.T, initVersion int16, ongoing producerID) (*keeper, *Producer) {
	k := &keeper{oldBroker: newOldBroker(3), ongoing: ongoing}
	k.versions[protocol.FindCoordinator] = 1
	k.versions[protocol.InitProducerId] = initVersion
	k.versions[protocol.EndTxn] = 3
	k.versions[protocol.AddPartitionsToTxn] = 3
	k.others = k.answer
	return k, k.configured(t, Config{TransactionalID: "id", TransactionTwoPhaseCommit: true})
}

func (k *keeper) answer(req protocol.Request) protocol.Response {
	switch r := req.(type) {
	case *protocol.FindCoordinatorRequest:
		return &protocol.FindCoordinatorResponse{Coordinators: []protocol.FindCoordinatorResponseCoordinator{
			{Key: "id", Host: "old", Port: 9092},
		}}
	case *protocol.InitProducerIdRequest:
		k.inits = append(k.inits, r)
		resp := &protocol.InitProducerIdResponse{ErrorCode: k.refusal, ProducerID: 7, ProducerEpoch: 4, OngoingTxnProducerID: -1, OngoingTxnProducerEpoch: -1}
		if r.KeepPreparedTxn {
			resp.OngoingTxnProducerID, resp.OngoingTxnProducerEpoch = k.ongoing.id, k.ongoing.epoch
		}
		return resp
	case *protocol.AddPartitionsToTxnRequest:
		added := protocol.AddPartitionsToTxnResponseTransaction{TransactionalID: "id"}
		for _, topic := range r.Transactions[0].Topics {
			results := protocol.AddPartitionsToTxnResponseTopic{Name: topic.Name}
			for _, n := range topic.Partitions {
				results.ResultsByPartition = append(results.ResultsByPartition, protocol.AddPartitionsToTxnResponsePartition{PartitionIndex: n})
			}
			added.TopicResults = append(added.TopicResults, results)
		}
		return &protocol.AddPartitionsToTxnResponse{ResultsByTransaction: []protocol.AddPartitionsToTxnResponseTransaction{added}}
	case *protocol.EndTxnRequest:
		k.ends = append(k.ends, r)
		return &protocol.EndTxnResponse{ProducerID: -1, ProducerEpoch: -1}
	}
	panic("not offered")
}

func (k *keeper) ended() (commits []bool) {
	k.set(func() {
		for _, end := range k.ends {
			commits = append(commits, end.Committed)
		}
	})
	return commits
}

// What is prepared is committed if it is what was stored, and aborted otherwise.
func TestRecoverTransaction(t *testing.T) {
	for name, tt := range map[string]struct {
		ongoing producerID
		stored  string
		ends    []bool
		outcome Outcome
	}{
		"the one that was stored": {producerID{7, 3}, "7:3", []bool{true}, Committed},
		"of id and epoch 0":       {producerID{0, 0}, "0:0", []bool{true}, Committed},
		"another one":             {producerID{7, 3}, "7:1", []bool{false}, Aborted},
		"one that was not stored": {producerID{7, 3}, "", []bool{false}, Aborted},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, p := newKeeper(t, twoPhaseVersion, tt.ongoing)
				stored, err := ParsePreparedTransaction(tt.stored)
				if err != nil {
					t.Fatal(err)
				}
				tx, err := p.RecoverTransaction(t.Context())
				if err != nil || tx == nil {
					t.Fatal(tx, err)
				}
				if _, err := tx.Send(t.Context(), record.Record{Topic: "t"}); !errors.Is(err, ErrTxPrepared) {
					t.Errorf("Send: %v", err)
				}
				outcome, err := tx.Complete(t.Context(), stored)
				if outcome != tt.outcome || err != nil || !slices.Equal(k.ended(), tt.ends) {
					t.Errorf("%v, %v; committed: %v", outcome, err, k.ended())
				}
				if init := k.inits[0]; !init.Enable2PC || !init.KeepPreparedTxn || init.TransactionTimeoutMs != 1<<31-1 {
					t.Errorf("%+v", init)
				}
				if end := k.ends[0]; end.ProducerID != 7 || end.ProducerEpoch != 4 {
					t.Errorf("%+v", end)
				}
			})
		})
	}
}

// Where nothing is prepared the producer just begins. What it prepares then is left
// alone by Close.
func TestPrepare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, p := newKeeper(t, twoPhaseVersion, noProducerID)
		if tx, err := p.RecoverTransaction(t.Context()); tx != nil || err != nil {
			t.Fatal(tx, err)
		}
		tx, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f, err := tx.Send(t.Context(), record.Record{Topic: "t"})
		if err != nil {
			t.Fatal(err)
		}
		prepared, err := tx.Prepare(t.Context())
		if err != nil || prepared.String() != "7:4" {
			t.Errorf("%v, %v", prepared, err)
		}
		select {
		case <-f.Done():
		default:
			t.Error("a record is not delivered")
		}
		if again, err := tx.Prepare(t.Context()); again != prepared || err != nil {
			t.Errorf("again: %v, %v", again, err)
		}
		if err := p.Close(t.Context()); err != nil || len(k.ended()) > 0 {
			t.Errorf("%v; the coordinator was told to end it: %v", err, k.ended())
		}
	})
}

// Brokers that cannot are named, and what they lack.
func TestTwoPhaseCommitRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		version int16
		refusal protocol.ErrorCode
		keep    bool
		want    string
	}{
		"too old":        {twoPhaseVersion - 1, 0, false, "4.1"},
		"not allowed":    {twoPhaseVersion, protocol.ErrTransactionalIDAuthorizationFailed, false, "transaction.two.phase.commit.enable"},
		"keeps nothing":  {twoPhaseVersion, protocol.ErrUnsupportedVersion, true, "later release"},
		"too old, keeps": {twoPhaseVersion - 1, 0, true, "unstable.api.versions.enable"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, p := newKeeper(t, tt.version, noProducerID)
				k.refusal = tt.refusal
				err := p.InitTransactions(t.Context())
				if tt.keep {
					_, err = p.RecoverTransaction(t.Context())
				}
				var refused *TwoPhaseCommitError
				var fatal *FatalError
				if !errors.As(err, &refused) || !errors.As(err, &fatal) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want a FatalError by a TwoPhaseCommitError that tells of %s", err, tt.want)
				}
				if tt.refusal != 0 && !errors.Is(err, tt.refusal) {
					t.Errorf("%v hides the broker's", err)
				}
			})
		})
	}
}

func TestParsePreparedTransaction(t *testing.T) {
	for _, s := range []string{"", "0:0", "4711:3", "9223372036854775807:32767"} {
		if p, err := ParsePreparedTransaction(s); err != nil || p.String() != s {
			t.Errorf("%q: %q, %v", s, p, err)
		}
	}
	for _, s := range []string{"1", ":", "1:", ":1", "-1:-1", "1:32768", "1:2:3", "x:1", "1: 2"} {
		if p, err := ParsePreparedTransaction(s); err == nil {
			t.Errorf("%q: %q, want an error", s, p)
		}
	}
}
