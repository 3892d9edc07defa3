package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DeleteAclsRequest deletes the ACLs that match filters (KIP-133); the controller
// takes it, and in a KRaft cluster any broker.
type DeleteAclsRequest struct {
	// Filters tell which ACLs to delete.
	Filters []DeleteAclsRequestFilter
}

// DeleteAclsRequestFilter tells which ACLs to delete.
type DeleteAclsRequestFilter struct {
	// ResourceTypeFilter is the type of resource, AnyACLResource for all.
	ResourceTypeFilter ACLResourceType
	// ResourceNameFilter is the name of the resource, nil for all.
	ResourceNameFilter *string
	// PatternTypeFilter tells how the name is compared; v0 knows literal names
	// only, so that AnyPattern means LiteralPattern there (KIP-290).
	PatternTypeFilter PatternType
	// PrincipalFilter is the principal, such as "User:alice"; nil for all.
	PrincipalFilter *string
	// HostFilter is the host, nil for all.
	HostFilter *string
	// Operation is the operation, AnyOperation for all.
	Operation ACLOperation
	// PermissionType is the type, AnyPermission for both.
	PermissionType ACLPermissionType
}

// APIKey returns DeleteAcls.
func (*DeleteAclsRequest) APIKey() APIKey { return DeleteAcls }

// Code codes the request.
func (r *DeleteAclsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Filters, (*DeleteAclsRequestFilter).code)
	c.Tags()
}

func (f *DeleteAclsRequestFilter) code(c *wire.Coder) {
	c.Int8((*int8)(&f.ResourceTypeFilter))
	c.NullableString(&f.ResourceNameFilter)
	codePatternFilter(c, &f.PatternTypeFilter)
	c.NullableString(&f.PrincipalFilter)
	c.NullableString(&f.HostFilter)
	c.Int8((*int8)(&f.Operation))
	c.Int8((*int8)(&f.PermissionType))
	c.Tags()
}

// DeleteAclsResponse tells which ACLs were deleted.
type DeleteAclsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// FilterResults has one entry per filter of the request, in the same order.
	FilterResults []DeleteAclsResponseFilterResult
}

// DeleteAclsResponseFilterResult has the ACLs that match a filter.
type DeleteAclsResponseFilterResult struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// MatchingAcls are those that match, deleted or not.
	MatchingAcls []DeleteAclsResponseACL
}

// DeleteAclsResponseACL tells what became of an ACL.
type DeleteAclsResponseACL struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	ResourceType ACLResourceType
	ResourceName string
	// PatternType tells how the name is compared; LiteralPattern in v0.
	PatternType PatternType
	// Principal that the ACL is for, such as "User:alice".
	Principal string
	// Host that the ACL is for, "*" for all.
	Host           string
	Operation      ACLOperation
	PermissionType ACLPermissionType
}

// APIKey returns DeleteAcls.
func (*DeleteAclsResponse) APIKey() APIKey { return DeleteAcls }

// Throttle returns for how long the client shall pause.
func (r *DeleteAclsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DeleteAclsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.FilterResults, (*DeleteAclsResponseFilterResult).code)
	c.Tags()
}

func (f *DeleteAclsResponseFilterResult) code(c *wire.Coder) {
	c.Int16((*int16)(&f.ErrorCode))
	c.NullableString(&f.ErrorMessage)
	wire.Array(c, &f.MatchingAcls, (*DeleteAclsResponseACL).code)
	c.Tags()
}

func (a *DeleteAclsResponseACL) code(c *wire.Coder) {
	c.Int16((*int16)(&a.ErrorCode))
	c.NullableString(&a.ErrorMessage)
	c.Int8((*int8)(&a.ResourceType))
	c.String(&a.ResourceName)
	codePattern(c, &a.PatternType)
	c.String(&a.Principal)
	c.String(&a.Host)
	c.Int8((*int8)(&a.Operation))
	c.Int8((*int8)(&a.PermissionType))
	c.Tags()
}
