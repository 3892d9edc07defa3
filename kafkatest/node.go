package kafkatest

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// behindBuffer is how many bytes a direction of the connections between a node
// and the broker behind it buffers.
const behindBuffer = 1 << 20

// node is one broker as clients see it: a listener, and the sessions that pass
// requests on to the embedded broker behind.
type node struct {
	id      int32
	cluster *Cluster
	addr    net.Addr // kept over restarts
	behind  *behind

	// cluster.mu guards what follows.
	front    net.Listener // nil while the node is down
	sessions map[*session]struct{}
	resumed  chan struct{} // nil unless paused; closed by Resume
}

// addNode opens the listener of the next node.
func (c *Cluster) addNode(address string) (*node, error) {
	front, err := c.listen(address)
	if err != nil {
		return nil, err
	}
	n := &node{
		id: int32(len(c.nodes)), cluster: c, addr: front.Addr(), front: front,
		behind:   &behind{addr: front.Addr(), conns: make(chan net.Conn), closed: make(chan struct{})},
		sessions: make(map[*session]struct{}),
	}
	c.nodes = append(c.nodes, n)
	return n, nil
}

func (c *Cluster) listen(address string) (net.Listener, error) {
	if c.cfg.network != nil {
		return c.cfg.network.Listen("tcp", address)
	}
	return net.Listen("tcp", address)
}

// accept serves a listener until that is closed.
func (n *node) accept(front net.Listener) {
	for {
		conn, err := front.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				n.cluster.log.Error("kafkatest: accepting", "node", n.id, "err", err)
			}
			return
		}
		n.open(front, conn)
	}
}

// open starts the session of a connection, unless the node was stopped since
// the listener accepted it.
func (n *node) open(front net.Listener, conn net.Conn) {
	s := newSession(n, conn)
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	if n.front != front {
		hangUp(conn, true)
		return
	}
	n.sessions[s] = struct{}{}
	n.cluster.sessions.Go(s.receive)
	n.cluster.sessions.Go(s.serve)
}

// stop closes the listener and resets all connections, as the death of a
// process does. What a paused node has not handled by then, it never will.
func (n *node) stop() {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	if n.front != nil {
		_ = n.front.Close() // it is ours, and open
		n.front = nil
	}
	n.resetSessions()
	n.resume()
}

// start listens again where the node listened before.
func (n *node) start() error {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	if n.front != nil {
		return nil
	}
	front, err := n.cluster.listen(n.addr.String())
	if err != nil {
		return fmt.Errorf("kafkatest: restarting node %d: %w", n.id, err)
	}
	n.front = front
	n.cluster.sessions.Go(func() { n.accept(front) })
	return nil
}

func (n *node) dropConnections() {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	n.resetSessions()
}

// resetSessions resets all connections. The caller holds cluster.mu.
func (n *node) resetSessions() {
	for s := range n.sessions {
		s.close(true)
	}
	clear(n.sessions)
}

// forget removes a session that has ended.
func (n *node) forget(s *session) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	delete(n.sessions, s)
}

// resume ends a pause. The caller holds cluster.mu.
func (n *node) resume() {
	if n.resumed != nil {
		close(n.resumed)
		n.resumed = nil
	}
}

// awaitResumed waits for the end of a pause, if there is one, or until done.
func (n *node) awaitResumed(done <-chan struct{}) error {
	n.cluster.mu.Lock()
	resumed := n.resumed
	n.cluster.mu.Unlock()
	if resumed != nil {
		select {
		case <-done:
		case <-resumed:
		}
	}
	select {
	case <-done:
		return net.ErrClosed
	default:
		return nil
	}
}

// behind is the listener that an embedded broker has: it accepts what sessions
// dial, and has the address of the node so that the broker tells it to clients.
type behind struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// dial connects to the broker on behalf of a client.
func (b *behind) dial(client net.Addr) (net.Conn, error) {
	near, far := pipe(behindBuffer, client, b.addr)
	select {
	case <-b.closed:
		return nil, net.ErrClosed
	case b.conns <- far:
		return near, nil
	}
}

func (b *behind) Accept() (net.Conn, error) {
	select {
	case <-b.closed:
		return nil, net.ErrClosed
	case c := <-b.conns:
		return c, nil
	}
}

func (b *behind) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

func (b *behind) Addr() net.Addr { return b.addr }
