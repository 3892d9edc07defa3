package cluster

import (
	"context"
	"fmt"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// lookup is a search for a coordinator that is under way: all who need it wait
// for the same one.
type lookup struct{ done chan struct{} }

// Coordinator returns the node that coordinates a group or a transactional id.
// It remembers it until ForgetCoordinator. What is not known is asked for, with
// back-off where the coordinator is not available, until ctx ends; what cannot
// succeed, such as a group that the client is not authorized for, is returned at
// once as a [*protocol.BrokerError].
func (c *Client) Coordinator(ctx context.Context, kind CoordinatorKind, key string) (node int32, err error) {
	if id, ok := c.meta.Snapshot().Coordinator(kind, key); ok && id != NoNode && c.ctx.Err() == nil {
		return id, nil
	}
	ctx, stop := c.bind(ctx)
	defer stop()
	at := coordinatorKey{kind, key}
	for {
		c.mu.Lock()
		l, busy := c.lookups[at]
		if !busy {
			l = &lookup{make(chan struct{})}
			c.lookups[at] = l
		}
		c.mu.Unlock()
		if !busy {
			id, err := c.findCoordinator(ctx, kind, key)
			c.mu.Lock()
			delete(c.lookups, at)
			c.mu.Unlock()
			close(l.done)
			return id, err
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return NoNode, ended(ctx, whatCoordinator(kind, key), c.whyNoBrokers())
		}
		if id, ok := c.meta.Snapshot().Coordinator(kind, key); ok && id != NoNode {
			return id, nil
		}
	}
}

// findCoordinator asks until it is told.
func (c *Client) findCoordinator(ctx context.Context, kind CoordinatorKind, key string) (int32, error) {
	what := whatCoordinator(kind, key)
	req := func(ctx context.Context, cn *conn.Conn) (protocol.Response, error) {
		if version, _ := cn.Version(protocol.FindCoordinator); kind == TransactionCoordinator && version == 0 {
			return nil, cn.Lacks("transactions", "0.11")
		}
		return cn.Do(ctx, &protocol.FindCoordinatorRequest{KeyType: kind, CoordinatorKeys: []string{key}})
	}
	var last error
	for failures := 1; ; failures++ {
		if err := c.ensureNodes(ctx); err != nil {
			return NoNode, fmt.Errorf("%s: %w", what, err)
		}
		resp, err := c.askNodes(ctx, req, patience)
		if err == nil {
			var id int32
			if id, err = c.takeCoordinator(kind, key, resp.(*protocol.FindCoordinatorResponse)); err == nil {
				return id, nil
			}
		}
		if last, err = c.again(ctx, what, failures, err, last); err != nil {
			return NoNode, err
		}
	}
}

// takeCoordinator takes an answer into the metadata.
func (c *Client) takeCoordinator(kind CoordinatorKind, key string, resp *protocol.FindCoordinatorResponse) (int32, error) {
	for i := range resp.Coordinators {
		found := &resp.Coordinators[i]
		if found.Key != key && len(resp.Coordinators) > 1 {
			continue
		}
		n := Node{ID: found.NodeID, Host: found.Host, Port: found.Port}
		if c.meta.AddCoordinator(kind, key, n, found.ErrorCode) {
			return n.ID, nil
		}
		if found.ErrorCode != protocol.ErrNone {
			err := &protocol.BrokerError{Code: found.ErrorCode, API: protocol.FindCoordinator, Partition: -1}
			if found.ErrorMessage != nil {
				err.Message = *found.ErrorMessage
			}
			return NoNode, err
		}
		c.meta.forgetCoordinator(kind, key)
		return NoNode, fmt.Errorf("the coordinator is node %s, for which the metadata have another address", n)
	}
	return NoNode, fmt.Errorf("FindCoordinator was answered without a coordinator")
}

func whatCoordinator(kind CoordinatorKind, key string) string {
	if kind == TransactionCoordinator {
		return "find coordinator of transactional id " + key
	}
	return "find coordinator of group " + key
}

// ForgetCoordinator drops what is known of a coordinator: it answered that it is
// not, or cannot be reached. The next call of Coordinator asks anew.
func (c *Client) ForgetCoordinator(kind CoordinatorKind, key string) {
	c.meta.forgetCoordinator(kind, key)
}

// DoCoordinator finds the coordinator of a group or a transactional id, sends it
// a request and returns the response. It tries once: a coordinator whose
// connection fails is forgotten, and so should be one that answers with an error
// of [protocol.KindCoordinator].
func (c *Client) DoCoordinator(ctx context.Context, kind CoordinatorKind, key string, req protocol.Request) (protocol.Response, error) {
	id, err := c.Coordinator(ctx, kind, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.APIKey(), err)
	}
	resp, err := c.do(ctx, id, UseCoordinator, req)
	if err != nil && ctx.Err() == nil && !permanent(err) {
		c.ForgetCoordinator(kind, key)
	}
	return resp, err
}
