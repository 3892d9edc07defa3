package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// API describes one API and the versions of it that this package speaks.
type API struct {
	Key  APIKey
	Name string
	// Min and Max are the lowest and highest version that this package speaks:
	// all that Kafka 3.9.1 or 4.3.1 knows of.
	Min, Max int16
	// Flexible is the first version with compact lengths and tagged fields
	// (KIP-482).
	Flexible int16

	newRequest  func() Request
	newResponse func() Response
}

// NewRequest returns an empty request of the API.
func (a *API) NewRequest() Request { return a.newRequest() }

// NewResponse returns an empty response of the API.
func (a *API) NewResponse() Response { return a.newResponse() }

// IsFlexible tells whether a version of the API has compact lengths and tagged
// fields.
func (a *API) IsFlexible(version int16) bool { return version >= a.Flexible }

// Lookup returns the description of an API, nil if this package does not know
// it.
func Lookup(key APIKey) *API {
	if key < 0 || int(key) >= len(byKey) {
		return nil
	}
	return byKey[key]
}

// Message is a request or a response: a struct whose fields Code names in wire
// order for the Coder's version.
type Message interface {
	APIKey() APIKey
	Code(*wire.Coder)
}

// Request is a message to a broker. A request value has no version: the
// connection picks the highest that both sides speak, and encoding fails with
// an error that wraps [wire.ErrUnsupported] if that version lacks a field which
// was set and matters.
type Request interface{ Message }

// Response is a broker's answer.
type Response interface{ Message }

// A VersionLimiter is a request whose value cannot be carried by versions above
// a certain one: a fetch by topic name, where later versions take topic ids.
type VersionLimiter interface {
	// MaxVersion returns the highest version that can carry the value.
	MaxVersion() int16
}

// An Unanswered request may be one that brokers never answer: a produce request
// with acks 0.
type Unanswered interface {
	// NoResponse tells that there will be no response.
	NoResponse() bool
}

// Throttled is a response that may tell the client to pause (KIP-219).
type Throttled interface {
	// Throttle returns for how long the client shall send nothing more to the
	// broker, 0 if it need not pause. In versions from before Kafka 2.0 the
	// broker has already waited for that long.
	Throttle() time.Duration
}

// AtMost returns req limited to versions up to max, for where a higher version
// has the same fields but means something that the cluster does not do: EndTxn
// v5, for instance, needs transactions of version 2 (KIP-890).
func AtMost(req Request, max int16) Request { return &limited{req, max} }

type limited struct {
	Request
	max int16
}

func (l *limited) MaxVersion() int16 {
	if inner, ok := l.Request.(VersionLimiter); ok {
		return min(l.max, inner.MaxVersion())
	}
	return l.max
}

func (l *limited) NoResponse() bool {
	inner, ok := l.Request.(Unanswered)
	return ok && inner.NoResponse()
}
