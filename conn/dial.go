package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Dial connects to the broker at addr, host:port as [ParseAddress] reads it:
// it dials, does the TLS handshake if one is configured, asks for the broker's API
// versions, and authenticates if that is configured. Config.ConnectTimeout bounds
// all of it, ctx too. The error is an [*Error].
func Dial(ctx context.Context, addr string, cfg Config) (*Conn, error) {
	d := &dialer{addr: addr, node: noNode, onState: func(State) {}}
	if err := d.configure(cfg); err != nil {
		return nil, err
	}
	return d.dial(ctx, 0)
}

// noNode is the id of a broker that is known by its address alone.
const noNode = -1

// dialer makes connections to one address.
type dialer struct {
	addr    string
	node    int32 // noNode if the address is not one that the cluster has for a broker
	address Address
	cfg     Config
	fixed   *Versions // those of Config.APIVersion; nil: the broker is asked
	onState func(State)
	onEnd   func(*Conn, *Error) // of connections that were returned; nil: none

	began  time.Time // of one attempt
	remote net.Addr  // of its last network connection, nil if there was none
}

// configure checks and completes address and configuration.
func (d *dialer) configure(cfg Config) error {
	address, err := ParseAddress(d.addr)
	if err := errors.Join(err, cfg.Validate()); err != nil {
		return &Error{Broker: d.addr, Stage: StageConfig, Err: err, permanent: true}
	}
	d.address, d.cfg = address, cfg.withDefaults()
	if cfg.APIVersion != "" {
		r, _ := parseRelease(cfg.APIVersion) // Validate did, too
		d.fixed = r.versions()
		d.fixed.Fixed = true
	}
	return nil
}

// dial makes a connection that is ready for requests. timeouts is how many attempts
// before this one took too long: it may take the longer (KIP-601).
func (d *dialer) dial(ctx context.Context, timeouts int) (*Conn, error) {
	one := *d
	one.began = time.Now()
	if timeouts > 0 {
		longer := Backoff{Base: d.cfg.ConnectTimeout, Max: d.cfg.ConnectTimeoutMax}
		one.cfg.ConnectTimeout = longer.Delay(timeouts + 1).Round(time.Millisecond)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, one.cfg.ConnectTimeout, ErrConnectTimeout)
	defer cancel()
	c, err := one.negotiate(ctx)
	one.judge(one.remote, err == nil)
	if err != nil {
		one.tellFailed(err)
	}
	return c, err
}

// judge tells the one who chooses among the addresses of a name how it went with
// one of them.
func (d *dialer) judge(remote net.Addr, good bool) {
	n, ok := d.cfg.Dialer.(*NetDialer)
	switch {
	case !ok || remote == nil:
	case good:
		n.success(remote)
	default:
		n.setback(remote)
	}
}

// negotiate opens a connection and learns what the broker speaks, unless that is
// set. A broker before 0.10 does not know the question: then it is found out which
// release it may be, and its versions are taken for granted.
func (d *dialer) negotiate(ctx context.Context) (*Conn, error) {
	if d.fixed != nil {
		if err := d.checkFixed(ctx); err != nil {
			return nil, err
		}
		return d.assume(ctx, d.fixed)
	}
	r := d.cfg.OldBrokers.at(d.addr)
	if r == nil {
		c, first := d.ask(ctx, d.cfg.ConnectTimeout/4)
		if first == nil {
			return c, nil
		}
		var err *Error
		if !d.cfg.OldBrokers.tells(d.addr) {
			r, err = d.findRelease(ctx, first)
		} else if !errors.Is(first, errSilent) {
			err = first
		}
		switch {
		case err != nil && errors.Is(err, ErrDisconnected) && errors.Is(first, ErrDisconnected):
			return nil, d.closesAll(first)
		case err != nil:
			return nil, err
		case r == nil:
			c, err = d.ask(ctx, d.cfg.ConnectTimeout)
			return c, asError(err)
		}
		d.cfg.OldBrokers.note(d.addr, r)
	}
	return d.assume(ctx, r.versions())
}

// assume opens a connection to a broker that is known to have some versions.
func (d *dialer) assume(ctx context.Context, v *Versions) (*Conn, error) {
	c, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.authenticate(ctx, c, v); err != nil {
		return nil, err
	}
	d.ready(c, v)
	return c, nil
}

