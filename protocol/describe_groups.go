package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeGroupsRequest asks the coordinator of classic groups for their state
// and members.
type DescribeGroupsRequest struct {
	// Groups are the ids of the groups to describe.
	Groups []string
	// IncludeAuthorizedOperations asks what the client may do with each group.
	// Since v3 (KIP-430).
	IncludeAuthorizedOperations bool
}

// APIKey returns DescribeGroups.
func (*DescribeGroupsRequest) APIKey() APIKey { return DescribeGroups }

// Code codes the request.
func (r *DescribeGroupsRequest) Code(c *wire.Coder) {
	c.Strings(&r.Groups)
	if c.Version >= 3 {
		c.Bool(&r.IncludeAuthorizedOperations)
	} else {
		c.RefuseSet("IncludeAuthorizedOperations", r.IncludeAuthorizedOperations)
	}
	c.Tags()
}

// DescribeGroupsResponse describes the groups.
type DescribeGroupsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	// Groups has one entry per group of the request.
	Groups []DescribeGroupsResponseGroup
}

// DescribeGroupsResponseGroup describes a group.
type DescribeGroupsResponseGroup struct {
	// ErrorCode is ErrGroupIDNotFound, since v6, for a group that does not exist;
	// earlier such a group has the state Dead (KIP-1043).
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none. Since v6
	// (KIP-1043).
	ErrorMessage *string
	GroupID      string
	// GroupState is Empty, PreparingRebalance, CompletingRebalance, Stable or
	// Dead; empty on an error.
	GroupState string
	// ProtocolType is "consumer" for consumers, empty in a group that has never
	// had a member.
	ProtocolType string
	// ProtocolData is the protocol that the members agreed on: a consumer's
	// assignor. Empty unless the group is stable.
	ProtocolData string
	// Members of the group.
	Members []DescribeGroupsResponseMember
	// AuthorizedOperations is a bit field, NoAuthorizedOperations if not asked
	// for. Since v3 (KIP-430).
	AuthorizedOperations int32
}

// DescribeGroupsResponseMember is a member of a group.
type DescribeGroupsResponseMember struct {
	MemberID string
	// GroupInstanceID is the id of a static member, else nil. Since v4 (KIP-345).
	GroupInstanceID *string
	// ClientID and ClientHost are of the connection that the member joined by.
	ClientID   string
	ClientHost string
	// MemberMetadata is what the member joined with for ProtocolData: a
	// consumer's [ConsumerSubscription]. Empty unless the group is
	// stable.
	MemberMetadata []byte
	// MemberAssignment is what the leader gave the member: a consumer's
	// [ConsumerAssignment]. Empty unless the group is stable.
	MemberAssignment []byte
}

// APIKey returns DescribeGroups.
func (*DescribeGroupsResponse) APIKey() APIKey { return DescribeGroups }

// Throttle returns for how long the client shall pause.
func (r *DescribeGroupsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeGroupsResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	wire.Array(c, &r.Groups, (*DescribeGroupsResponseGroup).code)
	c.Tags()
}

func (g *DescribeGroupsResponseGroup) code(c *wire.Coder) {
	c.Int16((*int16)(&g.ErrorCode))
	if c.Version >= 6 {
		c.NullableString(&g.ErrorMessage)
	} else {
		c.RefuseSet("ErrorMessage", g.ErrorMessage != nil)
	}
	c.String(&g.GroupID)
	c.String(&g.GroupState)
	c.String(&g.ProtocolType)
	c.String(&g.ProtocolData)
	wire.Array(c, &g.Members, (*DescribeGroupsResponseMember).code)
	if c.Version >= 3 {
		c.Int32(&g.AuthorizedOperations)
	} else {
		wire.Refuse(c, "AuthorizedOperations", &g.AuthorizedOperations, NoAuthorizedOperations)
	}
	c.Tags()
}

func (m *DescribeGroupsResponseMember) code(c *wire.Coder) {
	c.String(&m.MemberID)
	if c.Version >= 4 {
		c.NullableString(&m.GroupInstanceID)
	}
	c.String(&m.ClientID)
	c.String(&m.ClientHost)
	c.Bytes(&m.MemberMetadata)
	c.Bytes(&m.MemberAssignment)
	c.Tags()
}
