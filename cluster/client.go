package cluster

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/barnabas-go/kafka/conn"
)

// Client finds the brokers of a cluster, keeps its metadata fresh, and routes
// requests. It does nothing until somebody needs something of it. All methods
// are safe for concurrent use, and end with [ErrClosed] once the client is
// closed.
type Client struct {
	cfg   Config
	conns conn.Config
	meter func(node int32) conn.Meter // nil for none
	seeds []conn.Address
	meta  *Metadata
	log   *limitedLog

	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	gone   chan struct{} // closed when nothing of the client runs any more

	needed atomic.Bool   // somebody needs metadata
	wake   chan struct{} // tells the refresher to look again
	asking chan struct{} // holds the one who asks for metadata
	loop   sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	interest interest
	pool     map[int32]*node
	lookups  map[coordinatorKey]*lookup
}

// NewClient returns a client of the cluster that cfg.BootstrapServers lead to.
// It connects to nothing yet. The error is that of [Config.Validate].
func NewClient(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.WithDefaults()
	seeds, err := cfg.bootstrapAddresses()
	if err != nil {
		return nil, err
	}
	cfg.warnOfCleartext()
	c := &Client{
		cfg:     cfg,
		conns:   cfg.conn(),
		seeds:   seeds,
		meta:    NewMetadata(cfg),
		log:     newLimitedLog(cfg.Logger),
		gone:    make(chan struct{}),
		wake:    make(chan struct{}, 1),
		asking:  make(chan struct{}, 1),
		pool:    make(map[int32]*node),
		lookups: make(map[coordinatorKey]*lookup),
	}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.conns.OnStateChange = c.stateChanged
	c.meta.onRequest = c.need
	c.loop.Go(c.refreshLoop)
	return c, nil
}

// Config returns the configuration with its defaults filled in.
func (c *Client) Config() Config { return c.cfg }

// Metadata returns what is known of the cluster.
func (c *Client) Metadata() *Metadata { return c.meta }

// Measure has the connections to each node told of to the Meter that f returns for
// it, those to bootstrap servers for [NoNode]. f is called for each node that is
// connected to, perhaps more than once. It must be set before the client is used.
func (c *Client) Measure(f func(node int32) conn.Meter) { c.meter = f }

// connTo is the configuration of connections to a node.
func (c *Client) connTo(node int32) conn.Config {
	cfg := c.conns
	if c.meter != nil {
		cfg.Meter = c.meter(node)
	}
	return cfg
}

// Close closes all connections, which fails what waits for an answer, and ends
// the client. It returns when nothing of it runs any more, or the context's
// error. Closing again waits for the same.
func (c *Client) Close(ctx context.Context) error {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		pool := c.pool
		c.pool = nil
		c.cancel(ErrClosed)
		go c.tearDown(pool)
	}
	c.mu.Unlock()
	select {
	case <-c.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close client: %w", context.Cause(ctx))
	}
}

func (c *Client) tearDown(pool map[int32]*node) {
	for _, n := range pool {
		n.close()
	}
	c.loop.Wait()
	close(c.gone)
}

// bind returns a context that also ends when the client is closed.
func (c *Client) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if c.ctx.Err() != nil {
		cancel(ErrClosed)
	}
	stop := context.AfterFunc(c.ctx, func() { cancel(ErrClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// failed returns the error of an operation that cannot succeed, which is
// [ErrClosed] if Close has cut it short.
func (c *Client) failed(what string, err error) error {
	if c.ctx.Err() != nil {
		err = ErrClosed
	}
	return fmt.Errorf("%s: %w", what, err)
}

// ended returns the error of an operation whose context, from bind, has ended,
// with the last failure if there was one.
func ended(ctx context.Context, what string, last error) error {
	if last == nil {
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	return fmt.Errorf("%s: %w; the last failure was: %w", what, context.Cause(ctx), last)
}