// ask opens a connection and asks for the API versions. A broker that says
// nothing is looked at more closely, for as long as given.
func (d *dialer) ask(ctx context.Context, patience time.Duration) (*Conn, *Error) {
	c, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, min(silence, d.cfg.ConnectTimeout/4))
	defer cancel()
	versions, askErr := c.askVersions(limited)
	if askErr != nil && limited.Err() != nil && ctx.Err() == nil {
		if askErr = c.trySilent(ctx, patience); askErr == nil { // it was only slow
			versions, askErr = c.askVersions(ctx)
		}
	}
	if askErr == nil {
		d.cfg.OldBrokers.others.Store(d.addr, struct{}{})
		if err := d.authenticate(ctx, c, versions); err != nil {
			return nil, err
		}
		d.ready(c, versions)
		return c, nil
	}
	c.Close()
	return nil, d.setupError(ctx, askErr)
}

// closesAll adds to the error what a peer may be that closes the connection
// upon whatever it is asked.
func (d *dialer) closesAll(err *Error) *Error {
	switch {
	case err.Hint != "":
	case d.cfg.TLS != nil:
		err.Hint = hintClosesAllTLS
	default:
		err.Hint = hintClosesAll
	}
	return err
}

// asError keeps a nil *Error from being an error.
func asError(err *Error) error {
	if err == nil {
		return nil
	}
	return err
}

// connect opens a connection and starts its goroutines.
func (d *dialer) connect(ctx context.Context) (*Conn, *Error) {
	conn, raw, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	return newConn(d.peer(), d.cfg, conn, raw), nil
}

// ready makes a connection one for requests.
func (d *dialer) ready(c *Conn, v *Versions) {
	c.tellConnected(d.began)
	c.mu.Lock()
	c.versions, c.onEnd = v, d.onEnd
	ended := c.err
	c.mu.Unlock()
	if ended != nil { // when nobody knew of it
		c.tellEnded(ended)
	}
}

// open dials, and does the TLS handshake.
func (d *dialer) open(ctx context.Context) (conn, raw net.Conn, _ *Error) {
	d.onState(StateConnecting)
	raw, err := d.cfg.Dialer.DialContext(ctx, d.address.network(), d.address.String())
	if err != nil {
		err, permanent := d.interrupted(ctx, err)
		stage, hint := dialFailure(err, d.node != noNode)
		return nil, nil, &Error{Broker: d.addr, Stage: stage, Err: err, Hint: hint, permanent: permanent}
	}
	d.remote = raw.RemoteAddr()
	d.setSocketOptions(raw)
	if d.cfg.TLS == nil {
		return raw, raw, nil
	}
	d.onState(StateHandshake)
	secured := tls.Client(raw, d.tlsConfig())
	if err := secured.HandshakeContext(ctx); err != nil {
		raw.Close() // err is what went wrong
		err, ended := d.interrupted(ctx, err)
		hint, permanent := tlsFailure(err)
		return nil, nil, &Error{Broker: d.addr, Stage: StageTLS, Err: asDisconnected(err), Hint: hint, permanent: permanent || ended}
	}
	return secured, raw, nil
}

// tlsConfig is the configuration of TLS with the name that the broker must have.
// crypto/tls does not tell VerifyConnection a name that is an address.
func (d *dialer) tlsConfig() *tls.Config {
	cfg := d.cfg.TLS.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName = d.address.Host
	}
	if verify := cfg.VerifyConnection; verify != nil {
		cfg.VerifyConnection = func(cs tls.ConnectionState) error {
			cs.ServerName = cfg.ServerName
			return verify(cs)
		}
	}
	return cfg
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
	e := &Error{Broker: d.addr, Stage: StageAPIVersions, Err: err}
	if cause := (*Error)(nil); errors.As(err, &cause) {
		*e = *cause
		if e.Stage == StageRequest {
			e.Stage = StageAPIVersions
		}
	}
	if errors.Is(e.Err, ctx.Err()) {
		e.Err, e.permanent = d.interrupted(ctx, e.Err)
		e.Hint = hintSilent
	}
	return e
}

// askVersions asks a broker for its API versions, in the highest version of the
// question that this client has and then, if the broker says so, in the highest
// that the broker has.
func (c *Conn) askVersions(ctx context.Context) (*Versions, error) {
	req := &protocol.ApiVersionsRequest{
		ClientSoftwareName:    softwareName,
		ClientSoftwareVersion: softwareVersion(),
	}
	version := protocol.Lookup(protocol.ApiVersions).Max
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
