package cluster

import (
	"context"
	"fmt"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// Do sends a request to a node, over its connection for general use, and returns
// the response. It tries once. Error codes within the response are the caller's
// to see.
func (c *Client) Do(ctx context.Context, node int32, req protocol.Request) (protocol.Response, error) {
	return c.do(ctx, node, UseGeneral, req)
}

func (c *Client) do(ctx context.Context, node int32, use Use, req protocol.Request) (protocol.Response, error) {
	cn, err := c.Conn(ctx, node, use)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.APIKey(), err)
	}
	defer cn.Watch(ctx, nil)()
	return cn.Do(ctx, req)
}

// DoAny sends a request that any broker can answer to the least loaded one, and
// returns the response. Where a connection fails it goes on to another broker,
// with back-off when all have failed, until ctx ends; so a broker may see the
// request though another one handled it already. What cannot succeed is returned
// at once.
func (c *Client) DoAny(ctx context.Context, req protocol.Request) (protocol.Response, error) {
	ask := func(ctx context.Context, cn *conn.Conn) (protocol.Response, error) { return cn.Do(ctx, req) }
	ctx, stop := c.bind(ctx)
	defer stop()
	what := req.APIKey().String()
	var last error
	for failures := 1; ; failures++ {
		if err := c.ensureNodes(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		resp, err := c.askNodes(ctx, ask, 0)
		if err == nil {
			return resp, nil
		}
		if last, err = c.again(ctx, what, failures, err, last); err != nil {
			return nil, err
		}
	}
}

// ensureNodes waits until brokers are known. An update under way will tell them:
// another one is wanted only if it does not.
func (c *Client) ensureNodes(ctx context.Context) error {
	underWay := c.meta.underWay()
	if len(c.meta.Snapshot().nodes) == 0 && underWay != nil {
		select {
		case <-underWay:
		case <-ctx.Done():
		}
	}
	if len(c.meta.Snapshot().nodes) > 0 {
		return nil
	}
	return c.Refresh(ctx)
}

// again requests an update of the metadata and waits before another try. It
// returns err as the last failure, or the error with which to give up.
func (c *Client) again(ctx context.Context, what string, failures int, err, last error) (lastFailure, giveUp error) {
	switch {
	case ctx.Err() != nil:
		return nil, ended(ctx, what, last)
	case permanent(err):
		return nil, c.failed(what, err)
	}
	c.meta.RequestUpdate()
	if sleep(ctx, c.meta.backoff.Delay(failures)) != nil {
		return nil, ended(ctx, what, err)
	}
	return err, nil
}

// DoController sends a request to the controller and returns the response. Where
// the connection fails, or the broker answers that it is not the controller, it
// refreshes the metadata and tries again, with back-off, until ctx ends; so the
// request may be handled more than once.
func (c *Client) DoController(ctx context.Context, req protocol.Request) (protocol.Response, error) {
	ctx, stop := c.bind(ctx)
	defer stop()
	what := req.APIKey().String()
	var last error
	for failures := 1; ; failures++ {
		if c.meta.Snapshot().Controller == NoNode || failures > 1 {
			if err := c.Refresh(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", what, err)
			}
		}
		resp, err := c.tryController(ctx, req)
		if err == nil {
			return resp, nil
		}
		if last, err = c.again(ctx, what, failures, err, last); err != nil {
			return nil, err
		}
	}
}

func (c *Client) tryController(ctx context.Context, req protocol.Request) (protocol.Response, error) {
	s := c.meta.Snapshot()
	if s.Controller == NoNode {
		return c.askNodes(ctx, withoutController(s.ClusterID, req), 0)
	}
	resp, err := c.Do(ctx, s.Controller, req)
	if err == nil && notController(resp) {
		n, _ := s.Node(s.Controller)
		err = &protocol.BrokerError{Code: protocol.ErrNotController, Broker: n.Addr(), API: req.APIKey(), Partition: -1}
	}
	return resp, err
}

// withoutController tells why a request cannot be sent. Brokers before Kafka 0.10.0
// never name a controller; nor do they know what only a controller handles, which
// the connection's error says.
func withoutController(clusterID string, req protocol.Request) asker {
	return func(ctx context.Context, cn *conn.Conn) (protocol.Response, error) {
		if version, _ := cn.Version(protocol.Metadata); version < namesController {
			return cn.Do(ctx, req)
		}
		return nil, fmt.Errorf("cluster %s has no controller now", clusterID)
	}
}

// notController tells that a response says that its broker is not the
// controller. Responses to requests that only the controller handles have the
// error code once per topic.
func notController(resp protocol.Response) bool {
	switch r := resp.(type) {
	case *protocol.CreateTopicsResponse:
		for i := range r.Topics {
			if r.Topics[i].ErrorCode == protocol.ErrNotController {
				return true
			}
		}
	case *protocol.DeleteTopicsResponse:
		for i := range r.Responses {
			if r.Responses[i].ErrorCode == protocol.ErrNotController {
				return true
			}
		}
	}
	return false
}
