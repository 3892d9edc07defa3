package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeDelegationTokenRequest asks for delegation tokens (KIP-48).
type DescribeDelegationTokenRequest struct {
	// Owners whose tokens to describe, nil for all.
	Owners []TokenPrincipal
}

// APIKey returns DescribeDelegationToken.
func (*DescribeDelegationTokenRequest) APIKey() APIKey { return DescribeDelegationToken }

// Code codes the request.
func (r *DescribeDelegationTokenRequest) Code(c *wire.Coder) {
	wire.NullableArray(c, &r.Owners, (*TokenPrincipal).code)
	c.Tags()
}

// DescribeDelegationTokenResponse describes the tokens.
type DescribeDelegationTokenResponse struct {
	ErrorCode ErrorCode
	// Tokens that the client may see.
	Tokens []DescribeDelegationTokenResponseToken
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
}

// DescribeDelegationTokenResponseToken is a token. Its times are in milliseconds
// since 1970.
type DescribeDelegationTokenResponseToken struct {
	// PrincipalType and PrincipalName are the owner's.
	PrincipalType string
	PrincipalName string
	// TokenRequesterPrincipalType and TokenRequesterPrincipalName are of who
	// created the token. Since v3 (KIP-373).
	TokenRequesterPrincipalType string
	TokenRequesterPrincipalName string
	// IssueTimestamp is when the token was created.
	IssueTimestamp int64
	// ExpiryTimestamp is when it expires unless it is renewed.
	ExpiryTimestamp int64
	// MaxTimestamp is until when it can be renewed.
	MaxTimestamp int64
	// TokenID is the user name for SASL/SCRAM.
	TokenID string
	// HMAC is a secret; in base64 it is the password for SASL/SCRAM.
	HMAC []byte
	// Renewers may renew the token, besides its owner.
	Renewers []TokenPrincipal
}

// APIKey returns DescribeDelegationToken.
func (*DescribeDelegationTokenResponse) APIKey() APIKey { return DescribeDelegationToken }

// Throttle returns for how long the client shall pause.
func (r *DescribeDelegationTokenResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *DescribeDelegationTokenResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	wire.Array(c, &r.Tokens, (*DescribeDelegationTokenResponseToken).code)
	c.Int32(&r.ThrottleTimeMs)
	c.Tags()
}

func (t *DescribeDelegationTokenResponseToken) code(c *wire.Coder) {
	c.String(&t.PrincipalType)
	c.String(&t.PrincipalName)
	codeTokenRequester(c, &t.TokenRequesterPrincipalType, &t.TokenRequesterPrincipalName)
	c.Int64(&t.IssueTimestamp)
	c.Int64(&t.ExpiryTimestamp)
	c.Int64(&t.MaxTimestamp)
	c.String(&t.TokenID)
	c.Bytes(&t.HMAC)
	wire.Array(c, &t.Renewers, (*TokenPrincipal).code)
	c.Tags()
}
