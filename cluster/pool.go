package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/conn"
)

// ErrUnknownNode is the error of a call for a node that the metadata do not
// name. An update of the metadata was requested.
var ErrUnknownNode = errors.New("node is not in the cluster's metadata")

// node has the connections to one broker.
type node struct {
	Node
	brokers [uses]*conn.Broker
	// dialing holds the one who waits for a new connection, so that the back-off
	// of one use holds for all.
	dialing chan struct{}
}

// node returns the connections to a node, at the address that the metadata have.
func (c *Client) node(id int32) (*node, error) {
	at, ok := c.meta.Snapshot().Node(id)
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, ErrClosed
	}
	n := c.pool[id]
	if ok && n != nil && n.Host == at.Host && n.Port == at.Port {
		c.mu.Unlock()
		return n, nil
	}
	if !ok {
		c.mu.Unlock()
		c.meta.RequestUpdate()
		return nil, fmt.Errorf("%w: %d", ErrUnknownNode, id)
	}
	old := n
	n = c.newNode(at)
	c.pool[id] = n
	c.mu.Unlock()
	if old != nil {
		old.close()
	}
	return n, nil
}

func (c *Client) newNode(at Node) *node {
	n := &node{Node: at, dialing: make(chan struct{}, 1)}
	cfg := c.connTo(at.ID)
	for use := range n.brokers {
		n.brokers[use] = conn.NewBroker(at.ID, at.Addr(), cfg)
	}
	return n
}

// close ends all connections.
func (n *node) close() {
	var all sync.WaitGroup
	for _, b := range n.brokers {
		all.Go(b.Close)
	}
	all.Wait()
}

// Conn returns a connection to a node, for one use: the live one, or a new one
// once the back-off after failures is over.
func (c *Client) Conn(ctx context.Context, id int32, use Use) (*conn.Conn, error) {
	if use >= uses {
		return nil, fmt.Errorf("connect to node %d: there is no %v", id, use)
	}
	n, err := c.node(id)
	if err != nil {
		return nil, err
	}
	b := n.brokers[use]
	if b.State() == conn.StateConnected {
		cn, err := b.Conn(ctx)
		return cn, n.outlived(err)
	}
	ctx, stop := c.bind(ctx)
	defer stop()
	cn, err := n.connect(ctx, b)
	if err != nil && ctx.Err() != nil {
		return nil, ended(ctx, "connect to node "+n.String(), n.failure())
	}
	return cn, n.outlived(err)
}

// outlived is the error of a call that met a node which new metadata had closed
// meanwhile: the next call finds the new one, so it is no reason to give up.
func (n *node) outlived(err error) error {
	if errors.Is(err, conn.ErrClosed) {
		return fmt.Errorf("%w any more: %v", ErrUnknownNode, n.Node)
	}
	return err
}

