package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// OffsetCommitRequest stores the offsets that a group has consumed up to.
type OffsetCommitRequest struct {
	GroupID string
	// GenerationIDOrMemberEpoch is the generation of a classic group, or since v9
	// the member epoch (KIP-848); -1 outside group management. Since v1.
	GenerationIDOrMemberEpoch int32
	// MemberID is empty outside group management. Since v1.
	MemberID string
	// GroupInstanceID is the id of a static member, else nil. Since v7
	// (KIP-345).
	GroupInstanceID *string
	// RetentionTimeMs is for how long the broker keeps the offsets, -1 for its
	// default. From v2 to v4 (KIP-211).
	RetentionTimeMs int64
	// Topics to commit.
	Topics []OffsetCommitRequestTopic
}

// OffsetCommitRequestTopic is a topic to commit.
type OffsetCommitRequestTopic struct {
	// Name names the topic until v9.
	Name string
	// TopicID names the topic since v10 (KIP-848).
	TopicID wire.UUID
	// Partitions to commit.
	Partitions []OffsetCommitRequestPartition
}

// OffsetCommitRequestPartition is the offset to store for a partition.
type OffsetCommitRequestPartition struct {
	PartitionIndex int32
	// CommittedOffset is the offset of the next record to consume.
	CommittedOffset int64
	// CommittedLeaderEpoch is the leader epoch of the last record consumed, -1
	// if not known. Since v6 (KIP-320).
	CommittedLeaderEpoch int32
	// CommitTimestamp is what v1, and it alone, takes as the time of the commit
	// in milliseconds, -1 for now.
	CommitTimestamp int64
	// CommittedMetadata is any text to keep with the offset, or nil.
	CommittedMetadata *string
}

// APIKey returns OffsetCommit.
func (*OffsetCommitRequest) APIKey() APIKey { return OffsetCommit }

// MaxVersion returns 9 if a topic has no id.
func (r *OffsetCommitRequest) MaxVersion() int16 {
	for i := range r.Topics {
		if r.Topics[i].TopicID.IsZero() {
			return 9
		}
	}
	return 10
}

// Code codes the request.
func (r *OffsetCommitRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	if c.Version >= 1 {
		c.Int32(&r.GenerationIDOrMemberEpoch)
		c.String(&r.MemberID)
	} else {
		wire.Ignore(c, &r.GenerationIDOrMemberEpoch, -1)
	}
	if c.Version >= 7 {
		c.NullableString(&r.GroupInstanceID)
	} else {
		c.RefuseSet("GroupInstanceID", r.GroupInstanceID != nil)
	}
	if c.Version >= 2 && c.Version <= 4 {
		c.Int64(&r.RetentionTimeMs)
	} else {
		wire.Ignore(c, &r.RetentionTimeMs, -1)
	}
	wire.Array(c, &r.Topics, (*OffsetCommitRequestTopic).code)
	c.Tags()
}

func (t *OffsetCommitRequestTopic) code(c *wire.Coder) {
	codeTopic(c, 10, &t.Name, &t.TopicID)
	wire.Array(c, &t.Partitions, (*OffsetCommitRequestPartition).code)
	c.Tags()
}

func (p *OffsetCommitRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.CommittedOffset)
	if c.Version >= 6 {
		c.Int32(&p.CommittedLeaderEpoch)
	} else {
		wire.Ignore(c, &p.CommittedLeaderEpoch, -1)
	}
	if c.Version == 1 {
		c.Int64(&p.CommitTimestamp)
	} else {
		wire.Ignore(c, &p.CommitTimestamp, -1)
	}
	c.NullableString(&p.CommittedMetadata)
	c.Tags()
}

// OffsetCommitResponse tells which offsets were stored.
type OffsetCommitResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v3.
	ThrottleTimeMs int32
	// Topics that were committed.
	Topics []OffsetCommitResponseTopic
}

// OffsetCommitResponseTopic is a topic that was committed.
type OffsetCommitResponseTopic struct {
	// Name names the topic until v9.
	Name string
	// TopicID names the topic since v10 (KIP-848).
	TopicID wire.UUID
	// Partitions that were committed.
	Partitions []OffsetCommitResponsePartition
}

// OffsetCommitResponsePartition tells whether a partition's offset was stored.
type OffsetCommitResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
}

// APIKey returns OffsetCommit.
func (*OffsetCommitResponse) APIKey() APIKey { return OffsetCommit }

// Throttle returns for how long the client shall pause.
func (r *OffsetCommitResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *OffsetCommitResponse) Code(c *wire.Coder) {
	if c.Version >= 3 {
		c.Int32(&r.ThrottleTimeMs)
	}
	wire.Array(c, &r.Topics, (*OffsetCommitResponseTopic).code)
	c.Tags()
}

func (t *OffsetCommitResponseTopic) code(c *wire.Coder) {
	codeTopic(c, 10, &t.Name, &t.TopicID)
	wire.Array(c, &t.Partitions, (*OffsetCommitResponsePartition).code)
	c.Tags()
}

func (p *OffsetCommitResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags()
}
