package conn

import (
	"bufio"
	"math"
	"net"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// writeLoop writes what is queued until the connection ends: all that has
// gathered at a time.
func (c *Conn) writeLoop() {
	defer c.loopEnded()
	w := newFrameWriter(c.conn, c.cfg.Meter)
	header := protocol.RequestHeader{ClientID: c.cfg.ClientID}
	told := writes{hook: c.cfg.Hooks.Written}
	var calls []*Call
	for {
		calls = c.nextCalls(calls[:0])
		if len(calls) == 0 {
			return
		}
		sending := calls[:0]
		for _, call := range calls {
			header.CorrelationID = nextCorrelationID(header.CorrelationID)
			header.Version = call.Version
			if err := w.addCall(header, call); err != nil {
				c.complete(call, c.encodeError(err))
				continue
			}
			call.correlationID = header.CorrelationID
			told.add(c, call, w.coders[w.n-1].Len())
			sending = append(sending, call)
		}
		if !c.startSending(sending) {
			return
		}
		err := w.flush()
		if err != nil {
			c.fail(c.lost("write", err))
		}
		told.tell(err == nil)
		c.sent(sending, err == nil)
		clear(calls)
	}
}

// nextCorrelationID counts from 1 to the largest int32, and goes on with 0.
func nextCorrelationID(id int32) int32 {
	if id == math.MaxInt32 {
		return 0
	}
	return id + 1
}

// nextCalls waits for calls and takes them all out of the queue; none if the
// connection has ended. While the broker throttles this client, nothing is
// taken, and while it authenticates, only what belongs to that.
func (c *Conn) nextCalls(calls []*Call) []*Call {
	for {
		c.mu.Lock()
		if c.err != nil {
			c.mu.Unlock()
			return nil
		}
		var unmuted <-chan time.Time
		if len(c.queue) > 0 {
			wait := time.Until(c.muted)
			if wait <= 0 {
				calls = c.takeQueue(calls)
			} else {
				unmuted = time.After(wait)
			}
		}
		c.mu.Unlock()
		if len(calls) > 0 {
			return calls
		}
		select {
		case <-c.wake:
		case <-unmuted:
		case <-c.done:
			return nil
		}
	}
}

// takeQueue takes the calls that may be written now out of the queue. c.mu is
// held.
func (c *Conn) takeQueue(calls []*Call) []*Call {
	if c.holdsBack() {
		return c.takeAuthenticating(calls)
	}
	calls = append(calls, c.queue...)
	clear(c.queue)
	c.queue = c.queue[:0]
	return calls
}

// startSending puts calls in flight, before the first byte is written. It
// returns false if the connection has ended; then they are queued again, to
// fail as what never was written.
func (c *Conn) startSending(calls []*Call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		c.queue = append(c.queue, calls...)
		return false
	}
	for _, call := range calls {
		call.Written = true
		if call.unanswered {
			c.sending = call
		} else {
			c.inFlight.push(call)
		}
		c.watch(call.deadline())
	}
	return true
}

// sent completes the calls that no response will.
func (c *Conn) sent(calls []*Call, written bool) {
	c.mu.Lock()
	unanswered := c.sending != nil
	c.sending = nil
	c.mu.Unlock()
	if !unanswered {
		return
	}
	for _, call := range calls {
		switch {
		case !call.unanswered:
		case written:
			c.complete(call, nil)
		default:
			c.complete(call, c.callError(call))
		}
	}
}

// frameWriter encodes requests and writes them together.
type frameWriter struct {
	conn   net.Conn
	meter  Meter
	buffer *bufio.Writer // nil if the network takes several buffers at once
	coders []*wire.Coder // one for each frame, kept for their buffers
	n      int           // how many of them hold a frame
	frames net.Buffers
	left   net.Buffers // of frames, while they are being written
}

// maxKept is the size beyond which the buffer of an encoded request is not kept
// for later ones.
const maxKept = 64 << 10

func newFrameWriter(conn net.Conn, meter Meter) *frameWriter {
	w := &frameWriter{conn: conn, meter: meter}
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		w.buffer = bufio.NewWriterSize(conn, 64<<10)
	}
	return w
}

// addCall encodes the request of one call.
func (w *frameWriter) addCall(h protocol.RequestHeader, call *Call) error {
	if token, ok := call.Request.(*rawToken); ok {
		w.next().Bytes(&token.bytes)
		w.n++
		return nil
	}
	return w.add(h, call.Request)
}

// next returns the coder of the next frame.
func (w *frameWriter) next() *wire.Coder {
	if w.n == len(w.coders) {
		w.coders = append(w.coders, wire.NewEncoder(nil))
	}
	return w.coders[w.n]
}

// add encodes one request.
func (w *frameWriter) add(h protocol.RequestHeader, req protocol.Request) error {
	c := w.next()
	if err := protocol.EncodeRequest(c, h, req); err != nil {
		c.Reset()
		return err
	}
	w.n++
	return nil
}

// flush writes all requests that were added.
func (w *frameWriter) flush() error {
	for _, c := range w.coders[:w.n] {
		w.frames = c.Buffers(w.frames)
	}
	err := w.write()
	clear(w.frames)
	w.frames = w.frames[:0]
	for i, c := range w.coders[:w.n] {
		if err == nil {
			w.meter.Sent(c.Len())
		}
		if c.Offset() > maxKept {
			w.coders[i] = wire.NewEncoder(nil)
		} else {
			c.Reset()
		}
	}
	w.n = 0
	return err
}

func (w *frameWriter) write() error {
	switch {
	case len(w.frames) == 0:
		return nil
	case w.buffer != nil:
		for _, b := range w.frames {
			if _, err := w.buffer.Write(b); err != nil {
				return err
			}
		}
		return w.buffer.Flush()
	case len(w.frames) == 1:
		_, err := w.conn.Write(w.frames[0])
		return err
	default:
		w.left = w.frames
		_, err := w.left.WriteTo(w.conn)
		return err
	}
}
