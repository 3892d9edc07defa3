package producer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// A transaction whose coordinator answers on new connections only, since the
// network has dropped the one that there was without a word, does not wait for
// RequestTimeout.
func TestConnectionToTransactionCoordinatorIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, p := newKeeper(t, twoPhaseVersion, noProducerID)
		tx, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Send(t.Context(), record.Record{Topic: "t"}); err != nil {
			t.Fatal(err)
		}
		prepared, err := tx.Prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		k.cutOff()
		start := time.Now()
		outcome, err := tx.Complete(t.Context(), prepared)
		if took := time.Since(start); took > 10*time.Second || outcome != Committed || err != nil {
			t.Errorf("after %v: %v, %v; committed: %v", took, outcome, err, k.ended())
		}
	})
}
