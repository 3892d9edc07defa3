package kafkatest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// memConn is one end of an in-memory connection. It behaves as a TCP
// connection does: each direction has a bounded buffer, Close sends what is
// buffered and then end of file, Close after SetLinger(0) resets the peer.
//
// All that blocks is a sync.Cond, which testing/synctest counts as durably
// blocked, and all that waits for time is a timer.
type memConn struct {
	in, out       *stream
	local, remote net.Addr

	mu     sync.Mutex
	abrupt bool // SetLinger(0): Close resets
}

// pipe returns the two ends of a connection whose directions buffer up to
// size bytes each.
func pipe(size int, a, b net.Addr) (*memConn, *memConn) {
	ab, ba := newStream(size), newStream(size)
	return &memConn{in: ba, out: ab, local: a, remote: b},
		&memConn{in: ab, out: ba, local: b, remote: a}
}

// Read blocks until there is a byte, the peer has closed, or the deadline.
func (c *memConn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write blocks until all of p is buffered, the peer has closed, or the
// deadline.
func (c *memConn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// Close ends both directions; the peer can still read what was written.
func (c *memConn) Close() error {
	c.mu.Lock()
	abrupt := c.abrupt
	c.mu.Unlock()
	if abrupt {
		c.in.reset()
		c.out.reset()
	}
	c.in.closeRead()
	c.out.closeWrite(net.ErrClosed)
	return nil
}

// CloseWrite ends the direction to the peer, as (*net.TCPConn).CloseWrite.
func (c *memConn) CloseWrite() error {
	c.out.closeWrite(syscall.EPIPE)
	return nil
}

// SetLinger makes a later Close reset the connection if sec is 0, as
// (*net.TCPConn).SetLinger.
func (c *memConn) SetLinger(sec int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abrupt = sec == 0
	return nil
}

func (c *memConn) LocalAddr() net.Addr  { return c.local }
func (c *memConn) RemoteAddr() net.Addr { return c.remote }

func (c *memConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

func (c *memConn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.in.setDeadline(&c.in.reading, t))
}

func (c *memConn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.out.setDeadline(&c.out.writing, t))
}

// wrap names the connection in an error, as package net does.
func (c *memConn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}

// stream is one direction: a bounded buffer between a writer and a reader.
type stream struct {
	mu      sync.Mutex
	changed sync.Cond
	buf     []byte // buf[off:] is written and not yet read
	off     int
	size    int // upper bound of what is unread

	reading, writing half
}

// half is what one side of a stream may still do.
type half struct {
	err      error // what its calls fail with, nil while it is open
	deadline time.Time
	timer    *time.Timer
}

func newStream(size int) *stream {
	s := &stream{size: size}
	s.changed.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.reading.err != nil:
			return 0, s.reading.err
		case s.reading.expired():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case s.unread() > 0:
			n := copy(p, s.buf[s.off:])
			if s.off += n; s.off == len(s.buf) {
				s.buf, s.off = s.buf[:0], 0
			}
			s.changed.Broadcast()
			return n, nil
		case s.writing.err != nil:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.writing.err != nil:
			return n, s.writing.err
		case s.writing.expired():
			return n, os.ErrDeadlineExceeded
		case s.reading.err != nil:
			return n, syscall.EPIPE
		}
		if room := min(s.size-s.unread(), len(p)-n); room > 0 {
			s.append(p[n : n+room])
			n += room
			s.changed.Broadcast()
		}
		if n == len(p) {
			return n, nil
		}
		s.changed.Wait()
	}
}

func (s *stream) unread() int { return len(s.buf) - s.off }

// append adds p, moving what is unread to the front when p would not fit.
func (s *stream) append(p []byte) {
	if s.off > 0 && len(s.buf)+len(p) > cap(s.buf) {
		s.buf, s.off = s.buf[:copy(s.buf, s.buf[s.off:])], 0
	}
	s.buf = append(s.buf, p...)
}

// discard throws away what is unread.
func (s *stream) discard() { s.buf, s.off = nil, 0 }

// closeRead fails this and later reads, and the peer's writes.
func (s *stream) closeRead() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard()
	s.reading.close(net.ErrClosed)
	s.changed.Broadcast()
}

// closeWrite fails later writes; the reader gets what is buffered, then end
// of file.
func (s *stream) closeWrite(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing.close(err)
	s.changed.Broadcast()
}

// reset throws away what is buffered and fails both sides.
func (s *stream) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard()
	s.reading.close(syscall.ECONNRESET)
	s.writing.close(syscall.ECONNRESET)
	s.changed.Broadcast()
}

func (s *stream) setDeadline(h *half, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.err != nil {
		return h.err
	}
	h.stop()
	h.deadline = t
	if wait := time.Until(t); !t.IsZero() && wait > 0 {
		h.timer = time.AfterFunc(wait, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changed.Broadcast()
		})
	}
	s.changed.Broadcast()
	return nil
}

func (h *half) expired() bool {
	return !h.deadline.IsZero() && !time.Now().Before(h.deadline)
}

func (h *half) stop() {
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
}

// close keeps the first error unless the side itself closes, which wins.
func (h *half) close(err error) {
	if h.err == nil || err == net.ErrClosed {
		h.err = err
	}
	h.stop()
}
