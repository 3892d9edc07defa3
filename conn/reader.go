package conn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// readBuffer is how much is read from the network at a time. Larger responses
// are read past it, straight to where they stay.
const readBuffer = 64 << 10

// readLoop handles responses until the connection ends.
func (c *Conn) readLoop() {
	defer c.loopEnded()
	r := bufio.NewReaderSize(c.heard, readBuffer)
	first := true
	for {
		if err := c.readResponse(r, first); err != nil {
			c.fail(err)
			return
		}
		first = false
	}
}

// readResponse reads one response, and ends the call that it belongs to. What
// breaks the connection leaves the call in flight, to end with all the others.
func (c *Conn) readResponse(r *bufio.Reader, first bool) *Error {
	size, err := c.readSize(r, first)
	if err != nil {
		return err
	}
	if c.auth.raw.Load() {
		return c.readToken(r, size)
	}
	head, ioErr := r.Peek(4)
	if ioErr != nil {
		return c.lost("read", midFrame(ioErr, len(head), size))
	}
	id := int32(binary.BigEndian.Uint32(head))
	r.Discard(4)
	call, err := c.expect(id, size)
	if err != nil {
		return err
	}
	resp := protocol.Lookup(call.Request.APIKey()).NewResponse()
	if err := c.readBody(r, size-4, call, resp); err != nil {
		return err
	}
	c.cfg.Meter.Received(4 + size)
	c.tellRead(call, resp, 4+size)
	call.Response = resp
	c.received(call, resp)
	c.complete(call, nil)
	return nil
}

// readSize reads the size of the next response and checks it. The first bytes
// of a connection tell whether there is a Kafka broker at all.
func (c *Conn) readSize(r *bufio.Reader, first bool) (int, *Error) {
	head, err := r.Peek(4)
	if err != nil {
		if len(head) > 0 {
			err = midFrame(err, len(head), 4)
		}
		return 0, c.lost("read", err)
	}
	size := int(int32(binary.BigEndian.Uint32(head)))
	least := 4
	if c.auth.raw.Load() {
		least = 0
	}
	if first || size < least || size > c.cfg.MaxResponseBytes {
		if e := c.strangerError(r, head); e != nil {
			return 0, e
		}
	}
	switch {
	case size < least:
		return 0, c.protocolError(fmt.Errorf("%w: response of size %d, which must be 4 at least", ErrProtocol, size))
	case size > c.cfg.MaxResponseBytes:
		e := c.protocolError(fmt.Errorf("%w: response of %d bytes to %s, Config.MaxResponseBytes is %d",
			ErrProtocol, size, c.oldestName(), c.cfg.MaxResponseBytes))
		e.Hint = "if that is no mistake of the broker: ask for less at a time, or raise MaxResponseBytes"
		return 0, e
	}
	r.Discard(4)
	return size, nil
}

// expect returns the call that a response with the correlation id must belong
// to: the oldest in flight.
func (c *Conn) expect(id int32, size int) (*Call, *Error) {
	c.mu.Lock()
	call := c.inFlight.oldest()
	c.mu.Unlock()
	if call == nil {
		return nil, c.protocolError(fmt.Errorf("%w: response of %d bytes with correlation id %d, but no request is in flight",
			ErrProtocol, size, id))
	}
	if id == call.correlationID || id == 0 && forgetsID(call) {
		return call, nil
	}
	err := fmt.Errorf("%w: response with correlation id %d, expected %d for %s",
		ErrProtocol, id, call.correlationID, call.name())
	if id == nextCorrelationID(call.correlationID) {
		err = fmt.Errorf("%w: %w", err, errSkipped)
	}
	return nil, c.protocolError(err)
}

// forgetsID tells whether the answer to a call may have 0 for its correlation id:
// Kafka 0.8.2 forgets that of FindCoordinator where it fails.
func forgetsID(call *Call) bool {
	return call.Request.APIKey() == protocol.FindCoordinator && call.Version == 0
}

// readBody reads and decodes the rest of a response of n bytes.
func (c *Conn) readBody(r *bufio.Reader, n int, call *Call, resp protocol.Response) *Error {
	var body []byte
	var err error
	transient := n <= r.Size() && !aliases(resp.APIKey())
	if transient {
		body, err = r.Peek(n)
	} else {
		body, err = readFrame(r, n)
	}
	if err != nil {
		return c.lost("read", fmt.Errorf("within the response to %s: %w", call.name(), midFrame(err, len(body), n)))
	}
	version := call.Version
	if resp.APIKey() == protocol.ApiVersions && len(body) >= 2 &&
		protocol.ErrorCode(binary.BigEndian.Uint16(body)) == protocol.ErrUnsupportedVersion {
		version = 0 // whatever was asked for (KIP-511)
	}
	if err := protocol.DecodeResponse(body, version, resp); err != nil {
		return c.protocolError(fmt.Errorf("%w: %w", ErrProtocol, err))
	}
	if transient {
		r.Discard(n)
	}
	return nil
}

// aliases tells whether decoded responses of the API may hold bytes of the
// buffer that they were decoded from. Frequent ones that do not need no buffer
// of their own.
func aliases(key protocol.APIKey) bool {
	switch key {
	case protocol.Produce, protocol.Heartbeat, protocol.OffsetCommit, protocol.ListOffsets:
		return false
	}
	return true
}

// received notes that the oldest call was answered, and takes it out of flight.
func (c *Conn) received(call *Call, resp protocol.Response) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight.pop()
	c.lastUse = now
	c.answered = c.versions != nil
	c.auth.slowest = max(c.auth.slowest, now.Sub(call.Started))
	if pause := pauseAfter(resp, call.Version); pause > 0 {
		c.muted = now.Add(pause)
	}
	if at := c.idleAt(); c.inFlight.n == 0 && !at.IsZero() {
		c.watch(at)
	}
}

// unproven is how many bytes of a response are trusted to come. Beyond that the
// buffer grows with what has come, so that a size with nothing behind it costs
// little.
const unproven = 8 << 20

// readFrame reads n bytes into a buffer of their own. On an error it returns
// what has come.
func readFrame(r io.Reader, n int) ([]byte, error) {
	frame := make([]byte, min(n, unproven))
	have, err := io.ReadFull(r, frame)
	for have < n && err == nil {
		grown := make([]byte, min(n, 8*have))
		copy(grown, frame)
		frame = grown
		var more int
		more, err = io.ReadFull(r, frame[have:])
		have += more
	}
	return frame[:have], err
}

// midFrame says of an end of the stream within a frame how far it had come.
func midFrame(err error, have, want int) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w after %d of %d bytes", io.ErrUnexpectedEOF, have, want)
	}
	return err
}
