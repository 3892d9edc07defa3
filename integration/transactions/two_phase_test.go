package transactions

import (
	"errors"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

func twoPhase(cfg *kafka.ProducerConfig) { cfg.TransactionTwoPhaseCommit = true }

// A transaction that is prepared takes no more, and then is committed or aborted.
// Brokers have to be told to allow it, and none up to 4.3 keeps what is prepared for
// the next producer.
func TestTwoPhaseCommit(t *testing.T) {
	allow := map[string]string{"unstable.api.versions.enable": "true", "transaction.two.phase.commit.enable": "true"}
	kafkabroker.ForEachNew(t, kafkabroker.Config{Properties: allow}, func(t *testing.T, target kafkabroker.FaultyTarget) {
		p := newProducer(t, target, kafkabroker.UniqueName(t), twoPhase)
		if c, ok := target.(*kafkabroker.Cluster); !ok || !c.AtLeast(4, 1) {
			wantTwoPhaseError(t, p.InitTransactions(soon(t)))
			return
		}
		topic := newTopic(t, target, 1)
		_, err := p.RecoverTransaction(soon(t))
		wantTwoPhaseError(t, err)

		must(t, p.InitTransactions(soon(t)))
		tx := begin(t, p)
		send(t, tx, topic, "a", "b")
		prepared, err := tx.Prepare(soon(t))
		must(t, err)
		if _, err := tx.Send(soon(t), kafka.Record{Topic: topic}); !errors.Is(err, producer.ErrTxPrepared) {
			t.Errorf("Send: %v", err)
		}
		wantRead(t, target, topic)
		if outcome, err := tx.Complete(soon(t), prepared); outcome != kafka.Committed || err != nil {
			t.Errorf("Complete: %v, %v", outcome, err)
		}
		tx = begin(t, p)
		send(t, tx, topic, "c")
		_, err = tx.Prepare(soon(t))
		must(t, err)
		if outcome, err := tx.Complete(soon(t), prepared); outcome != kafka.Aborted || err != nil {
			t.Errorf("Complete of another: %v, %v", outcome, err)
		}
		wantRead(t, target, topic, "a", "b")
	})
}

// Brokers as they come allow no two-phase commits.
func TestTwoPhaseCommitNotAllowed(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		began := time.Now()
		wantTwoPhaseError(t, newProducer(t, target, kafkabroker.UniqueName(t), twoPhase).InitTransactions(soon(t)))
		if took := time.Since(began); took > patience/2 {
			t.Errorf("refused after %v", took)
		}
	})
}

func wantTwoPhaseError(t *testing.T, err error) {
	t.Helper()
	var refused *producer.TwoPhaseCommitError
	if !errors.As(err, &refused) || refused.Broker == "" {
		t.Errorf("%v, want a TwoPhaseCommitError", err)
	}
	t.Log(err)
}
