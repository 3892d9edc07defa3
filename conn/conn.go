package conn

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Conn is one live connection to a broker. It is never reconnected: once Done
// is closed it is of no more use. All methods are safe for concurrent use.
//
// A request must not be changed before its call has ended. Where a context
// ended the wait for it, that is the end of the connection at the latest.
type Conn struct {
	addr     string
	peer     Peer // of events
	cfg      Config
	conn     net.Conn
	raw      net.Conn // what conn is, or runs TLS over
	heard    *heard   // conn, to read from
	versions *Versions
	onEnd    func(*Conn, *Error) // nil: none

	slots chan struct{} // a place for each request in flight
	wake  chan struct{} // tells the writer of a new call in queue
	done  chan struct{} // closed when err is set
	gone  chan struct{} // closed when no goroutine and no call is left
	loops atomic.Int32  // reader, writer and authentication that still run

	mu       sync.Mutex
	err      *Error
	queue    []*Call   // waiting for the writer
	inFlight callRing  // waiting for the response
	sending  *Call     // one that no response will follow is being written
	lastUse  time.Time // when a call was last made or answered
	muted    time.Time // until when nothing may be written (KIP-219)
	answered bool      // a request after set-up was answered
	timer    *time.Timer
	timerAt  time.Time // when timer fires, zero if it does not
	auth     authState
}

// newConn starts the goroutines of a connection that was just established.
func newConn(peer Peer, cfg Config, conn, raw net.Conn) *Conn {
	c := &Conn{
		addr: peer.Addr, peer: peer, cfg: cfg, conn: conn, raw: raw,
		heard:    &heard{Conn: conn, opened: time.Now()},
		slots:    make(chan struct{}, cfg.MaxInFlight),
		wake:     make(chan struct{}, 1),
		done:     make(chan struct{}),
		gone:     make(chan struct{}),
		inFlight: newCallRing(cfg.MaxInFlight + 1), // one that authenticates needs no slot
		lastUse:  time.Now(),
	}
	c.loops.Store(2)
	c.startTimer()
	cfg.Meter.Opened()
	go c.writeLoop()
	go c.readLoop()
	return c
}

// Do sends a request by the highest version that both sides speak, and returns
// the response. It waits for a place among the requests in flight and then for
// the response, for Config.RequestTimeout in all. When ctx ends, it returns at
// once: a request that was not written yet never is, and the response to one
// that was is dropped; the connection lives on.
//
// For a request that brokers do not answer it returns nil, nil once that was
// written.
func (c *Conn) Do(ctx context.Context, req protocol.Request) (protocol.Response, error) {
	return c.DoTimeout(ctx, req, 0)
}

// DoTimeout is Do with a timeout of its own instead of Config.RequestTimeout,
// for requests that a broker may hold back, as JoinGroup. 0 stands for
// Config.RequestTimeout.
func (c *Conn) DoTimeout(ctx context.Context, req protocol.Request, timeout time.Duration) (protocol.Response, error) {
	version, err := c.pick(req)
	if err != nil {
		return nil, err
	}
	return c.roundTrip(ctx, req, version, timeout)
}

func (c *Conn) roundTrip(ctx context.Context, req protocol.Request, version int16, timeout time.Duration) (protocol.Response, error) {
	done := make(chan *Call, 1)
	call := newCall(req, c.timeoutOr(timeout), done)
	call.Version = version
	if err := c.acquire(ctx, call); err != nil {
		return nil, err
	}
	c.start(call)
	select {
	case <-done:
		return call.Response, call.Err
	case <-ctx.Done():
		c.abandon(call)
		return nil, c.contextError(ctx, req, version)
	}
}

// Go sends a request by the highest version that both sides speak and returns
// at once. The call is sent on done when it has ended, which must have room for
// all calls that are outstanding; done may be nil if nobody cares. At
// Config.MaxInFlight the call fails with ErrTooManyInFlight. The timeout is
// that of the request, 0 for Config.RequestTimeout.
func (c *Conn) Go(req protocol.Request, timeout time.Duration, done chan<- *Call) *Call {
	call := newCall(req, c.timeoutOr(timeout), done)
	var err error
	if call.Version, err = c.pick(req); err != nil {
		call.finish(err)
		return call
	}
	select {
	case c.slots <- struct{}{}:
		c.start(call)
	default:
		call.finish(c.tooManyInFlight(call))
	}
	return call
}

