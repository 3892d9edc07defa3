package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ConsumerGroupDescribeRequest asks the coordinator of consumer groups of KIP-848
// for their state and members.
type ConsumerGroupDescribeRequest struct {
	// GroupIDs are the ids of the groups to describe.
	GroupIDs []string
	// IncludeAuthorizedOperations asks what the client may do with each group.
	IncludeAuthorizedOperations bool
}

// APIKey returns ConsumerGroupDescribe.
func (*ConsumerGroupDescribeRequest) APIKey() APIKey { return ConsumerGroupDescribe }

// Code codes the request.
func (r *ConsumerGroupDescribeRequest) Code(c *wire.Coder) {
	c.Strings(&r.GroupIDs)
	c.Bool(&r.IncludeAuthorizedOperations)
	c.Tags()
}

// ConsumerGroupDescribeResponse describes the groups.
type ConsumerGroupDescribeResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Groups has one entry per group of the request.
	Groups []ConsumerGroupDescribeResponseGroup
}

// ConsumerGroupDescribeResponseGroup describes a group.
type ConsumerGroupDescribeResponseGroup struct {
	// ErrorCode is ErrGroupIDNotFound for a group that does not exist or is of
	// another type.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	GroupID      string
	// GroupState is Empty, Assigning, Reconciling, Stable or Dead; empty on an
	// error.
	GroupState string
	// GroupEpoch counts the changes of members and subscriptions.
	GroupEpoch int32
	// AssignmentEpoch is the group epoch that the target assignment is for.
	AssignmentEpoch int32
	// AssignorName is the assignor in use.
	AssignorName string
	// Members of the group.
	Members []ConsumerGroupDescribeResponseMember
	// AuthorizedOperations is a bit field, NoAuthorizedOperations if not asked
	// for.
	AuthorizedOperations int32
}

// ConsumerGroupMemberType tells which protocol a member speaks (KIP-1099).
type ConsumerGroupMemberType int8

const (
	UnknownMemberType ConsumerGroupMemberType = -1
	// ClassicMemberType is a member by JoinGroup, in a group that is being
	// migrated.
	ClassicMemberType ConsumerGroupMemberType = 0
	// ConsumerMemberType is a member by ConsumerGroupHeartbeat.
	ConsumerMemberType ConsumerGroupMemberType = 1
)

// ConsumerGroupDescribeResponseMember is a member of a group.
type ConsumerGroupDescribeResponseMember struct {
	MemberID string
	// InstanceID is the id of a static member, else nil.
	InstanceID *string
	// RackID is the member's rack, nil for none.
	RackID      *string
	MemberEpoch int32
	// ClientID and ClientHost are of the connection that the member joined by.
	ClientID   string
	ClientHost string
	// SubscribedTopicNames are the topics subscribed to by name.
	SubscribedTopicNames []string
	// SubscribedTopicRegex is the regular expression (RE2) subscribed to, nil for
	// none.
	SubscribedTopicRegex *string
	// Assignment is what the member has.
	Assignment ConsumerGroupDescribeResponseAssignment
	// TargetAssignment is what it will have.
	TargetAssignment ConsumerGroupDescribeResponseAssignment
	// MemberType is UnknownMemberType before v1 (KIP-1099).
	MemberType ConsumerGroupMemberType
}

// ConsumerGroupDescribeResponseAssignment is what a member has.
type ConsumerGroupDescribeResponseAssignment struct {
	TopicPartitions []DescribedAssignedTopic
}

// DescribedAssignedTopic has the partitions of a topic that a member has.
type DescribedAssignedTopic struct {
	TopicID   wire.UUID
	TopicName string
	// Partitions are their indexes.
	Partitions []int32
}

func (t *DescribedAssignedTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	c.String(&t.TopicName)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// APIKey returns ConsumerGroupDescribe.
func (*ConsumerGroupDescribeResponse) APIKey() APIKey { return ConsumerGroupDescribe }

// Throttle returns for how long the client shall pause.
func (r *ConsumerGroupDescribeResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ConsumerGroupDescribeResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Groups, (*ConsumerGroupDescribeResponseGroup).code)
	c.Tags()
}

func (g *ConsumerGroupDescribeResponseGroup) code(c *wire.Coder) {
	c.Int16((*int16)(&g.ErrorCode))
	c.NullableString(&g.ErrorMessage)
	c.String(&g.GroupID)
	c.String(&g.GroupState)
	c.Int32(&g.GroupEpoch)
	c.Int32(&g.AssignmentEpoch)
	c.String(&g.AssignorName)
	wire.Array(c, &g.Members, (*ConsumerGroupDescribeResponseMember).code)
	c.Int32(&g.AuthorizedOperations)
	c.Tags()
}

func (m *ConsumerGroupDescribeResponseMember) code(c *wire.Coder) {
	c.String(&m.MemberID)
	c.NullableString(&m.InstanceID)
	c.NullableString(&m.RackID)
	c.Int32(&m.MemberEpoch)
	c.String(&m.ClientID)
	c.String(&m.ClientHost)
	c.Strings(&m.SubscribedTopicNames)
	c.NullableString(&m.SubscribedTopicRegex)
	m.Assignment.code(c)
	m.TargetAssignment.code(c)
	if c.Version >= 1 {
		c.Int8((*int8)(&m.MemberType))
	} else {
		wire.Ignore(c, &m.MemberType, UnknownMemberType)
	}
	c.Tags()
}

func (a *ConsumerGroupDescribeResponseAssignment) code(c *wire.Coder) {
	wire.Array(c, &a.TopicPartitions, (*DescribedAssignedTopic).code)
	c.Tags()
}
