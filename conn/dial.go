package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/barnabas-go/kafka/protocol"
)

// Dial connects to the broker at addr, host:port as [ParseAddress] reads it:
// it dials, does the TLS handshake if one is configured, and asks for the
// broker's API versions. Config.ConnectTimeout bounds all of it, ctx too. The
// error is an [*Error].
func Dial(ctx context.Context, addr string, cfg Config) (*Conn, error) {
	d := &dialer{addr: addr, onState: func(State) {}}
	if err := d.configure(cfg); err != nil {
		return nil, err
	}
	return d.dial(ctx)
}

// dialer makes connections to one address.
type dialer struct {
	addr    string
	address Address
	cfg     Config
	onState func(State)
	onEnd   func(*Conn, *Error) // of connections that were returned; nil: none
}

// configure checks and completes address and configuration.
func (d *dialer) configure(cfg Config) error {
	address, err := ParseAddress(d.addr)
	if err := errors.Join(err, cfg.Validate()); err != nil {
		return &Error{Broker: d.addr, Stage: StageConfig, Err: err, permanent: true}
	}
	d.address, d.cfg = address, cfg.withDefaults()
	return nil
}

// dial makes a connection that is ready for requests.
func (d *dialer) dial(ctx context.Context) (*Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.cfg.ConnectTimeout, ErrConnectTimeout)
	defer cancel()
	return d.negotiate(ctx)
}

// negotiate opens a connection and learns what the broker speaks. If the broker
// closes it upon that question, so that it may be one before 0.10, it is asked
// once more in the question's oldest version, and then probed for its release,
// each on a new connection, as old brokers close them upon what they do not
// know.
func (d *dialer) negotiate(ctx context.Context) (*Conn, error) {
	var first *Error
	for _, version := range []int16{protocol.Lookup(protocol.ApiVersions).Max, 0} {
		c, err := d.attempt(ctx, func(c *Conn) (*Versions, error) { return c.askVersions(ctx, version) })
		if err == nil || !errors.Is(err, ErrDisconnected) {
			return c, asError(err)
		}
		if first == nil {
			first = err
		}
	}
	for _, r := range oldReleases {
		c, err := d.attempt(ctx, func(c *Conn) (*Versions, error) { return c.probe(ctx, r) })
		if err == nil || !errors.Is(err, ErrDisconnected) {
			return c, asError(err)
		}
	}
	if first.Hint == "" {
		first.Hint = hintClosesAll
		if d.cfg.TLS != nil {
			first.Hint = hintClosesAllTLS
		}
	}
	return nil, first
}

// asError keeps a nil *Error from being an error.
func asError(err *Error) error {
	if err == nil {
		return nil
	}
	return err
}

// attempt opens a connection and lets ask find out its versions.
func (d *dialer) attempt(ctx context.Context, ask func(*Conn) (*Versions, error)) (*Conn, *Error) {
	conn, raw, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	c := newConn(d.addr, d.cfg, conn, raw)
	versions, askErr := ask(c)
	if askErr != nil {
		c.Close()
		return nil, d.setupError(ctx, askErr)
	}
	c.mu.Lock()
	c.versions, c.onEnd = versions, d.onEnd
	c.mu.Unlock()
	return c, nil
}

// open dials, and does the TLS handshake.
func (d *dialer) open(ctx context.Context) (conn, raw net.Conn, _ *Error) {
	d.onState(StateConnecting)
	raw, err := d.cfg.Dialer.DialContext(ctx, d.address.network(), d.address.String())
	if err != nil {
		err, permanent := d.interrupted(ctx, err)
		stage, hint := dialFailure(err)
		return nil, nil, &Error{Broker: d.addr, Stage: stage, Err: err, Hint: hint, permanent: permanent}
	}
	if d.cfg.TLS == nil {
		return raw, raw, nil
	}
	d.onState(StateHandshake)
	cfg := d.cfg.TLS
	if cfg.ServerName == "" {
		cfg = cfg.Clone()
		cfg.ServerName = d.address.Host
	}
	secured := tls.Client(raw, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		raw.Close() // err is what went wrong
		err, ended := d.interrupted(ctx, err)
		hint, permanent := tlsFailure(err)
		return nil, nil, &Error{Broker: d.addr, Stage: StageTLS, Err: err, Hint: hint, permanent: permanent || ended}
	}
	return secured, raw, nil
}

// interrupted replaces the error that the end of ctx caused by the reason for
// it, and tells whether that was the caller's.
func (d *dialer) interrupted(ctx context.Context, err error) (cause error, byCaller bool) {
	switch {
	case ctx.Err() == nil:
		return err, false
	case context.Cause(ctx) == ErrConnectTimeout:
		return fmt.Errorf("%w after %v", ErrConnectTimeout, d.cfg.ConnectTimeout), false
	default:
		return context.Cause(ctx), true
	}
}

// setupError makes an error of the negotiation one of the set-up.
func (d *dialer) setupError(ctx context.Context, err error) *Error {
	e := &Error{Broker: d.addr, Err: err}
	if cause := (*Error)(nil); errors.As(err, &cause) {
		*e = *cause
	}
	e.Stage = StageAPIVersions
	if errors.Is(e.Err, ctx.Err()) {
		e.Err, e.permanent = d.interrupted(ctx, e.Err)
		e.Hint = hintSilent
	}
	return e
}

// askVersions asks a broker for its API versions, in the given version of the
// question and then, if the broker says so, in the highest that it knows.
func (c *Conn) askVersions(ctx context.Context, version int16) (*Versions, error) {
	req := &protocol.ApiVersionsRequest{
		ClientSoftwareName:    softwareName,
		ClientSoftwareVersion: softwareVersion(),
	}
	for {
		resp, err := c.roundTrip(ctx, req, version, c.cfg.ConnectTimeout)
		if err != nil {
			return nil, err
		}
		answer := resp.(*protocol.ApiVersionsResponse)
		switch {
		case answer.ErrorCode == protocol.ErrNone:
			return newVersions(answer), nil
		case answer.ErrorCode == protocol.ErrUnsupportedVersion && version > 0:
			r := newVersions(answer).apis[protocol.ApiVersions] // zero before Kafka 2.4
			version = max(0, min(version-1, r.Max))
		default:
			return nil, &protocol.BrokerError{Code: answer.ErrorCode, Broker: c.addr, API: protocol.ApiVersions, Partition: -1}
		}
	}
}

// probe asks what only brokers since a release answer.
func (c *Conn) probe(ctx context.Context, r release) (*Versions, error) {
	if _, err := c.roundTrip(ctx, r.probe, 0, c.cfg.ConnectTimeout); err != nil {
		return nil, err
	}
	return &Versions{Assumed: r.name, FinalizedEpoch: -1, apis: r.apis}, nil
}
