package kafkatest

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// relayDialTimeout bounds a relay's dial of its broker.
const relayDialTimeout = 10 * time.Second

// link is a Proxy's way to one broker.
type link struct {
	proxy    *Proxy
	broker   string
	listener net.Listener
	gates    [2]gate // by Direction

	mu     sync.Mutex
	closed bool
	relays map[*relay]struct{}
}

// accept relays connections until the listener is closed.
func (l *link) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return // closed by Proxy.Close
		}
		l.proxy.work.Go(func() { l.serve(client) })
	}
}

// serve connects a client to the broker. If that cannot be had, the client sees
// a reset instead of the refusal.
func (l *link) serve(client net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), relayDialTimeout)
	defer cancel()
	broker, err := l.proxy.dialer.DialContext(ctx, "tcp", l.broker)
	if err != nil {
		_ = abort(client)
		return
	}
	r := &relay{client: client, broker: broker, ended: make(chan struct{})}
	l.mu.Lock()
	l.relays[r] = struct{}{}
	if l.closed {
		r.end(abort)
	}
	l.mu.Unlock()
	l.proxy.work.Go(func() { r.copy(broker, client, &l.gates[Requests]) })
	r.copy(client, broker, &l.gates[Responses])
	l.mu.Lock()
	delete(l.relays, r)
	l.mu.Unlock()
}

func (l *link) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := range l.relays {
		r.end(abort)
	}
}

func (l *link) close() {
	l.listener.Close()
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.reset()
}

// relay is one connection that is passed on.
type relay struct {
	client, broker net.Conn
	once           sync.Once
	ended          chan struct{}
}

// copy passes bytes on while the gate is open, until either side ends.
func (r *relay) copy(to, from net.Conn, g *gate) {
	defer r.end(abort)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if !g.pass(r.ended) {
			return
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err == io.EOF {
			r.end(net.Conn.Close) // in good order
		}
		if err != nil {
			return
		}
	}
}

// end ends both sides in one way, unless they have ended.
func (r *relay) end(way func(net.Conn) error) {
	r.once.Do(func() {
		close(r.ended)
		for _, c := range []net.Conn{r.client, r.broker} {
			_ = way(c) // there is nobody to tell
		}
	})
}

// abort closes a connection with a reset.
func abort(c net.Conn) error {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // else it ends with a FIN, which will do
	}
	return c.Close()
}

// gate is open or shut; the zero value is open.
type gate struct {
	mu     sync.Mutex
	opened chan struct{} // closed when the gate opens; nil while it is open
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened == nil {
		g.opened = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// pass waits while the gate is shut; it is false if ended comes first.
func (g *gate) pass(ended <-chan struct{}) bool {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	if opened == nil {
		return true
	}
	select {
	case <-opened:
		return true
	case <-ended:
		return false
	}
}
