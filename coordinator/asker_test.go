package coordinator

import (
	"context"
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

// What is worth another try: not what the brokers or the connection say is
// hopeless, but all that the client itself cut short.
func TestRetriable(t *testing.T) {
	closed := conn.NewBroker(1, "node:9092", conn.Config{})
	closed.Close()
	_, errGoneBroker := closed.Conn(context.Background())
	tests := []struct {
		err  error
		want bool
	}{
		{errGoneBroker, true},
		{&conn.Error{Broker: "b", Err: conn.ErrRequestTimeout}, true},
		{&conn.UnsupportedError{}, false},
		{fmt.Errorf("wrapped: %w", cluster.ErrClosed), false},
		{context.Canceled, true},
		{fmt.Errorf("wrapped: %w", context.DeadlineExceeded), true},
		{code(protocol.ErrNotCoordinator), true},
		{code(protocol.ErrGroupAuthorizationFailed), false},
		{&CommitFailedError{Err: code(protocol.ErrNotCoordinator)}, false},
		{permanent{code(protocol.ErrNotCoordinator)}, false},
		{errGone, true},
	}
	for _, tt := range tests {
		if got := coordination.Retriable(tt.err); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.err, got, tt.want)
		}
	}
}
