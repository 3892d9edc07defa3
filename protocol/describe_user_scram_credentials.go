package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ScramMechanism is a SASL mechanism with credentials that brokers keep
// (KIP-554).
type ScramMechanism int8

const (
	ScramSHA256 ScramMechanism = 1
	ScramSHA512 ScramMechanism = 2
)

var scramMechanisms = [...]string{"UNKNOWN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

// String returns the mechanism by its SASL name, such as "SCRAM-SHA-256".
func (m ScramMechanism) String() string { return enumName(scramMechanisms[:], "SCRAM mechanism", m) }

// DescribeUserScramCredentialsRequest asks which SCRAM credentials users have
// (KIP-554).
type DescribeUserScramCredentialsRequest struct {
	// Users asked for; nil or empty means all.
	Users []DescribeUserScramCredentialsRequestUser
}

// DescribeUserScramCredentialsRequestUser is a user asked for.
type DescribeUserScramCredentialsRequestUser struct {
	Name string
}

// APIKey returns DescribeUserScramCredentials.
func (*DescribeUserScramCredentialsRequest) APIKey() APIKey { return DescribeUserScramCredentials }

// Code codes the request.
func (r *DescribeUserScramCredentialsRequest) Code(c *wire.Coder) {
	wire.NullableArray(c, &r.Users, (*DescribeUserScramCredentialsRequestUser).code)
	c.Tags()
}

func (u *DescribeUserScramCredentialsRequestUser) code(c *wire.Coder) {
	c.String(&u.Name)
	c.Tags()
}

// DescribeUserScramCredentialsResponse tells the credentials, without secrets.
type DescribeUserScramCredentialsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Results has one entry per user.
	Results []DescribeUserScramCredentialsResponseResult
}

// DescribeUserScramCredentialsResponseResult has the credentials of a user.
type DescribeUserScramCredentialsResponseResult struct {
	User string
	// ErrorCode is ErrResourceNotFound for a user without credentials.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// CredentialInfos has one entry per mechanism.
	CredentialInfos []DescribeUserScramCredentialsResponseCredential
}

// DescribeUserScramCredentialsResponseCredential is a credential of a user.
type DescribeUserScramCredentialsResponseCredential struct {
	Mechanism ScramMechanism
	// Iterations is how often the password was hashed.
	Iterations int32
}

// APIKey returns DescribeUserScramCredentials.
func (*DescribeUserScramCredentialsResponse) APIKey() APIKey { return DescribeUserScramCredentials }

// Throttle returns for how long the client shall pause.
func (r *DescribeUserScramCredentialsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *DescribeUserScramCredentialsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	wire.Array(c, &r.Results, (*DescribeUserScramCredentialsResponseResult).code)
	c.Tags()
}

func (u *DescribeUserScramCredentialsResponseResult) code(c *wire.Coder) {
	c.String(&u.User)
	c.Int16((*int16)(&u.ErrorCode))
	c.NullableString(&u.ErrorMessage)
	wire.Array(c, &u.CredentialInfos, (*DescribeUserScramCredentialsResponseCredential).code)
	c.Tags()
}

func (d *DescribeUserScramCredentialsResponseCredential) code(c *wire.Coder) {
	c.Int8((*int8)(&d.Mechanism))
	c.Int32(&d.Iterations)
	c.Tags()
}
