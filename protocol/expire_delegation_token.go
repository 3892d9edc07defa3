package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ExpireDelegationTokenRequest changes when a delegation token expires (KIP-48).
type ExpireDelegationTokenRequest struct {
	// HMAC of the token, a secret.
	HMAC []byte
	// ExpiryTimePeriodMs is how long from now; less than 0 means at once.
	ExpiryTimePeriodMs int64
}

// APIKey returns ExpireDelegationToken.
func (*ExpireDelegationTokenRequest) APIKey() APIKey { return ExpireDelegationToken }

// Code codes the request.
func (r *ExpireDelegationTokenRequest) Code(c *wire.Coder) {
	c.Bytes(&r.HMAC)
	c.Int64(&r.ExpiryTimePeriodMs)
	c.Tags()
}

// ExpireDelegationTokenResponse tells until when the token lives.
type ExpireDelegationTokenResponse struct {
	ErrorCode ErrorCode
	// ExpiryTimestampMs is when the token expires, in milliseconds since 1970.
	ExpiryTimestampMs int64
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
}

// APIKey returns ExpireDelegationToken.
func (*ExpireDelegationTokenResponse) APIKey() APIKey { return ExpireDelegationToken }

// Throttle returns for how long the client shall pause.
func (r *ExpireDelegationTokenResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ExpireDelegationTokenResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	c.Int64(&r.ExpiryTimestampMs)
	c.Int32(&r.ThrottleTimeMs)
	c.Tags()
}
