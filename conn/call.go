package conn

import (
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Call is one request and, once it was sent on its done channel, the outcome.
// That happens exactly once, whatever becomes of the connection. Until then
// only Request may be read, and the request must not be changed.
type Call struct {
	// Request is what was asked.
	Request protocol.Request
	// Response is the broker's answer; nil if Err is not, or if the request is
	// one that brokers do not answer.
	Response protocol.Response
	// Err is an *Error for what happened to the connection or an
	// *UnsupportedError. That a broker answered with an error code is no Err:
	// the Response tells.
	Err error
	// Version of the API that was used.
	Version int16
	// Started is when the call was made.
	Started time.Time
	// Written tells that bytes of the request may have reached the broker.
	// False means that the broker surely did not handle it.
	Written bool

	done          chan<- *Call
	timeout       time.Duration
	correlationID int32
	unanswered    bool // complete once it is written
	authenticates bool // goes before all others, and needs no place
}

func newCall(req protocol.Request, timeout time.Duration, done chan<- *Call) *Call {
	call := &Call{Request: req, Started: time.Now(), done: done, timeout: timeout}
	if u, ok := req.(protocol.Unanswered); ok {
		call.unanswered = u.NoResponse()
	}
	return call
}

func (call *Call) deadline() time.Time { return call.Started.Add(call.timeout) }

// finish sends the call on its done channel. A channel without room, which
// breaks the contract of [Conn.Go], costs a goroutine rather than the
// connection's progress.
func (call *Call) finish(err error) {
	if call.Err = err; err != nil {
		call.Response = nil
	}
	if call.done == nil {
		return
	}
	select {
	case call.done <- call:
	default:
		go func() { call.done <- call }()
	}
}
