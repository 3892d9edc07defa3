package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// RenewDelegationTokenRequest lets a delegation token live longer (KIP-48).
type RenewDelegationTokenRequest struct {
	// HMAC of the token, a secret.
	HMAC []byte
	// RenewPeriodMs is for how long from now, -1 for the broker's default.
	RenewPeriodMs int64
}

// APIKey returns RenewDelegationToken.
func (*RenewDelegationTokenRequest) APIKey() APIKey { return RenewDelegationToken }

// Code codes the request.
func (r *RenewDelegationTokenRequest) Code(c *wire.Coder) {
	c.Bytes(&r.HMAC)
	c.Int64(&r.RenewPeriodMs)
	c.Tags()
}

// RenewDelegationTokenResponse tells until when the token lives.
type RenewDelegationTokenResponse struct {
	ErrorCode ErrorCode
	// ExpiryTimestampMs is when the token expires, in milliseconds since 1970.
	ExpiryTimestampMs int64
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
}

// APIKey returns RenewDelegationToken.
func (*RenewDelegationTokenResponse) APIKey() APIKey { return RenewDelegationToken }

// Throttle returns for how long the client shall pause.
func (r *RenewDelegationTokenResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *RenewDelegationTokenResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	c.Int64(&r.ExpiryTimestampMs)
	c.Int32(&r.ThrottleTimeMs)
	c.Tags()
}