func (c *Conn) timeoutOr(timeout time.Duration) time.Duration {
	if timeout <= 0 {
		return c.cfg.RequestTimeout
	}
	return timeout
}

// acquire waits for a place among the requests in flight.
func (c *Conn) acquire(ctx context.Context, call *Call) error {
	if ctx.Err() != nil {
		return c.contextError(ctx, call.Request, call.Version)
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(call.timeout)
	defer timer.Stop()
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return c.contextError(ctx, call.Request, call.Version)
	case <-c.done:
		return c.callError(call)
	case <-timer.C:
		return c.timedOut(call, fmt.Sprintf("%d other requests were in flight all the time", c.cfg.MaxInFlight))
	}
}

// start hands a call that has its place and its version to the writer.
func (c *Conn) start(call *Call) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		c.complete(call, c.callError(call))
		return
	}
	c.lastUse = call.Started
	c.queue = append(c.queue, call)
	c.watch(call.deadline())
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// abandon gives up a call: if the writer has not taken it yet, it never will.
// Else its place is taken until the response comes, which goes nowhere.
func (c *Conn) abandon(call *Call) {
	c.mu.Lock()
	for i, queued := range c.queue {
		if queued == call {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			c.release(call)
			break
		}
	}
	c.mu.Unlock()
}

// complete ends a call that had a place.
func (c *Conn) complete(call *Call, err error) {
	c.release(call)
	call.finish(err)
}

// release gives up a call's place.
func (c *Conn) release(call *Call) {
	if !call.authenticates {
		<-c.slots
	}
}

// fail ends the connection, unless it has ended. The calls in flight end when
// both loops have: until then the writer may hold the bytes of their requests.
func (c *Conn) fail(err *Error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	close(c.done)
	c.timer.Stop()
	c.auth.end()
	c.doubt(err)
	onEnd, ready := c.onEnd, c.versions != nil
	c.mu.Unlock()
	c.raw.Close() // there is nobody to tell of an error in it
	c.logEnd(err, ready)
	c.cfg.Meter.Closed()
	if ready {
		c.tellEnded(err)
	}
	if onEnd != nil {
		onEnd(c, err)
	}
}

// loopEnded is called by each of these when they end. The last of them
// fails all that is outstanding.
func (c *Conn) loopEnded() {
	if c.loops.Add(-1) > 0 {
		return
	}
	for {
		c.mu.Lock()
		call := c.inFlight.pop()
		if call == nil && len(c.queue) > 0 {
			call, c.queue = c.queue[0], c.queue[1:]
		}
		c.mu.Unlock()
		if call == nil {
			break
		}
		c.complete(call, c.callError(call))
	}
	close(c.gone)
}

// Version returns the highest version of an API that both sides speak.
func (c *Conn) Version(key protocol.APIKey) (version int16, ok bool) { return c.versions.Highest(key) }

// Versions returns what the broker told of the APIs and features it has.
func (c *Conn) Versions() *Versions { return c.versions }

// InFlight returns how many requests wait to be written or for their response.
func (c *Conn) InFlight() int { return len(c.slots) }

// Addr returns the broker's address as it was given to Dial.
func (c *Conn) Addr() string { return c.addr }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err tells why the connection ended; nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		return nil
	}
	return c.err
}

// Close ends the connection and fails what is in flight with ErrClosed. When it
// returns, no goroutine and no call is left. It returns nil.
func (c *Conn) Close() error {
	c.Abort(ErrClosed)
	<-c.gone
	return nil
}

// Abort ends the connection for a reason of the caller's, which the calls in
// flight fail with. It waits for nothing.
func (c *Conn) Abort(reason error) {
	c.fail(&Error{Broker: c.addr, Stage: StageRequest, Err: reason})
}

// wasAnswered tells whether a request after set-up was.
func (c *Conn) wasAnswered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered
}
