// Package coordination asks the coordinator of a group or of a transactional id.
package coordination

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// Asker asks the coordinator of one group or transactional id.
type Asker struct {
	Client *cluster.Client
	Kind   cluster.CoordinatorKind
	Key    string // the group id or transactional id
}

// errNoConnection tells that a coordinator takes its time to accept a connection.
// One that has stopped does not refuse it either.
var errNoConnection = fmt.Errorf("no connection to the coordinator within %v", conn.Overdue)

// Find returns the node of the coordinator, which it looks up if need be.
func (a Asker) Find(ctx context.Context) (int32, error) {
	return a.Client.Coordinator(ctx, a.Kind, a.Key)
}

// Conn returns the connection to the coordinator, which it looks up if need be.
func (a Asker) Conn(ctx context.Context, use cluster.Use) (*conn.Conn, error) {
	node, err := a.Find(ctx)
	if err != nil {
		return nil, err
	}
	return a.ConnTo(ctx, node, use)
}

// ConnTo returns the connection to the node that Find returned. One that takes long
// goes on being made, but by then another node may be the coordinator: so the next
// try looks that up again.
func (a Asker) ConnTo(ctx context.Context, node int32, use cluster.Use) (*conn.Conn, error) {
	limited, cancel := context.WithTimeoutCause(ctx, conn.Overdue, errNoConnection)
	defer cancel()
	c, err := a.Client.Conn(limited, node, use)
	if err != nil && ctx.Err() == nil {
		a.Forget()
	}
	return c, err
}

// Forget makes the next request look the coordinator up again.
func (a Asker) Forget() { a.Client.ForgetCoordinator(a.Kind, a.Key) }

// Learn forgets the coordinator if code says that it is none.
func (a Asker) Learn(code protocol.ErrorCode) {
	switch code {
	case protocol.ErrNotCoordinator, protocol.ErrCoordinatorNotAvailable, protocol.ErrRequestTimedOut:
		a.Forget()
	}
}

// Check returns the error that a response's code stands for, and learns from it.
func (a Asker) Check(c *conn.Conn, api protocol.APIKey, code protocol.ErrorCode) error {
	if code == protocol.ErrNone {
		return nil
	}
	a.Learn(code)
	return &protocol.BrokerError{Code: code, Broker: c.Addr(), API: api, Partition: -1}
}

// Ask sends a request that a coordinator answers at once, one try. A connection
// that fails puts the coordinator in doubt, so that the next try looks it up again;
// one that is silent is watched. timeout 0 stands for RequestTimeout.
func Ask[R protocol.Response](ctx context.Context, a Asker, c *conn.Conn, req protocol.Request, timeout time.Duration) (R, error) {
	defer c.Watch(ctx, a.elsewhere(c))()
	return AskPatiently[R](ctx, a, c, req, timeout)
}

// AskPatiently is Ask for a request that a coordinator may hold back.
func AskPatiently[R protocol.Response](ctx context.Context, a Asker, c *conn.Conn, req protocol.Request, timeout time.Duration) (resp R, err error) {
	r, err := c.DoTimeout(ctx, req, timeout)
	if err != nil {
		if ctx.Err() != nil {
			return resp, fmt.Errorf("%s to broker %s: %w", req.APIKey(), c.Addr(), context.Cause(ctx))
		}
		a.Forget()
		return resp, err
	}
	resp, ok := r.(R)
	if !ok {
		return resp, fmt.Errorf("broker %s answered %s with a %T", c.Addr(), req.APIKey(), r)
	}
	return resp, nil
}

// elsewhere returns why a connection over which nothing comes is to be given up:
// another node is the coordinator now. It returns nil if that is not so, or nobody
// knows.
func (a Asker) elsewhere(c *conn.Conn) func(context.Context) error {
	return func(ctx context.Context) error {
		silence := c.Silence().Round(time.Millisecond)
		a.Forget()
		id, err := a.Find(ctx)
		if err != nil {
			return nil
		}
		if node, ok := a.Client.Metadata().Broker(id); ok && node.Addr() != c.Addr() {
			return fmt.Errorf("%w: no response for %v, and the coordinator is node %v now", conn.ErrRequestTimeout, silence, node)
		}
		return nil
	}
}

// Retriable tells whether a try later may succeed. The end of a context does not
// speak against it, nor that the client closed the connection to a broker that
// has gone or moved.
func Retriable(err error) bool {
	switch {
	case errors.Is(err, cluster.ErrClosed):
		return false
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, conn.ErrClosed), errors.Is(err, errNoConnection):
		return true
	}
	var r interface{ Retriable() bool }
	return !errors.As(err, &r) || r.Retriable()
}
