package kafkatest

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
)

const (
	// memBuffer is how many bytes a direction of an in-memory connection
	// buffers before its writer blocks.
	memBuffer = 64 << 10
	// memBacklog is how many connections wait for Accept before a dial blocks.
	memBacklog = 128
	// firstEphemeralPort is where ports are taken from for listeners on port 0
	// and for the dialing side, as in IANA's range.
	firstEphemeralPort = 49152
)

// Dialer opens connections to the brokers of a [Cluster]. A *net.Dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Network is a network in memory: what listens on it can be reached only by its
// own DialContext. The zero value is ready for use.
//
// Its connections are buffered, have deadlines and half-close, and can be used
// inside a testing/synctest bubble (on a Network of that bubble), where time
// passes only when all is idle. Only the port of an address counts, as on a
// machine's loopback interface.
type Network struct {
	mu        sync.Mutex
	listeners map[int]*memListener
	lastPort  int
}

// memAddr is a loopback address on a Network.
type memAddr int

func (memAddr) Network() string  { return "mem" }
func (a memAddr) String() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(a))) }

// Listen opens a listener on the port of address, or on a free one if that is
// 0. The error is a *net.OpError with syscall.EADDRINUSE if the port is taken.
func (n *Network) Listen(_, address string) (net.Listener, error) {
	port, err := portOf(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == 0 {
		port = n.freePort()
	}
	if _, taken := n.listeners[port]; taken {
		return nil, &net.OpError{Op: "listen", Net: "mem", Addr: memAddr(port), Err: syscall.EADDRINUSE}
	}
	l := &memListener{network: n, addr: memAddr(port), backlog: make(chan *memConn, memBacklog), closed: make(chan struct{})}
	if n.listeners == nil {
		n.listeners = make(map[int]*memListener)
	}
	n.listeners[port] = l
	return l, nil
}

// DialContext connects to a listener of this network. The error is a
// *net.OpError with syscall.ECONNREFUSED if nothing listens there.
func (n *Network) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	port, err := portOf(address)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n.mu.Lock()
	l := n.listeners[port]
	local := memAddr(n.freePort())
	n.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: "mem", Addr: memAddr(port), Err: syscall.ECONNREFUSED}
	if l == nil {
		return nil, refused
	}
	near, far := pipe(memBuffer, local, l.addr)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.closed:
		return nil, refused
	case l.backlog <- far:
	}
	select {
	case <-l.closed: // perhaps after Close emptied the backlog
		l.resetBacklog()
	default:
	}
	return near, nil
}

// freePort returns a port that nothing listens on. The caller holds mu.
func (n *Network) freePort() int {
	for {
		n.lastPort++
		if n.lastPort < firstEphemeralPort || n.lastPort > 65535 {
			n.lastPort = firstEphemeralPort
		}
		if _, taken := n.listeners[n.lastPort]; !taken {
			return n.lastPort
		}
	}
}

func (n *Network) remove(l *memListener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[int(l.addr)] == l {
		delete(n.listeners, int(l.addr))
	}
}

func portOf(address string) (int, error) {
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	port, err := strconv.Atoi(p)
	if err != nil || port < 0 || port > 65535 {
		return 0, fmt.Errorf("kafkatest: address %q: port must be a number from 0 to 65535", address)
	}
	return port, nil
}

// memListener accepts the connections dialed to one port of a Network.
type memListener struct {
	network *Network
	addr    memAddr
	backlog chan *memConn
	closed  chan struct{}
	once    sync.Once
}

func (l *memListener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "mem", Addr: l.addr, Err: net.ErrClosed}
	case c := <-l.backlog:
		return c, nil
	}
}

// Close refuses later dials and resets connections that were not accepted.
func (l *memListener) Close() error {
	l.once.Do(func() {
		l.network.remove(l)
		close(l.closed)
		l.resetBacklog()
	})
	return nil
}

func (l *memListener) resetBacklog() {
	for {
		select {
		case c := <-l.backlog:
			hangUp(c, true)
		default:
			return
		}
	}
}

func (l *memListener) Addr() net.Addr { return l.addr }

// hangUp closes c, with a reset instead of an orderly end if abrupt.
func hangUp(c net.Conn, abrupt bool) {
	if l, ok := c.(interface{ SetLinger(sec int) error }); ok && abrupt {
		_ = l.SetLinger(0) // fails only if c is closed already
	}
	_ = c.Close() // fails only if c is closed already
}
