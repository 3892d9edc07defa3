package kafkatest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy is a [Dialer] that leads every connection over a relay on the loopback
// interface, where it can be harmed: what a network does to a client of real
// brokers. Brokers are named by the host:port that the client dials. The
// embedded cluster has faults of its own, see [Cluster.Intercept].
type Proxy struct {
	dialer net.Dialer

	mu     sync.Mutex
	links  map[string]*link
	closed bool
	work   sync.WaitGroup
}

// Direction is a way of the bytes between client and broker.
type Direction int

// The two directions of a connection.
const (
	Requests  Direction = iota // from the client to the broker
	Responses                  // from the broker to the client
)

// StartProxy returns a Proxy that is closed at the test's end.
func StartProxy(tb testing.TB) *Proxy {
	p := &Proxy{links: make(map[string]*link)}
	tb.Cleanup(p.Close)
	return p
}

// Close resets all connections and waits until the relay has ended.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	for _, l := range p.links {
		l.close()
	}
	p.mu.Unlock()
	p.work.Wait()
}

// DialContext connects to a broker by way of the relay.
func (p *Proxy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	l, err := p.link(address)
	if err != nil {
		return nil, err
	}
	return p.dialer.DialContext(ctx, network, l.listener.Addr().String())
}

// Reset resets the connections of the brokers, or of all if none is named.
func (p *Proxy) Reset(brokers ...string) { p.each(brokers, (*link).reset) }

// Hold lets no more bytes pass in a direction, as a partition of the network
// that goes one way only: connections stay open, and new ones are accepted.
// After [Proxy.Release] all goes on, and nothing is lost.
func (p *Proxy) Hold(d Direction, brokers ...string) {
	p.each(brokers, func(l *link) { l.gates[d].shut() })
}

// Release ends what [Proxy.Hold] began.
func (p *Proxy) Release(d Direction, brokers ...string) {
	p.each(brokers, func(l *link) { l.gates[d].open() })
}

// Delay has all bytes of a direction wait, 64 KiB at most at a time; 0 ends it.
func (p *Proxy) Delay(d Direction, latency time.Duration, brokers ...string) {
	p.shape(d, brokers, func(s *shape) { s.latency = latency })
}

// Drip lets so many bytes per second pass in a direction, one by one if they are
// few; 0 ends it.
func (p *Proxy) Drip(d Direction, bytesPerSecond int, brokers ...string) {
	p.shape(d, brokers, func(s *shape) { s.rate = bytesPerSecond })
}

// Corrupt flips a bit in one of so many bytes that pass in a direction; 0 ends it.
func (p *Proxy) Corrupt(d Direction, every int, brokers ...string) {
	p.shape(d, brokers, func(s *shape) { s.corruptEvery = every })
}

// HalfOpen has the brokers, or all if none is named, lose their ends of the
// connections, which the clients are not told: what they send goes nowhere, and
// nothing comes back. New connections are as ever.
func (p *Proxy) HalfOpen(brokers ...string) { p.each(brokers, (*link).halfOpen) }

func (p *Proxy) shape(d Direction, brokers []string, change func(*shape)) {
	p.each(brokers, func(l *link) {
		l.mu.Lock()
		defer l.mu.Unlock()
		change(&l.shapes[d])
	})
}

func (p *Proxy) each(brokers []string, do func(*link)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(brokers) == 0 {
		for _, l := range p.links {
			do(l)
		}
	}
	for _, broker := range brokers {
		if l, ok := p.links[broker]; ok {
			do(l)
		}
	}
}

// link returns the relay to a broker, which the first dial starts.
func (p *Proxy) link(broker string) (*link, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fmt.Errorf("kafkatest: dial %s: the proxy is closed", broker)
	}
	if l, ok := p.links[broker]; ok {
		return l, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("kafkatest: relay to %s: %w", broker, err)
	}
	l := &link{proxy: p, broker: broker, listener: listener, relays: make(map[*relay]struct{})}
	p.links[broker] = l
	p.work.Go(l.accept)
	return l, nil
}
