package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ShareGroupDescribeRequest asks the coordinator of share groups for their state
// and members (KIP-932).
type ShareGroupDescribeRequest struct {
	// GroupIDs are the ids of the groups to describe.
	GroupIDs []string
	// IncludeAuthorizedOperations asks what the client may do with each group.
	IncludeAuthorizedOperations bool
}

// APIKey returns ShareGroupDescribe.
func (*ShareGroupDescribeRequest) APIKey() APIKey { return ShareGroupDescribe }

// Code codes the request.
func (r *ShareGroupDescribeRequest) Code(c *wire.Coder) {
	c.Strings(&r.GroupIDs)
	c.Bool(&r.IncludeAuthorizedOperations)
	c.Tags()
}

// ShareGroupDescribeResponse describes the groups.
type ShareGroupDescribeResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Groups has one entry per group of the request.
	Groups []ShareGroupDescribeResponseGroup
}

// ShareGroupDescribeResponseGroup describes a group.
type ShareGroupDescribeResponseGroup struct {
	// ErrorCode is ErrGroupIDNotFound for a group that does not exist or is of
	// another type.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	GroupID      string
	// GroupState is Empty, Stable or Dead; empty on an error.
	GroupState string
	// GroupEpoch counts the changes of members and subscriptions.
	GroupEpoch int32
	// AssignmentEpoch is the group epoch that the assignment is for.
	AssignmentEpoch int32
	// AssignorName is the assignor in use.
	AssignorName string
	// Members of the group.
	Members []ShareGroupDescribeResponseMember
	// AuthorizedOperations is a bit field, NoAuthorizedOperations if not asked
	// for.
	AuthorizedOperations int32
}

// ShareGroupDescribeResponseMember is a member of a group.
type ShareGroupDescribeResponseMember struct {
	MemberID string
	// RackID is the member's rack, nil for none.
	RackID      *string
	MemberEpoch int32
	// ClientID and ClientHost are of the connection that the member joined by.
	ClientID   string
	ClientHost string
	// SubscribedTopicNames are the topics subscribed to.
	SubscribedTopicNames []string
	// Assignment is what the member fetches from.
	Assignment ShareGroupDescribeResponseAssignment
}

// ShareGroupDescribeResponseAssignment is what a member fetches from.
type ShareGroupDescribeResponseAssignment struct {
	TopicPartitions []DescribedAssignedTopic
}

// APIKey returns ShareGroupDescribe.
func (*ShareGroupDescribeResponse) APIKey() APIKey { return ShareGroupDescribe }

// Throttle returns for how long the client shall pause.
func (r *ShareGroupDescribeResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ShareGroupDescribeResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Groups, (*ShareGroupDescribeResponseGroup).code)
	c.Tags()
}

func (g *ShareGroupDescribeResponseGroup) code(c *wire.Coder) {
	c.Int16((*int16)(&g.ErrorCode))
	c.NullableString(&g.ErrorMessage)
	c.String(&g.GroupID)
	c.String(&g.GroupState)
	c.Int32(&g.GroupEpoch)
	c.Int32(&g.AssignmentEpoch)
	c.String(&g.AssignorName)
	wire.Array(c, &g.Members, (*ShareGroupDescribeResponseMember).code)
	c.Int32(&g.AuthorizedOperations)
	c.Tags()
}

func (m *ShareGroupDescribeResponseMember) code(c *wire.Coder) {
	c.String(&m.MemberID)
	c.NullableString(&m.RackID)
	c.Int32(&m.MemberEpoch)
	c.String(&m.ClientID)
	c.String(&m.ClientHost)
	c.Strings(&m.SubscribedTopicNames)
	m.Assignment.code(c)
	c.Tags()
}

func (a *ShareGroupDescribeResponseAssignment) code(c *wire.Coder) {
	wire.Array(c, &a.TopicPartitions, (*DescribedAssignedTopic).code)
	c.Tags()
}
