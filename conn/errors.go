package conn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/barnabas-go/kafka/protocol"
)

// Errors that an [*Error] wraps.
var (
	// ErrClosed is the end of a connection or Broker that was closed on this
	// side.
	ErrClosed = errors.New("connection closed")
	// ErrIdle is the end of a connection that had no request for
	// Config.MaxIdle.
	ErrIdle = errors.New("connection closed after being idle")
	// ErrDisconnected is the end of a connection that the broker, or something
	// on the way, closed.
	ErrDisconnected = errors.New("connection closed by the broker")
	// ErrTooManyInFlight fails a call beyond Config.MaxInFlight.
	ErrTooManyInFlight = errors.New("too many requests in flight")
	// ErrRequestTimeout fails a call without a response in time, and with it
	// the connection: responses that come later would be of unknown age.
	ErrRequestTimeout = errors.New("request timed out")
	// ErrConnectTimeout fails a connection that was not ready within
	// Config.ConnectTimeout.
	ErrConnectTimeout = errors.New("connect timed out")
	// ErrProtocol is wrapped where the peer does not speak the protocol as it
	// must.
	ErrProtocol = errors.New("protocol error")
)

// Stage tells how far a connection had come when it failed.
type Stage string

// Stages of a connection, in order.
const (
	StageConfig      Stage = "config"
	StageResolve     Stage = "resolve"
	StageDial        Stage = "dial"
	StageTLS         Stage = "tls"
	StageAPIVersions Stage = "apiversions"
	StageSASL        Stage = "sasl"
	StageMetadata    Stage = "metadata" // of the first request, for the cluster's brokers
	StageRequest     Stage = "request"
)

// Error is what happened to a connection.
type Error struct {
	// Broker is the host:port.
	Broker string
	// Stage is where it happened.
	Stage Stage
	// Err is the cause.
	Err error
	// Hint guesses at the reason and says what to change; often empty.
	Hint string

	permanent bool
	call      *Call // that it names already
}

// Error names the broker, the stage, the cause and the hint.
func (e *Error) Error() string {
	stage, cause := string(e.Stage)+": ", e.Err.Error()
	s := "broker " + e.Broker + ": " + stage + strings.TrimPrefix(cause, stage)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retriable tells whether the same may succeed later, on a new connection. What
// a configuration must change is not retriable, nor what a context ended.
func (e *Error) Retriable() bool { return !e.permanent }

// UnsupportedError tells that client and broker share no version of an API, or
// none that can carry the request.
type UnsupportedError struct {
	// Broker is the host:port.
	Broker string
	// API that was asked for.
	API protocol.APIKey
	// ClientMin and ClientMax are the versions this client can use for the
	// request.
	ClientMin, ClientMax int16
	// BrokerMin and BrokerMax are the versions the broker speaks; both -1 if it
	// does not know the API.
	BrokerMin, BrokerMax int16
	// Fixed is the release by which Config.APIVersion sets the broker's versions;
	// empty if the broker was asked.
	Fixed string
	// Release is what the broker seems to be, and Since the first release that has
	// the API; both empty if that is not why the broker lacks it.
	Release, Since string
}

// Error names the broker, the API and both sides' versions.
func (e *UnsupportedError) Error() string {
	if e.Fixed != "" {
		return fmt.Sprintf("broker %s: %s is not supported by Kafka %s, which Config.APIVersion (api.version) says the broker is: set a newer release, or none to have it asked",
			e.Broker, e.API, e.Fixed)
	}
	if e.Since != "" {
		return fmt.Sprintf("broker %s: %s is not supported: Kafka %s or later is needed, the broker is Kafka %s",
			e.Broker, e.API, e.Since, e.Release)
	}
	if e.BrokerMax < 0 {
		return fmt.Sprintf("broker %s: %s is not supported: the broker does not have this API; it needs a newer release, or another listener or process role",
			e.Broker, e.API)
	}
	advice := "the broker is too old for it"
	if e.ClientMax < e.BrokerMin {
		advice = "the client is too old for it"
	}
	return fmt.Sprintf("broker %s: %s is not supported: the client can use versions %d to %d for the request, the broker has %d to %d; %s",
		e.Broker, e.API, e.ClientMin, e.ClientMax, e.BrokerMin, e.BrokerMax, advice)
}

// Retriable is false: another try meets the same versions.
func (e *UnsupportedError) Retriable() bool { return false }

// FeatureError tells that a broker is too old for something that was asked of it.
type FeatureError struct {
	// Feature is what the broker does not know, such as "record headers".
	Feature string
	// Since is the first release of Kafka that has it.
	Since string
	// Broker is the host:port.
	Broker string
	// Release is that of the broker, as far as it can be told; empty if not.
	Release string
	// Fixed tells that Release is what Config.APIVersion says.
	Fixed bool
	// Topic that it was asked for; empty if it was not for one.
	Topic string
}

// Lacks returns the error that the broker does not have a feature, which came
// with the given release of Kafka.
func (c *Conn) Lacks(feature, since string) *FeatureError {
	return &FeatureError{Feature: feature, Since: since, Broker: c.addr, Release: c.versions.Release(), Fixed: c.versions.Fixed}
}

// Error names the feature, both releases, and the topic.
func (e *FeatureError) Error() string {
	release := "older"
	if e.Release != "" {
		release = "Kafka " + e.Release
	}
	if e.Fixed {
		release += " by Config.APIVersion (api.version)"
	}
	s := fmt.Sprintf("%s: Kafka %s or later is needed, broker %s is %s", e.Feature, e.Since, e.Broker, release)
	if e.Topic != "" {
		s = "topic " + e.Topic + ": " + s
	}
	return s
}

// Retriable is false: another try meets the same broker.
func (e *FeatureError) Retriable() bool { return false }
