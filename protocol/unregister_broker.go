package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// UnregisterBrokerRequest makes a KRaft cluster forget a broker that is gone for
// good (KIP-631).
type UnregisterBrokerRequest struct {
	// BrokerID is its node id.
	BrokerID int32
}

// APIKey returns UnregisterBroker.
func (*UnregisterBrokerRequest) APIKey() APIKey { return UnregisterBroker }

// Code codes the request.
func (r *UnregisterBrokerRequest) Code(c *wire.Coder) {
	c.Int32(&r.BrokerID)
	c.Tags()
}

// UnregisterBrokerResponse tells whether the broker was forgotten.
type UnregisterBrokerResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns UnregisterBroker.
func (*UnregisterBrokerResponse) APIKey() APIKey { return UnregisterBroker }

// Throttle returns for how long the client shall pause.
func (r *UnregisterBrokerResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *UnregisterBrokerResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	c.Tags()
}
