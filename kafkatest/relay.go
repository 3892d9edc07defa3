package kafkatest

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
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
	shapes [2]shape // by Direction
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
	r := &relay{link: l, client: client, broker: broker, ended: make(chan struct{})}
	l.mu.Lock()
	l.relays[r] = struct{}{}
	if l.closed {
		r.end(abort)
	}
	l.mu.Unlock()
	l.proxy.work.Go(func() { r.copy(broker, client, Requests) })
	r.copy(client, broker, Responses)
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

// halfOpen ends the brokers' sides. The clients' stay until they end themselves.
func (l *link) halfOpen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := range l.relays {
		r.orphaned.Store(true)
		_ = abort(r.broker) // there is nobody to tell
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
	link           *link
	client, broker net.Conn
	orphaned       atomic.Bool // the broker's side has ended, which the client is not told
	once           sync.Once
	ended          chan struct{}
}

// copy passes bytes on while the gate is open, until either side ends.
func (r *relay) copy(to, from net.Conn, d Direction) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if !r.link.gates[d].pass(r.ended) {
			break
		}
		if n > 0 && !r.orphaned.Load() {
			if writeErr := r.write(to, buffer[:n], d); writeErr != nil && !r.orphaned.Load() {
				break
			}
		}
		if r.orphaned.Load() && from == r.broker {
			<-r.ended // as long as the client holds on
			return
		}
		if err == io.EOF {
			r.end(net.Conn.Close) // in good order
		}
		if err != nil {
			break
		}
	}
	r.end(abort)
}

// write writes bytes in the shape of their direction.
func (r *relay) write(to net.Conn, bytes []byte, d Direction) error {
	r.link.mu.Lock()
	s := &r.link.shapes[d]
	s.corrupt(bytes)
	latency, rate := s.latency, s.rate
	r.link.mu.Unlock()
	if latency > 0 && !r.pause(latency) {
		return net.ErrClosed
	}
	for rate > 0 && len(bytes) > 0 {
		n := min(len(bytes), max(1, rate/drops))
		if _, err := to.Write(bytes[:n]); err != nil {
			return err
		}
		bytes = bytes[n:]
		if !r.pause(time.Duration(n) * time.Second / time.Duration(rate)) {
			return net.ErrClosed
		}
		r.link.mu.Lock()
		rate = r.link.shapes[d].rate // which may have ended
		r.link.mu.Unlock()
	}
	_, err := to.Write(bytes)
	return err
}

// drops is in how many parts the bytes of a second drip.
const drops = 100

// pause waits; it is false if the relay ends first.
func (r *relay) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.ended:
		return false
	}
}

// shape is what becomes of the bytes of a direction; the zero value lets them be.
type shape struct {
	latency      time.Duration
	rate         int // bytes per second
	corruptEvery int // bytes
	passed       int // since the last corrupted one
}

// corrupt flips a bit in one of corruptEvery bytes.
func (s *shape) corrupt(bytes []byte) {
	if s.corruptEvery <= 0 {
		s.passed = 0
		return
	}
	for i := range bytes {
		if s.passed++; s.passed >= s.corruptEvery {
			bytes[i] ^= 1
			s.passed = 0
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
