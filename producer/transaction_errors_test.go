package producer

import (
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
)

// What another transaction would meet again is told from what it would not.
func TestLasting(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{&protocol.BrokerError{Code: protocol.ErrTransactionalIDAuthorizationFailed}, true},
		{&protocol.BrokerError{Code: protocol.ErrTransactionAbortable}, false},
		{&conn.FeatureError{Feature: "transactions"}, true},
		{&conn.UnsupportedError{}, true},
		{&coordinator.CommitFailedError{Err: &protocol.BrokerError{Code: protocol.ErrIllegalGeneration}}, false},
		{&coordinator.CommitFailedError{}, false}, // a member between two generations
	} {
		if got := lasting(fmt.Errorf("somewhere: %w", tt.err)); got != tt.want {
			t.Errorf("%v: %t, want %t", tt.err, got, tt.want)
		}
	}
}
