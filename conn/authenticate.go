package conn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/barnabas-go/kafka/conn/sasl"
	"github.com/barnabas-go/kafka/protocol"
)

// How a connection authenticates: SaslHandshake names the mechanism, and then the
// tokens of the mechanism go to and fro, in SaslAuthenticate requests (KIP-152), or
// before Kafka 1.0 as they are, each with its length before it. Kafka 0.9 knows
// GSSAPI alone, and no handshake.

// ErrSASLClosed tells that the broker closed the connection while it authenticated.
// Kafka before 1.0 so refuses credentials; later it says that it does.
var ErrSASLClosed = errors.New("connection closed while it authenticated")

// MechanismError tells that the broker does not have the SASL mechanism. It wraps
// [protocol.ErrUnsupportedSaslMechanism].
type MechanismError struct {
	// Mechanism that the client wants.
	Mechanism string
	// Enabled are those that the broker has on this listener.
	Enabled []string
}

// Error names all mechanisms.
func (e *MechanismError) Error() string {
	enabled := "none"
	if len(e.Enabled) > 0 {
		enabled = strings.Join(e.Enabled, ", ")
	}
	return fmt.Sprintf("SASL mechanism %s is not enabled at the broker, but %s is", e.Mechanism, enabled)
}

// Unwrap returns the broker's code.
func (e *MechanismError) Unwrap() error { return protocol.ErrUnsupportedSaslMechanism }

// Retriable is false: the client or the broker must be configured otherwise.
func (e *MechanismError) Retriable() bool { return false }

const (
	hintCredentials = "check user name and password or token of Config.SASL (sasl.username, sasl.password, sasl.jaas.config), " +
		"and that the broker has them for this mechanism"
	hintMechanism = "set Config.SASL (sasl.mechanism) to one of these, or sasl.enabled.mechanisms of the broker's listener"
	hintNoSASL    = "the listener does not authenticate clients: use the port of a SASL listener, " +
		"or leave Config.SASL nil (security.protocol=PLAINTEXT or SSL)"
	hintSASLClosed = "brokers before Kafka 1.0 do so if the credentials are wrong; their log tells"
	hintChallenge  = "is this the right broker, and does nothing on the way pretend to be one?"
	hintNoRelease  = "Kafka 0.9 authenticates by GSSAPI alone, which Config.APIVersion (api.version) must be 0.9 for; other mechanisms need 0.10 or later"
)

// authenticate authenticates a new connection, if that is configured. If that
// fails it closes the connection.
func (d *dialer) authenticate(ctx context.Context, c *Conn, v *Versions) *Error {
	if d.cfg.SASL == nil {
		return nil
	}
	d.onState(StateAuthenticating)
	err := c.authenticate(ctx, v)
	if err == nil {
		return nil
	}
	c.Close()
	if ctx.Err() != nil {
		err.Err, err.permanent = d.interrupted(ctx, err.Err)
	}
	return err
}

// authenticate runs one exchange of tokens.
func (c *Conn) authenticate(ctx context.Context, v *Versions) *Error {
	broker, err := c.saslBroker()
	if err != nil {
		return c.saslError(err)
	}
	session, err := c.cfg.SASL.Start(ctx, broker)
	if err != nil {
		return c.saslError(err)
	}
	exchange, err := c.handshake(ctx, v)
	if err != nil {
		return c.saslError(err)
	}
	defer c.auth.raw.Store(false)
	token, done, err := session.Step(ctx, nil)
	for err == nil && !done {
		var challenge []byte
		if challenge, err = exchange(ctx, token); err == nil {
			token, done, err = session.Step(ctx, challenge)
		}
	}
	if err != nil {
		return c.saslError(err)
	}
	return nil
}

// saslBroker describes the broker to a mechanism.
func (c *Conn) saslBroker() (sasl.Broker, error) {
	address, err := ParseAddress(c.addr)
	if err != nil {
		return sasl.Broker{}, err
	}
	return sasl.Broker{Host: address.Host, Port: address.Port, TLS: c.cfg.TLS, Dial: c.cfg.Dialer.DialContext}, nil
}

// exchanger sends a token and returns the broker's.
type exchanger func(ctx context.Context, token []byte) ([]byte, error)

