package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"syscall"

	"github.com/barnabas-go/kafka/protocol"
)

// How what happens to a connection becomes the error of its calls.

// name returns the API and the version, as in "Fetch v12".
func (call *Call) name() string { return requestName(call.Request, call.Version) }

func requestName(req protocol.Request, version int16) string {
	return fmt.Sprintf("%s v%d", req.APIKey(), version)
}

// oldestName names the call whose response comes next.
func (c *Conn) oldestName() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call := c.inFlight.oldest(); call != nil {
		return call.name()
	}
	return "no request"
}

// callError is the error of a call that the end of the connection ends.
func (c *Conn) callError(call *Call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err.call == call {
		return c.err
	}
	e := *c.err
	e.Err = fmt.Errorf("%s: %w", call.name(), e.Err)
	return &e
}

// requestError is the error of a single call.
func (c *Conn) requestError(req protocol.Request, version int16, err error) *Error {
	return &Error{Broker: c.addr, Stage: StageRequest, Err: fmt.Errorf("%s: %w", requestName(req, version), err)}
}

func (c *Conn) tooManyInFlight(call *Call) error {
	select {
	case <-c.done:
		return c.callError(call)
	default:
	}
	return c.requestError(call.Request, call.Version, fmt.Errorf("%w: Config.MaxInFlight is %d", ErrTooManyInFlight, c.cfg.MaxInFlight))
}

func (c *Conn) timedOut(call *Call, why string) *Error {
	return c.requestError(call.Request, call.Version, fmt.Errorf("%w after %v: %s", ErrRequestTimeout, call.timeout, why))
}

func (c *Conn) contextError(ctx context.Context, req protocol.Request, version int16) error {
	e := c.requestError(req, version, ctx.Err())
	e.permanent = true
	return e
}

// encodeError is the error of a request that cannot be written, which is no
// fault of the connection.
func (c *Conn) encodeError(err error) error {
	return &Error{Broker: c.addr, Stage: StageRequest, Err: err, permanent: true}
}

// protocolError ends the connection for what the peer sent.
func (c *Conn) protocolError(err error) *Error {
	return &Error{Broker: c.addr, Stage: StageRequest, Err: err}
}

// lost ends the connection for an error of the network.
func (c *Conn) lost(op string, err error) *Error {
	if err = asDisconnected(err); !errors.Is(err, ErrDisconnected) {
		err = fmt.Errorf("%s: %w", op, err)
	}
	e := &Error{Broker: c.addr, Stage: StageRequest, Err: err}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.versions != nil && c.inFlight.n > 0 && errors.Is(err, ErrDisconnected) {
		switch {
		case c.versions.Fixed:
			e.Hint = fixedHint(c.versions.Assumed)
		case !c.answered && c.versions.Assumed == "":
			e.Hint = hintSASL
		}
	}
	if hint := tlsRefusedHint(err); hint != "" {
		e.Stage, e.Hint, e.permanent = StageTLS, hint, true
	} else if !c.answered && garbled(err) {
		e.Stage, e.Hint = StageTLS, hintGarbled
	}
	return e
}

// disconnected tells whether the error means that the other side, or something
// on the way, ended the connection.
func disconnected(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, end) {
			return true
		}
	}
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "read" || op.Op == "write")
}

// asDisconnected wraps ErrDisconnected around an error that means just that.
func asDisconnected(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return ErrDisconnected
	case disconnected(err):
		return fmt.Errorf("%w: %w", ErrDisconnected, err)
	}
	return err
}

// logEnd logs the end of the connection: loudly only if the peer ceased to
// speak the protocol, as the rest is told to those whom it concerns.
func (c *Conn) logEnd(err *Error, ready bool) {
	level := slog.LevelDebug
	if ready && errors.Is(err, ErrProtocol) {
		level = slog.LevelWarn
	}
	c.cfg.Logger.Log(context.Background(), level, "kafka: connection ended", "broker", c.addr, "err", err.Err)
}