// connect waits until it may dial, and for the connection.
func (n *node) connect(ctx context.Context, b *conn.Broker) (*conn.Conn, error) {
	select {
	case n.dialing <- struct{}{}:
		defer func() { <-n.dialing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for delay := n.backoff(); delay > 0; delay = n.backoff() {
		if err := sleep(ctx, delay); err != nil {
			return nil, err
		}
	}
	return b.Conn(ctx)
}

// backoff returns how long nothing should be dialed: the longest of all uses'.
func (n *node) backoff() time.Duration {
	var longest time.Duration
	for _, b := range n.brokers {
		if b.BlackedOut() {
			longest = max(longest, b.ConnectionDelay())
		}
	}
	return longest
}

// failure returns why the last connection failed, nil if none did.
func (n *node) failure() error {
	for _, b := range n.brokers {
		if err := b.Err(); err != nil && b.State() == conn.StateDisconnected {
			return err
		}
	}
	return nil
}

// stateChanged requests an update of the metadata where a connection failed: the
// node may have moved, or lost what it led.
func (c *Client) stateChanged(change conn.StateChange) {
	if change.To == conn.StateDisconnected && !errors.Is(change.Err, conn.ErrIdle) && !errors.Is(change.Err, conn.ErrClosed) {
		c.meta.RequestUpdate()
	}
}

// dropStale closes the connections to nodes that have another address now, and
// those to nodes that are gone, unless something waits for their answer.
func (c *Client) dropStale(s *Snapshot) {
	var stale []*node
	c.mu.Lock()
	for id, n := range c.pool {
		at, ok := s.Node(id)
		moved := ok && (at.Host != n.Host || at.Port != n.Port)
		if moved || !ok && n.inFlight() == 0 {
			delete(c.pool, id)
			stale = append(stale, n)
		}
	}
	c.mu.Unlock()
	for _, n := range stale {
		n.close()
	}
}

func (n *node) inFlight() int {
	sum := 0
	for _, b := range n.brokers {
		sum += b.InFlight()
	}
	return sum
}

// Connected tells whether there is a connection to a node for general use.
func (c *Client) Connected(id int32) bool {
	n := c.pooled(id)
	return n != nil && n.brokers[UseGeneral].State() == conn.StateConnected
}

// Ready tells whether a request to a node, for general use, could be written now:
// there is a connection, and room among the requests in flight.
func (c *Client) Ready(id int32) bool {
	n := c.pooled(id)
	if n == nil {
		return false
	}
	b := n.brokers[UseGeneral]
	return b.State() == conn.StateConnected && b.InFlight() < c.cfg.MaxInFlight
}

// BlackedOut tells that a connection to a node failed and no other is to be tried
// yet: its back-off has not passed.
func (c *Client) BlackedOut(id int32) bool {
	n := c.pooled(id)
	return n != nil && n.backoff() > 0
}

// ConnectionDelay returns how long it makes no sense to ask a node for a new
// connection for general use: what is left of its back-off, or the largest
// Duration if there is a connection already.
func (c *Client) ConnectionDelay(id int32) time.Duration {
	if n := c.pooled(id); n != nil {
		return max(n.brokers[UseGeneral].ConnectionDelay(), n.backoff())
	}
	return 0
}

// InFlight returns how many requests to a node, for all uses, wait for their
// answers.
func (c *Client) InFlight(id int32) int {
	if n := c.pooled(id); n != nil {
		return n.inFlight()
	}
	return 0
}

// pooled returns the connections to a node, nil if it had none.
func (c *Client) pooled(id int32) *node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pool[id]
}

// LeastLoadedNode returns the node to ask what any can answer: a connected one
// with nothing in flight, or else the one with the fewest requests in flight
// among those that are not in their back-off. ok is false if there is none.
func (c *Client) LeastLoadedNode() (id int32, ok bool) {
	ids := c.leastLoaded()
	if len(ids) == 0 {
		return NoNode, false
	}
	return ids[0], true
}

// leastLoaded returns the nodes that are not in their back-off, the best first.
// Equals come in random order.
func (c *Client) leastLoaded() []int32 {
	type load struct {
		id       int32
		inFlight int
		idle     bool // connected, with nothing in flight
	}
	var loads []load
	s := c.meta.Snapshot()
	c.mu.Lock()
	for id := range s.nodes {
		n := c.pool[id]
		if n == nil {
			loads = append(loads, load{id: id})
			continue
		}
		if n.backoff() > 0 {
			continue
		}
		b := n.brokers[UseGeneral]
		l := load{id: id, inFlight: b.InFlight()}
		l.idle = l.inFlight == 0 && b.State() == conn.StateConnected
		loads = append(loads, l)
	}
	c.mu.Unlock()
	rand.Shuffle(len(loads), func(i, j int) { loads[i], loads[j] = loads[j], loads[i] })
	slices.SortStableFunc(loads, func(a, b load) int {
		if a.idle != b.idle {
			if a.idle {
				return -1
			}
			return 1
		}
		return a.inFlight - b.inFlight
	})
	ids := make([]int32, len(loads))
	for i, l := range loads {
		ids[i] = l.id
	}
	return ids
}

// sleep waits, and returns the context's error if that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
