package admin

import (
	"context"
	"math"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// Config of a [Client]: how to reach the cluster.
type Config = cluster.Config

// Client administers a cluster. It is safe for concurrent use.
type Client struct {
	cluster *cluster.Client
}

// New returns a Client. It contacts no broker yet: the error is one of the
// configuration alone.
func New(cfg Config) (*Client, error) {
	c, err := cluster.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{c}, nil
}

// Close closes the connections, which fails what waits for an answer, and
// returns when nothing of the client runs any more, or with ctx's error. Closing
// twice is fine.
func (c *Client) Close(ctx context.Context) error { return c.cluster.Close(ctx) }

// brokerTimeout is for how long a broker may take over a change: as long as this
// client waits for the answer, and not beyond the end of ctx.
func (c *Client) brokerTimeout(ctx context.Context) int32 {
	d := c.cluster.Config().RequestTimeout
	if end, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(end))
	}
	return int32(min(max(d.Milliseconds(), 1), math.MaxInt32))
}

// topicError is a broker's refusal, nil if there is none.
func topicError(api protocol.APIKey, code protocol.ErrorCode, topic string, message *string) error {
	if code == protocol.ErrNone {
		return nil
	}
	e := &protocol.BrokerError{Code: code, API: api, Topic: topic, Partition: -1}
	if message != nil {
		e.Message = *message
	}
	return e
}
