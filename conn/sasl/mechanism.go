package sasl

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
)

// Mechanism is a way to authenticate. It serves all connections of its clients,
// so that it must be safe for concurrent use.
type Mechanism interface {
	// Name is the one that brokers have in sasl.enabled.mechanisms, such as
	// "PLAIN".
	Name() string
	// Start begins to authenticate one connection.
	Start(ctx context.Context, broker Broker) (Session, error)
}

// Session is one exchange of tokens with a broker. It is used by one goroutine.
type Session interface {
	// Step takes what the broker sent, nil at the beginning, and returns what to
	// send next. It is done when the broker has proved all that the mechanism
	// wants of it; then nothing more is sent.
	Step(ctx context.Context, challenge []byte) (token []byte, done bool, err error)
}

// Broker is whom a session authenticates to.
type Broker struct {
	// Host and Port are the broker's, as the client connects to it.
	Host string
	Port int
	// TLS is the client's configuration of TLS, nil for plaintext.
	TLS *tls.Config
	// Dial makes network connections as the client does, for mechanisms that have
	// others than the broker to ask. Nil is a net.Dialer's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Errors that those of a mechanism wrap, and which another try does not mend.
var (
	// ErrCredentials tells that credentials cannot be used by the mechanism.
	ErrCredentials = errors.New("unusable credentials")
	// ErrChallenge tells that the broker sent what the mechanism does not allow,
	// such as a proof of its own identity that is wrong: it may be somebody else.
	ErrChallenge = errors.New("the broker broke off from the mechanism")
)
