package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeAclsRequest asks for the ACLs that match a filter (KIP-133).
type DescribeAclsRequest struct {
	// ResourceTypeFilter is the type of resource wanted, AnyACLResource for all.
	ResourceTypeFilter ACLResourceType
	// ResourceNameFilter is the name of the resource wanted, nil for all.
	ResourceNameFilter *string
	// PatternTypeFilter tells how the name is compared; v0 knows literal names
	// only, so that AnyPattern means LiteralPattern there (KIP-290).
	PatternTypeFilter PatternType
	// PrincipalFilter is the principal wanted, such as "User:alice"; nil for all.
	PrincipalFilter *string
	// HostFilter is the host wanted, nil for all.
	HostFilter *string
	// Operation is the operation wanted, AnyOperation for all.
	Operation ACLOperation
	// PermissionType is the type wanted, AnyPermission for both.
	PermissionType ACLPermissionType
}

// APIKey returns DescribeAcls.
func (*DescribeAclsRequest) APIKey() APIKey { return DescribeAcls }

// Code codes the request.
func (r *DescribeAclsRequest) Code(c *wire.Coder) {
	c.Int8((*int8)(&r.ResourceTypeFilter))
	c.NullableString(&r.ResourceNameFilter)
	codePatternFilter(c, &r.PatternTypeFilter)
	c.NullableString(&r.PrincipalFilter)
	c.NullableString(&r.HostFilter)
	c.Int8((*int8)(&r.Operation))
	c.Int8((*int8)(&r.PermissionType))
	c.Tags()
}

// codePatternFilter codes a filter's pattern type. In v0, which has literal
// patterns only, any pattern is a literal one.
func codePatternFilter(c *wire.Coder, t *PatternType) {
	switch {
	case c.Version >= 1:
		c.Int8((*int8)(t))
	case c.Decoding() || *t != AnyPattern:
		wire.Refuse(c, "PatternTypeFilter", t, LiteralPattern)
	}
}

// codePattern codes the pattern type of an ACL, which is literal in v0.
func codePattern(c *wire.Coder, t *PatternType) {
	if c.Version >= 1 {
		c.Int8((*int8)(t))
	} else {
		wire.Refuse(c, "PatternType", t, LiteralPattern)
	}
}

// DescribeAclsResponse has the ACLs that match.
type DescribeAclsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Resources that have matching ACLs.
	Resources []DescribeAclsResponseResource
}

// DescribeAclsResponseResource is what ACLs are about.
type DescribeAclsResponseResource struct {
	ResourceType ACLResourceType
	ResourceName string
	// PatternType tells how the name is compared; LiteralPattern in v0.
	PatternType PatternType
	// Acls on the resource.
	Acls []DescribeAclsResponseACL
}

// DescribeAclsResponseACL is an ACL.
type DescribeAclsResponseACL struct {
	// Principal that the ACL is for, such as "User:alice".
	Principal string
	// Host that the ACL is for, "*" for all.
	Host           string
	Operation      ACLOperation
	PermissionType ACLPermissionType
}

// APIKey returns DescribeAcls.
func (*DescribeAclsResponse) APIKey() APIKey { return DescribeAcls }

// Throttle returns for how long the client shall pause.
func (r *DescribeAclsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeAclsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	wire.Array(c, &r.Resources, (*DescribeAclsResponseResource).code)
	c.Tags()
}

func (s *DescribeAclsResponseResource) code(c *wire.Coder) {
	c.Int8((*int8)(&s.ResourceType))
	c.String(&s.ResourceName)
	codePattern(c, &s.PatternType)
	wire.Array(c, &s.Acls, (*DescribeAclsResponseACL).code)
	c.Tags()
}

func (a *DescribeAclsResponseACL) code(c *wire.Coder) {
	c.String(&a.Principal)
	c.String(&a.Host)
	c.Int8((*int8)(&a.Operation))
	c.Int8((*int8)(&a.PermissionType))
	c.Tags()
}
