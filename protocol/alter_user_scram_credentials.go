package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AlterUserScramCredentialsRequest sets and deletes SCRAM credentials of users
// (KIP-554). A user may only be named once.
type AlterUserScramCredentialsRequest struct {
	// Deletions are the credentials to delete.
	Deletions []AlterUserScramCredentialsRequestDeletion
	// Upsertions are the credentials to set.
	Upsertions []AlterUserScramCredentialsRequestUpsertion
}

// AlterUserScramCredentialsRequestDeletion is a credential to delete.
type AlterUserScramCredentialsRequestDeletion struct {
	// Name of the user.
	Name      string
	Mechanism ScramMechanism
}

// AlterUserScramCredentialsRequestUpsertion is a credential to set.
type AlterUserScramCredentialsRequestUpsertion struct {
	// Name of the user.
	Name      string
	Mechanism ScramMechanism
	// Iterations is how often the password was hashed: 4096 to 16384.
	Iterations int32
	// Salt is a random one of the client's.
	Salt []byte
	// SaltedPassword is the hashed password (Hi of RFC 5802), a secret.
	SaltedPassword []byte
}

// APIKey returns AlterUserScramCredentials.
func (*AlterUserScramCredentialsRequest) APIKey() APIKey { return AlterUserScramCredentials }

// Code codes the request.
func (r *AlterUserScramCredentialsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Deletions, (*AlterUserScramCredentialsRequestDeletion).code)
	wire.Array(c, &r.Upsertions, (*AlterUserScramCredentialsRequestUpsertion).code)
	c.Tags()
}

func (d *AlterUserScramCredentialsRequestDeletion) code(c *wire.Coder) {
	c.String(&d.Name)
	c.Int8((*int8)(&d.Mechanism))
	c.Tags()
}

func (u *AlterUserScramCredentialsRequestUpsertion) code(c *wire.Coder) {
	c.String(&u.Name)
	c.Int8((*int8)(&u.Mechanism))
	c.Int32(&u.Iterations)
	c.Bytes(&u.Salt)
	c.Bytes(&u.SaltedPassword)
	c.Tags()
}

// AlterUserScramCredentialsResponse tells which credentials were changed.
type AlterUserScramCredentialsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Results has one entry per user of the request.
	Results []AlterUserScramCredentialsResponseResult
}

// AlterUserScramCredentialsResponseResult tells what became of a user's
// credentials.
type AlterUserScramCredentialsResponseResult struct {
	User      string
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns AlterUserScramCredentials.
func (*AlterUserScramCredentialsResponse) APIKey() APIKey { return AlterUserScramCredentials }

// Throttle returns for how long the client shall pause.
func (r *AlterUserScramCredentialsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *AlterUserScramCredentialsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Results, (*AlterUserScramCredentialsResponseResult).code)
	c.Tags()
}

func (u *AlterUserScramCredentialsResponseResult) code(c *wire.Coder) {
	c.String(&u.User)
	c.Int16((*int16)(&u.ErrorCode))
	c.NullableString(&u.ErrorMessage)
	c.Tags()
}
