package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/barnabas-go/kafka/conn/sasl"
)

// Dialer opens network connections. [*net.Dialer] is one; others lead through
// proxies, or to brokers in memory.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Defaults of [Config].
const (
	DefaultConnectTimeout      = 10 * time.Second
	DefaultConnectTimeoutMax   = 30 * time.Second
	DefaultRequestTimeout      = 30 * time.Second
	DefaultMaxInFlight         = 5
	DefaultMaxIdle             = 9 * time.Minute
	DefaultMaxResponseBytes    = 128 << 20
	DefaultReconnectBackoff    = 50 * time.Millisecond
	DefaultReconnectBackoffMax = time.Second
)

// Config is what a connection needs to know. The zero Config is a plaintext
// connection with all defaults.
type Config struct {
	// ClientID names the client in the broker's logs, quotas and metrics.
	// Default none.
	ClientID string
	// Dialer opens the network connection. Nil is a new [NetDialer], which tries
	// all addresses of a name.
	Dialer Dialer
	// TLS turns on TLS. Nil is plaintext. ServerName is filled in from the
	// broker's address if it is empty.
	TLS *tls.Config
	// SASL is how connections authenticate. Nil: they do not.
	SASL sasl.Mechanism
	// ConnectTimeout bounds the dial, the TLS handshake, the negotiation of API
	// versions and authentication together. Default 10 s.
	ConnectTimeout time.Duration
	// ConnectTimeoutMax is up to where a Broker doubles ConnectTimeout, ±20 %, with
	// each attempt in a row that took too long (KIP-601). Default 30 s.
	ConnectTimeoutMax time.Duration
	// ReceiveBuffer and SendBuffer are the sizes of the socket's buffers in bytes.
	// Default those of the system, which fits them to the connection.
	ReceiveBuffer, SendBuffer int
	// DisableKeepAlive turns TCP's keep-alive probes off, which Dialers turn on as
	// a rule: a net.Dialer sends the first after 15 s of silence.
	DisableKeepAlive bool
	// RequestTimeout bounds one request, from the call to its response.
	// Default 30 s.
	RequestTimeout time.Duration
	// MaxInFlight is how many requests may wait for their response at a time.
	// Default 5.
	MaxInFlight int
	// MaxIdle is how long a connection without requests is kept. Default 9 min,
	// a little less than brokers do; negative: for ever.
	MaxIdle time.Duration
	// MaxResponseBytes is the largest response that is accepted. Default
	// 128 MiB.
	MaxResponseBytes int
	// ReconnectBackoff is how long a Broker waits after a failure before it
	// dials again; it doubles with each further failure up to
	// ReconnectBackoffMax, ±20 %. Defaults 50 ms and 1 s.
	ReconnectBackoff, ReconnectBackoffMax time.Duration
	// OnStateChange, if set, is called for every change of a Broker's state, in
	// order and one at a time. It must not block, nor call the Broker's Conn or
	// Close.
	OnStateChange func(StateChange)
	// APIVersion is the release of Kafka that the broker is taken for, as
	// [ParseRelease] reads it: kafka-python's api_version. The broker is not asked
	// for the versions of its APIs then, but for those of the release, or of an
	// older one. A broker which does not know them is no good: one that is older,
	// or from 4.0 on, where the release is from before 2.1 (KIP-896). Default
	// empty: the broker is asked.
	APIVersion string
	// GuessRelease is for brokers that neither tell their API versions nor fail as
	// those of a release from before 0.10: they are taken for the newest of these
	// one of whose APIs they answer for. Default false: that is an error.
	GuessRelease bool
	// OldBrokers is shared by those who connect to the same brokers, to save them
	// time with Kafka 0.8 and 0.9. Nil: not shared.
	OldBrokers *OldBrokers
	// Hooks are told what connections do.
	Hooks Hooks
	// Meter is told what connections do. Nil: nobody is.
	Meter Meter
	// Logger is where connections log to. Nil is slog.Default().
	Logger *slog.Logger
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	negative := func(name string, v int64) {
		if v < 0 {
			errs = append(errs, fmt.Errorf("conn: Config.%s must not be negative", name))
		}
	}
	negative("ConnectTimeout", int64(c.ConnectTimeout))
	negative("ConnectTimeoutMax", int64(c.ConnectTimeoutMax))
	negative("ReceiveBuffer", int64(c.ReceiveBuffer))
	negative("SendBuffer", int64(c.SendBuffer))
	negative("RequestTimeout", int64(c.RequestTimeout))
	negative("MaxInFlight", int64(c.MaxInFlight))
	negative("MaxResponseBytes", int64(c.MaxResponseBytes))
	negative("ReconnectBackoff", int64(c.ReconnectBackoff))
	negative("ReconnectBackoffMax", int64(c.ReconnectBackoffMax))
	if len(c.ClientID) > maxClientID {
		errs = append(errs, fmt.Errorf("conn: Config.ClientID has %d bytes, the protocol allows %d", len(c.ClientID), maxClientID))
	}
	if c.APIVersion != "" {
		if _, err := ParseRelease(c.APIVersion); err != nil {
			errs = append(errs, fmt.Errorf("conn: Config.APIVersion: %w", err))
		}
	}
	return errors.Join(errs...)
}

// maxClientID is what the two-byte length of the client id in a request header
// allows.
const maxClientID = 1<<15 - 1

// withDefaults returns the configuration with its zero fields filled in.
func (c Config) withDefaults() Config {
	fill(&c.ConnectTimeout, DefaultConnectTimeout)
	fill(&c.ConnectTimeoutMax, DefaultConnectTimeoutMax)
	c.ConnectTimeoutMax = max(c.ConnectTimeoutMax, c.ConnectTimeout)
	fill(&c.RequestTimeout, DefaultRequestTimeout)
	fill(&c.MaxInFlight, DefaultMaxInFlight)
	fill(&c.MaxIdle, DefaultMaxIdle)
	fill(&c.MaxResponseBytes, DefaultMaxResponseBytes)
	fill(&c.ReconnectBackoff, DefaultReconnectBackoff)
	fill(&c.ReconnectBackoffMax, DefaultReconnectBackoffMax)
	c.ReconnectBackoffMax = max(c.ReconnectBackoffMax, c.ReconnectBackoff)
	if c.Dialer == nil {
		c.Dialer = new(NetDialer)
	}
	if c.Meter == nil {
		c.Meter = unmetered{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.OldBrokers == nil {
		c.OldBrokers = new(OldBrokers)
	}
	return c
}

func fill[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}
