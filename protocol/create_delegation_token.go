package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// CreateDelegationTokenRequest creates a token by which others can authenticate
// as its owner (KIP-48).
type CreateDelegationTokenRequest struct {
	// OwnerPrincipalType and OwnerPrincipalName are the owner's, nil for the
	// client's own. Since v3 (KIP-373).
	OwnerPrincipalType *string
	OwnerPrincipalName *string
	// Renewers may renew the token, besides its owner.
	Renewers []TokenPrincipal
	// MaxLifetimeMs is for how long the token can be renewed at all, -1 for the
	// broker's default.
	MaxLifetimeMs int64
}

// TokenPrincipal is an owner or renewer of delegation tokens.
type TokenPrincipal struct {
	// PrincipalType is "User".
	PrincipalType string
	PrincipalName string
}

func (p *TokenPrincipal) code(c *wire.Coder) {
	c.String(&p.PrincipalType)
	c.String(&p.PrincipalName)
	c.Tags()
}

// APIKey returns CreateDelegationToken.
func (*CreateDelegationTokenRequest) APIKey() APIKey { return CreateDelegationToken }

// Code codes the request.
func (r *CreateDelegationTokenRequest) Code(c *wire.Coder) {
	if c.Version >= 3 {
		c.NullableString(&r.OwnerPrincipalType)
		c.NullableString(&r.OwnerPrincipalName)
	} else {
		c.RefuseSet("OwnerPrincipalType", r.OwnerPrincipalType != nil)
		c.RefuseSet("OwnerPrincipalName", r.OwnerPrincipalName != nil)
	}
	wire.Array(c, &r.Renewers, (*TokenPrincipal).code)
	c.Int64(&r.MaxLifetimeMs)
	c.Tags()
}

// CreateDelegationTokenResponse has the new token. Its times are in milliseconds
// since 1970.
type CreateDelegationTokenResponse struct {
	ErrorCode ErrorCode
	// PrincipalType and PrincipalName are the owner's.
	PrincipalType string
	PrincipalName string
	// TokenRequesterPrincipalType and TokenRequesterPrincipalName are the
	// client's. Since v3 (KIP-373).
	TokenRequesterPrincipalType string
	TokenRequesterPrincipalName string
	// IssueTimestampMs is when the token was created.
	IssueTimestampMs int64
	// ExpiryTimestampMs is when it expires unless it is renewed.
	ExpiryTimestampMs int64
	// MaxTimestampMs is until when it can be renewed.
	MaxTimestampMs int64
	// TokenID is the user name for SASL/SCRAM.
	TokenID string
	// HMAC is a secret; in base64 it is the password for SASL/SCRAM.
	HMAC []byte
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
}

// APIKey returns CreateDelegationToken.
func (*CreateDelegationTokenResponse) APIKey() APIKey { return CreateDelegationToken }

// Throttle returns for how long the client shall pause.
func (r *CreateDelegationTokenResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *CreateDelegationTokenResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	c.String(&r.PrincipalType)
	c.String(&r.PrincipalName)
	codeTokenRequester(c, &r.TokenRequesterPrincipalType, &r.TokenRequesterPrincipalName)
	c.Int64(&r.IssueTimestampMs)
	c.Int64(&r.ExpiryTimestampMs)
	c.Int64(&r.MaxTimestampMs)
	c.String(&r.TokenID)
	c.Bytes(&r.HMAC)
	c.Int32(&r.ThrottleTimeMs)
	c.Tags()
}

// codeTokenRequester codes who created a token, which brokers tell since v3.
func codeTokenRequester(c *wire.Coder, principalType, principalName *string) {
	if c.Version >= 3 {
		c.String(principalType)
		c.String(principalName)
		return
	}
	c.RefuseSet("TokenRequesterPrincipalType", *principalType != "")
	c.RefuseSet("TokenRequesterPrincipalName", *principalName != "")
}
