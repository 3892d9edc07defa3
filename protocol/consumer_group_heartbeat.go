package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// Member epochs that ask something of the coordinator (KIP-848).
const (
	// JoinMemberEpoch asks to join the group.
	JoinMemberEpoch = 0
	// LeaveMemberEpoch tells that the member leaves the group.
	LeaveMemberEpoch = -1
	// RejoinMemberEpoch tells that a static member leaves, but will be back.
	RejoinMemberEpoch = -2
)

// ConsumerGroupHeartbeatRequest joins and leaves a consumer group, and tells its
// coordinator what the member has and wants (KIP-848). Fields that have not
// changed since the last heartbeat need not be sent again.
type ConsumerGroupHeartbeatRequest struct {
	GroupID string
	// MemberID is made by the consumer, and kept for its life; in v0 it may be
	// empty at first, to get one from the coordinator (KIP-1082).
	MemberID string
	// MemberEpoch is the member's epoch, or one of the constants such as
	// JoinMemberEpoch.
	MemberEpoch int32
	// InstanceID is the id of a static member, nil for none or if unchanged.
	InstanceID *string
	// RackID is the consumer's rack, nil for none or if unchanged.
	RackID *string
	// RebalanceTimeoutMs is for how long the coordinator waits until the member
	// has given up partitions, -1 if unchanged.
	RebalanceTimeoutMs int32
	// SubscribedTopicNames are the topics subscribed to, nil if unchanged.
	SubscribedTopicNames []string
	// SubscribedTopicRegex is a regular expression (RE2) for topics subscribed to,
	// nil if unchanged. Since v1.
	SubscribedTopicRegex *string
	// ServerAssignor is the coordinator's assignor wanted, nil for any or if
	// unchanged.
	ServerAssignor *string
	// TopicPartitions are the partitions that the member has, nil if unchanged.
	TopicPartitions []AssignedTopic
}

// AssignedTopic has the partitions of a topic that a member has or gets.
type AssignedTopic struct {
	TopicID wire.UUID
	// Partitions are their indexes.
	Partitions []int32
}

func (t *AssignedTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// APIKey returns ConsumerGroupHeartbeat.
func (*ConsumerGroupHeartbeatRequest) APIKey() APIKey { return ConsumerGroupHeartbeat }

// Code codes the request.
func (r *ConsumerGroupHeartbeatRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.NullableString(&r.InstanceID)
	c.NullableString(&r.RackID)
	c.Int32(&r.RebalanceTimeoutMs)
	c.NullableStrings(&r.SubscribedTopicNames)
	if c.Version >= 1 {
		c.NullableString(&r.SubscribedTopicRegex)
	} else {
		c.RefuseSet("SubscribedTopicRegex", r.SubscribedTopicRegex != nil)
	}
	c.NullableString(&r.ServerAssignor)
	wire.NullableArray(c, &r.TopicPartitions, (*AssignedTopic).code)
	c.Tags()
}

// ConsumerGroupHeartbeatResponse tells what the member shall have.
type ConsumerGroupHeartbeatResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is ErrFencedMemberEpoch or ErrUnknownMemberID for a member that
	// must join anew.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// MemberID is the member's, nil on an error.
	MemberID *string
	// MemberEpoch is the epoch to tell from now on.
	MemberEpoch int32
	// HeartbeatIntervalMs is how long to wait between heartbeats.
	HeartbeatIntervalMs int32
	// Assignment is what the member shall have, nil if unchanged.
	Assignment *ConsumerGroupHeartbeatResponseAssignment
}

// ConsumerGroupHeartbeatResponseAssignment is what a member shall have.
type ConsumerGroupHeartbeatResponseAssignment struct {
	// TopicPartitions are the partitions: the member gives up all others first.
	TopicPartitions []AssignedTopic
}

// APIKey returns ConsumerGroupHeartbeat.
func (*ConsumerGroupHeartbeatResponse) APIKey() APIKey { return ConsumerGroupHeartbeat }

// Throttle returns for how long the client shall pause.
func (r *ConsumerGroupHeartbeatResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ConsumerGroupHeartbeatResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	c.NullableString(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Int32(&r.HeartbeatIntervalMs)
	wire.NullableStruct(c, &r.Assignment, (*ConsumerGroupHeartbeatResponseAssignment).code)
	c.Tags()
}

func (a *ConsumerGroupHeartbeatResponseAssignment) code(c *wire.Coder) {
	wire.Array(c, &a.TopicPartitions, (*AssignedTopic).code)
	c.Tags()
}
