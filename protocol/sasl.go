package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// SaslHandshakeRequest chooses the SASL mechanism (KIP-43). After v0, the tokens
// follow as frames of their own without a header; after v1, in
// SaslAuthenticate requests (KIP-152).
type SaslHandshakeRequest struct {
	// Mechanism such as "PLAIN" or "SCRAM-SHA-512".
	Mechanism string
}

// APIKey returns SaslHandshake.
func (*SaslHandshakeRequest) APIKey() APIKey { return SaslHandshake }

// Code codes the request.
func (r *SaslHandshakeRequest) Code(c *wire.Coder) { c.String(&r.Mechanism) }

// SaslHandshakeResponse tells whether the broker has the mechanism.
type SaslHandshakeResponse struct {
	// ErrorCode is ErrUnsupportedSaslMechanism if it has not.
	ErrorCode ErrorCode
	// Mechanisms are those that the broker has.
	Mechanisms []string
}

// APIKey returns SaslHandshake.
func (*SaslHandshakeResponse) APIKey() APIKey { return SaslHandshake }

// Code codes the response.
func (r *SaslHandshakeResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	c.Strings(&r.Mechanisms)
}

// SaslAuthenticateRequest carries a token of the SASL exchange (KIP-152).
type SaslAuthenticateRequest struct {
	// AuthBytes is the client's token, a secret.
	AuthBytes []byte
}

// APIKey returns SaslAuthenticate.
func (*SaslAuthenticateRequest) APIKey() APIKey { return SaslAuthenticate }

// Code codes the request.
func (r *SaslAuthenticateRequest) Code(c *wire.Coder) {
	c.Bytes(&r.AuthBytes)
	c.Tags()
}

// SaslAuthenticateResponse carries the broker's token.
type SaslAuthenticateResponse struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// AuthBytes is the broker's token.
	AuthBytes []byte
	// SessionLifetimeMs is after how long the client must authenticate again on
	// this connection, 0 for never. Since v1 (KIP-368).
	SessionLifetimeMs int64
}

// APIKey returns SaslAuthenticate.
func (*SaslAuthenticateResponse) APIKey() APIKey { return SaslAuthenticate }

// Code codes the response.
func (r *SaslAuthenticateResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	c.Bytes(&r.AuthBytes)
	if c.Version >= 1 {
		c.Int64(&r.SessionLifetimeMs)
	}
	c.Tags()
}
