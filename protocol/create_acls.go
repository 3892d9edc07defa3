package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// CreateAclsRequest creates ACLs (KIP-133); the controller takes it, and in a
// KRaft cluster any broker.
type CreateAclsRequest struct {
	// Creations are the ACLs to create.
	Creations []CreateAclsRequestCreation
}

// CreateAclsRequestCreation is an ACL to create.
type CreateAclsRequestCreation struct {
	ResourceType ACLResourceType
	ResourceName string
	// ResourcePatternType tells how the name is compared: LiteralPattern, or since
	// v1 PrefixedPattern (KIP-290).
	ResourcePatternType PatternType
	// Principal that the ACL is for, such as "User:alice".
	Principal string
	// Host that the ACL is for, "*" for all.
	Host           string
	Operation      ACLOperation
	PermissionType ACLPermissionType
}

// APIKey returns CreateAcls.
func (*CreateAclsRequest) APIKey() APIKey { return CreateAcls }

// Code codes the request.
func (r *CreateAclsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Creations, (*CreateAclsRequestCreation).code)
	c.Tags()
}

func (a *CreateAclsRequestCreation) code(c *wire.Coder) {
	c.Int8((*int8)(&a.ResourceType))
	c.String(&a.ResourceName)
	codePattern(c, &a.ResourcePatternType)
	c.String(&a.Principal)
	c.String(&a.Host)
	c.Int8((*int8)(&a.Operation))
	c.Int8((*int8)(&a.PermissionType))
	c.Tags()
}

// CreateAclsResponse tells which ACLs were created.
type CreateAclsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Results has one entry per ACL of the request, in the same order.
	Results []CreateAclsResponseResult
}

// CreateAclsResponseResult tells what became of an ACL.
type CreateAclsResponseResult struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns CreateAcls.
func (*CreateAclsResponse) APIKey() APIKey { return CreateAcls }

// Throttle returns for how long the client shall pause.
func (r *CreateAclsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *CreateAclsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Results, (*CreateAclsResponseResult).code)
	c.Tags()
}

func (a *CreateAclsResponseResult) code(c *wire.Coder) {
	c.Int16((*int16)(&a.ErrorCode))
	c.NullableString(&a.ErrorMessage)
	c.Tags()
}
