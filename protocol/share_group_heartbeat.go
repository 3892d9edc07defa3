package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ShareGroupHeartbeatRequest joins and leaves a share group, and tells its
// coordinator what the member wants (KIP-932). Fields that have not changed since
// the last heartbeat need not be sent again.
//
// Version 0 of this and the other APIs of share groups is that of the early
// access in Kafka 4.0, which later brokers do not speak.
type ShareGroupHeartbeatRequest struct {
	GroupID string
	// MemberID is made by the consumer, and kept for its life.
	MemberID string
	// MemberEpoch is the member's epoch, JoinMemberEpoch or LeaveMemberEpoch.
	MemberEpoch int32
	// RackID is the consumer's rack, nil for none or if unchanged.
	RackID *string
	// SubscribedTopicNames are the topics subscribed to, nil if unchanged.
	SubscribedTopicNames []string
}

// APIKey returns ShareGroupHeartbeat.
func (*ShareGroupHeartbeatRequest) APIKey() APIKey { return ShareGroupHeartbeat }

// Code codes the request.
func (r *ShareGroupHeartbeatRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.NullableString(&r.RackID)
	c.NullableStrings(&r.SubscribedTopicNames)
	c.Tags()
}

// ShareGroupHeartbeatResponse tells what the member shall have.
type ShareGroupHeartbeatResponse struct {
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
	Assignment *ShareGroupHeartbeatResponseAssignment
}

// ShareGroupHeartbeatResponseAssignment is what a member shall have.
type ShareGroupHeartbeatResponseAssignment struct {
	// TopicPartitions are the partitions to fetch from.
	TopicPartitions []AssignedTopic
}

// APIKey returns ShareGroupHeartbeat.
func (*ShareGroupHeartbeatResponse) APIKey() APIKey { return ShareGroupHeartbeat }

// Throttle returns for how long the client shall pause.
func (r *ShareGroupHeartbeatResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ShareGroupHeartbeatResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	c.NullableString(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Int32(&r.HeartbeatIntervalMs)
	wire.NullableStruct(c, &r.Assignment, (*ShareGroupHeartbeatResponseAssignment).code)
	c.Tags()
}

func (a *ShareGroupHeartbeatResponseAssignment) code(c *wire.Coder) {
	wire.Array(c, &a.TopicPartitions, (*AssignedTopic).code)
	c.Tags()
}
