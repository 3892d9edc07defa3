package conn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// Broker is the way to one broker. It holds at most one connection, dials when
// one is wanted, and waits out the back-off after failures. All methods are
// safe for concurrent use.
type Broker struct {
	nodeID    int32
	dialer    dialer
	configErr error
	backoff   Backoff
	ctx       context.Context // of all dials; Close ends it
	cancel    context.CancelFunc

	mu       sync.Mutex
	state    State
	conn     *Conn    // the last one, live or not
	attempt  *attempt // the one that is under way
	failures int      // in a row
	timeouts int      // of these, the latest that took too long
	retryAt  time.Time
	err      error

	changes   []StateChange // not yet told to Config.OnStateChange
	notifying bool
}

// attempt is one try to connect. Its outcome is set before done is closed.
type attempt struct {
	done chan struct{}
	conn *Conn
	err  error
}

// NewBroker returns the way to the broker at addr, host:port, which is its address
// as the cluster advertises it. It does no network I/O; what is wrong with address
// or configuration, Conn tells.
func NewBroker(nodeID int32, addr string, cfg Config) *Broker {
	b := &Broker{nodeID: nodeID, dialer: dialer{addr: addr, node: nodeID}}
	b.dialer.onState, b.dialer.onEnd = b.enter, b.connEnded
	b.configErr = b.dialer.configure(cfg)
	b.backoff = Backoff{Base: b.dialer.cfg.ReconnectBackoff, Max: b.dialer.cfg.ReconnectBackoffMax}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// NodeID returns the broker's id.
func (b *Broker) NodeID() int32 { return b.nodeID }

// Addr returns the broker's address.
func (b *Broker) Addr() string { return b.dialer.addr }

// Conn returns the live connection, or a new one. However many ask, one dial is
// under way; it begins when the back-off has passed. ctx bounds only this wait,
// not the dial. A failed dial fails all that wait for it: whoever wants to try
// again, asks again. The error is an [*Error].
func (b *Broker) Conn(ctx context.Context) (*Conn, error) {
	a, conn, err := b.connOrAttempt()
	if a == nil {
		return conn, err
	}
	select {
	case <-a.done:
		return a.conn, a.err
	case <-ctx.Done():
		return nil, b.waitEnded(ctx)
	}
}

// connOrAttempt returns the live connection, or else the attempt that is under
// way or was just begun.
func (b *Broker) connOrAttempt() (*attempt, *Conn, error) {
	defer b.notify()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.configErr != nil:
		return nil, nil, b.configErr
	case b.state == StateClosed:
		return nil, nil, b.closedError()
	case b.attempt != nil:
		return b.attempt, nil, nil
	case b.live():
		return nil, b.conn, nil
	}
	b.attempt = &attempt{done: make(chan struct{})}
	go b.connect(b.attempt, time.Until(b.retryAt))
	return b.attempt, nil, nil
}

// live tells whether there is a connection that has not ended. One that has is
// put to account. b.mu is held.
func (b *Broker) live() bool {
	if b.state != StateConnected {
		return false
	}
	select {
	case <-b.conn.done:
		b.disconnected(b.conn.err)
		return false
	default:
		return true
	}
}

// waitEnded is the error of one whose context ended before a connection was
// there.
func (b *Broker) waitEnded(ctx context.Context) error {
	e := &Error{Broker: b.Addr(), Stage: StageDial, permanent: true, Err: fmt.Errorf("no connection yet: %w", ctx.Err())}
	if last := b.Err(); last != nil {
		e.Err = fmt.Errorf("%w; the last try: %w", e.Err, last)
	}
	return e
}

func (b *Broker) closedError() error {
	return &Error{Broker: b.Addr(), Stage: StageDial, Err: ErrClosed, permanent: true}
}