// handshake agrees upon the mechanism, and returns how the tokens are sent.
func (c *Conn) handshake(ctx context.Context, v *Versions) (exchanger, error) {
	name := c.cfg.SASL.Name()
	version, ok := v.Highest(protocol.SaslHandshake)
	if !ok {
		if name != "GSSAPI" {
			return nil, &FeatureError{Feature: "SASL mechanism " + name, Since: "0.10", Broker: c.addr, Release: v.Release(), Fixed: v.Fixed}
		}
		c.auth.raw.Store(true)
		return c.sendRaw, nil
	}
	authenticate, ok := v.Highest(protocol.SaslAuthenticate)
	if !ok {
		version = 0
	}
	resp, err := c.ask(ctx, &protocol.SaslHandshakeRequest{Mechanism: name}, version)
	if err != nil {
		return nil, err
	}
	switch answer := resp.(*protocol.SaslHandshakeResponse); answer.ErrorCode {
	case protocol.ErrNone:
	case protocol.ErrUnsupportedSaslMechanism:
		return nil, &MechanismError{Mechanism: name, Enabled: answer.Mechanisms}
	default:
		return nil, &protocol.BrokerError{Code: answer.ErrorCode, API: protocol.SaslHandshake, Partition: -1}
	}
	if version == 0 {
		c.auth.raw.Store(true)
		return c.sendRaw, nil
	}
	return func(ctx context.Context, token []byte) ([]byte, error) { return c.sendToken(ctx, token, authenticate) }, nil
}

// sendToken sends a token in a SaslAuthenticate request.
func (c *Conn) sendToken(ctx context.Context, token []byte, version int16) ([]byte, error) {
	resp, err := c.ask(ctx, &protocol.SaslAuthenticateRequest{AuthBytes: token}, version)
	if err != nil {
		return nil, err
	}
	answer := resp.(*protocol.SaslAuthenticateResponse)
	if answer.ErrorCode == protocol.ErrNone {
		c.noteLifetime(answer.SessionLifetimeMs)
		return answer.AuthBytes, nil
	}
	e := &protocol.BrokerError{Code: answer.ErrorCode, API: protocol.SaslAuthenticate, Partition: -1}
	if answer.ErrorMessage != nil {
		e.Message = *answer.ErrorMessage
	}
	return nil, e
}

// ask sends a request of the authentication, before all others.
func (c *Conn) ask(ctx context.Context, req protocol.Request, version int16) (protocol.Response, error) {
	done := make(chan *Call, 1)
	call := newCall(req, 2*c.cfg.ConnectTimeout, done) // ctx ends before
	call.Version, call.authenticates = version, true
	c.start(call)
	select {
	case <-done:
		return call.Response, call.Err
	case <-ctx.Done():
		c.abandon(call)
		return nil, ctx.Err()
	}
}

// saslError makes an error of the set-up of what failed.
func (c *Conn) saslError(err error) *Error {
	e := &Error{Broker: c.addr, Stage: StageSASL, Err: err}
	if cause := (*Error)(nil); errors.As(err, &cause) {
		e.Err, e.Hint, e.permanent = cause.Err, cause.Hint, cause.permanent
	}
	var unsupported *MechanismError
	var feature *FeatureError
	switch {
	case errors.As(err, &unsupported):
		e.Hint, e.permanent = hintMechanism, true
	case errors.As(err, &feature):
		e.Hint, e.permanent = hintNoRelease, true
	case errors.Is(err, protocol.ErrSaslAuthenticationFailed):
		e.Hint, e.permanent = hintCredentials, true
	case errors.Is(err, protocol.ErrIllegalSaslState):
		e.Hint, e.permanent = hintNoSASL, true
	case errors.Is(err, sasl.ErrCredentials):
		e.permanent = true
	case errors.Is(err, sasl.ErrChallenge):
		e.Hint, e.permanent = hintChallenge, true
	case errors.Is(err, ErrDisconnected):
		e.Err, e.Hint = fmt.Errorf("%w: %w", ErrSASLClosed, e.Err), hintSASLClosed
	}
	e.Err = fmt.Errorf("%s: %w", c.cfg.SASL.Name(), e.Err)
	return e
}
