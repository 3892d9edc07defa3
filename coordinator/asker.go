package coordinator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// asker asks the coordinator of a group.
type asker struct {
	client *cluster.Client
	group  string
}

// conn returns the connection to the coordinator, which it looks up if need be.
func (a asker) conn(ctx context.Context, use cluster.Use) (*conn.Conn, error) {
	node, err := a.find(ctx)
	if err != nil {
		return nil, err
	}
	return a.connTo(ctx, node, use)
}

// offsetStore returns the connection to the broker that keeps the group's
// offsets: the coordinator or, where there is none, before Kafka 0.8.2, any. It is
// not the one that the coordinator may hold a JoinGroup on: a member that keeps
// partitions commits while it joins.
func (a asker) offsetStore(ctx context.Context, api protocol.APIKey) (*conn.Conn, error) {
	c, err := a.conn(ctx, cluster.UseGeneral)
	if !lacks(err, protocol.FindCoordinator) {
		return c, err
	}
	node, ok := a.client.LeastLoadedNode()
	if !ok {
		return nil, err
	}
	if c, err = a.client.Conn(ctx, node, cluster.UseGeneral); err != nil {
		return nil, err
	}
	if _, ok := c.Version(api); !ok {
		return nil, c.Lacks("committed offsets", "0.8.1")
	}
	return c, nil
}

// lacks tells whether a broker does not have one of some APIs.
func lacks(err error, apis ...protocol.APIKey) bool {
	var u *conn.UnsupportedError
	return errors.As(err, &u) && u.BrokerMax < 0 && slices.Contains(apis, u.API)
}

// find returns the node of the coordinator, which it looks up if need be.
func (a asker) find(ctx context.Context) (int32, error) {
	return a.client.Coordinator(ctx, cluster.GroupCoordinator, a.group)
}

// connTo returns the connection to the node that find returned.
func (a asker) connTo(ctx context.Context, node int32, use cluster.Use) (*conn.Conn, error) {
	c, err := a.client.Conn(ctx, node, use)
	if err != nil && ctx.Err() == nil {
		a.forget()
	}
	return c, err
}

// forget makes the next request look the coordinator up again.
func (a asker) forget() { a.client.ForgetCoordinator(cluster.GroupCoordinator, a.group) }

// ask sends a request, one try. A connection that fails puts the coordinator in
// doubt, so that the next try looks it up again. timeout 0 stands for
// RequestTimeout.
func ask[R protocol.Response](ctx context.Context, a asker, c *conn.Conn, req protocol.Request, timeout time.Duration) (resp R, err error) {
	r, err := c.DoTimeout(ctx, req, timeout)
	if err != nil {
		if ctx.Err() != nil {
			return resp, fmt.Errorf("%s to broker %s: %w", req.APIKey(), c.Addr(), context.Cause(ctx))
		}
		a.forget()
		return resp, err
	}
	resp, ok := r.(R)
	if !ok {
		return resp, fmt.Errorf("broker %s answered %s with a %T", c.Addr(), req.APIKey(), r)
	}
	return resp, nil
}

// check returns the error that a response's code stands for, and forgets the
// coordinator if it says that it is none.
func (a asker) check(c *conn.Conn, api protocol.APIKey, code protocol.ErrorCode) error {
	if code == protocol.ErrNone {
		return nil
	}
	a.learn(code)
	return &protocol.BrokerError{Code: code, Broker: c.Addr(), API: api, Partition: -1}
}

// learn forgets the coordinator if code says that it is none.
func (a asker) learn(code protocol.ErrorCode) {
	switch code {
	case protocol.ErrNotCoordinator, protocol.ErrCoordinatorNotAvailable, protocol.ErrRequestTimedOut:
		a.forget()
	}
}

// retriable tells whether a try later may succeed. The end of a context does not
// speak against it, nor that the client closed the connection to a broker that
// has gone or moved.
func retriable(err error) bool {
	switch {
	case errors.Is(err, cluster.ErrClosed):
		return false
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, conn.ErrClosed):
		return true
	}
	var r interface{ Retriable() bool }
	return !errors.As(err, &r) || r.Retriable()
}

// optional returns nil for an empty string.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