// connect is the goroutine of one attempt.
func (b *Broker) connect(a *attempt, delay time.Duration) {
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-b.ctx.Done():
		}
	}
	b.mu.Lock()
	timeouts := b.timeouts
	b.mu.Unlock()
	conn, err := b.dialer.dial(b.ctx, timeouts)
	b.mu.Lock()
	closed := b.state == StateClosed
	switch {
	case closed:
	case err != nil:
		if b.timeouts++; !errors.Is(err, ErrConnectTimeout) {
			b.timeouts = 0
		}
		b.fail(err)
	default:
		b.conn, b.err, b.timeouts = conn, nil, 0
		b.setState(StateConnected, nil)
		b.live()
	}
	b.attempt = nil
	b.mu.Unlock()
	if closed {
		if conn != nil {
			conn.Close()
		}
		conn, err = nil, b.closedError()
	}
	b.notify()
	a.conn, a.err = conn, err
	close(a.done)
}

// connEnded is called by a connection that has ended.
func (b *Broker) connEnded(conn *Conn, err *Error) {
	b.mu.Lock()
	if b.conn == conn && b.state == StateConnected {
		b.disconnected(err)
	}
	b.mu.Unlock()
	b.notify()
}

// disconnected accounts for the end of the connection. One that never answered
// a request counts as a further failure: else a listener that accepts and then
// drops would be dialled without end. b.mu is held.
func (b *Broker) disconnected(err *Error) {
	switch {
	case errors.Is(err, ErrIdle), errors.Is(err, ErrClosed):
		b.failures, b.err = 0, err
		b.setState(StateDisconnected, err)
	case b.conn.wasAnswered():
		b.failures = 0
		b.fail(err)
	default:
		b.dialer.judge(b.conn.raw.RemoteAddr(), false)
		b.fail(err)
	}
}

// fail accounts for a failure. b.mu is held.
func (b *Broker) fail(err error) {
	b.err = err
	b.failures++
	b.retryAt = time.Now().Add(b.backoff.Delay(b.failures))
	b.setState(StateDisconnected, err)
}

// enter is called by the dialer when it gets on.
func (b *Broker) enter(s State) {
	b.mu.Lock()
	if b.state != StateClosed {
		b.setState(s, nil)
	}
	b.mu.Unlock()
	b.notify()
}

// setState changes the state. b.mu is held; notify must follow without it.
func (b *Broker) setState(s State, err error) {
	if b.state == s {
		return
	}
	if b.dialer.cfg.OnStateChange != nil {
		b.changes = append(b.changes, StateChange{NodeID: b.nodeID, Addr: b.Addr(), From: b.state, To: s, Err: err})
	}
	b.state = s
}

// notify tells of the changes of state, in order, without b.mu.
func (b *Broker) notify() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.notifying {
		return
	}
	b.notifying = true
	for len(b.changes) > 0 {
		change := b.changes[0]
		b.changes = b.changes[1:]
		b.mu.Unlock()
		b.dialer.cfg.OnStateChange(change)
		b.mu.Lock()
	}
	b.notifying = false
}

// State returns where the broker stands.
func (b *Broker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// ConnectionDelay returns how long until a connection may be tried: what is
// left of the back-off when disconnected, 0 while one is being made, and the
// largest Duration when connected or closed.
func (b *Broker) ConnectionDelay() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.state {
	case StateDisconnected:
		return max(0, time.Until(b.retryAt))
	case StateConnected, StateClosed:
		return math.MaxInt64
	}
	return 0
}

// BlackedOut tells that the broker is disconnected and in its back-off.
func (b *Broker) BlackedOut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state == StateDisconnected && time.Now().Before(b.retryAt)
}

// InFlight returns how many requests wait for their response; 0 if there is no
// connection.
func (b *Broker) InFlight() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != StateConnected {
		return 0
	}
	return b.conn.InFlight()
}

// Err returns why the last connection failed or ended; nil when connected.
func (b *Broker) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Close ends the connection and fails what waits for one. When it returns, no
// goroutine is left.
func (b *Broker) Close() {
	b.mu.Lock()
	b.setState(StateClosed, nil)
	conn, a := b.conn, b.attempt
	b.mu.Unlock()
	b.cancel()
	b.notify()
	if conn != nil {
		conn.Close()
	}
	if a != nil {
		<-a.done
	}
}
