package simulation

import (
	"context"
	"net"
	"sync"

	"github.com/barnabas-go/kafka/kafkatest"
)

// network is a cluster's, on which brokers may be lost.
type network struct {
	kafkatest.Dialer

	mu   sync.Mutex
	lost map[string]chan struct{} // closed once they are found
}

func newNetwork(c *kafkatest.Cluster) *network {
	return &network{Dialer: c.Dialer(), lost: make(map[string]chan struct{})}
}

// lose has no dial of a broker come to an end, until the function that it returns
// is called.
func (n *network) lose(broker string) (find func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := make(chan struct{})
	n.lost[broker] = found
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.lost, broker)
		close(found)
	}
}

// DialContext makes it a Dialer.
func (n *network) DialContext(ctx context.Context, kind, address string) (net.Conn, error) {
	n.mu.Lock()
	found := n.lost[address]
	n.mu.Unlock()
	if found != nil {
		select {
		case <-found:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return n.Dialer.DialContext(ctx, kind, address)
}

// line is what a client reaches a network by, and may be cut.
type line struct {
	kafkatest.Dialer

	mu    sync.Mutex
	conns []net.Conn
	cut   bool
}

// DialContext makes it a Dialer.
func (l *line) DialContext(ctx context.Context, kind, address string) (net.Conn, error) {
	c, err := l.Dialer.DialContext(ctx, kind, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		c.Close()
		return nil, &net.OpError{Op: "dial", Net: kind, Err: net.ErrClosed}
	}
	l.conns = append(l.conns, c)
	return c, nil
}

// sever ends all connections and lets none be made, until mended.
func (l *line) sever() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = false
}
