package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// OffsetFetchRequest asks for the offsets that groups have committed.
type OffsetFetchRequest struct {
	// Groups asked for: exactly one before v8 (KIP-709).
	Groups []OffsetFetchRequestGroup
	// RequireStable makes the broker answer ErrUnstableOffsetCommit where a
	// transaction that commits an offset is open. Since v7 (KIP-447).
	RequireStable bool
}

// OffsetFetchRequestGroup is a group asked for.
type OffsetFetchRequestGroup struct {
	GroupID string
	// MemberID is nil outside a group of KIP-848. Since v9.
	MemberID *string
	// MemberEpoch is -1 outside a group of KIP-848. Since v9.
	MemberEpoch int32
	// Topics asked for; nil, since v2, means all that the group has committed.
	Topics []OffsetFetchRequestTopic
}

// OffsetFetchRequestTopic is a topic asked for.
type OffsetFetchRequestTopic struct {
	// Name names the topic until v9.
	Name string
	// TopicID names the topic since v10 (KIP-848).
	TopicID wire.UUID
	// PartitionIndexes are the partitions asked for.
	PartitionIndexes []int32
}

// APIKey returns OffsetFetch.
func (*OffsetFetchRequest) APIKey() APIKey { return OffsetFetch }

// MaxVersion returns 9 if a topic has no id.
func (r *OffsetFetchRequest) MaxVersion() int16 {
	for i := range r.Groups {
		for j := range r.Groups[i].Topics {
			if r.Groups[i].Topics[j].TopicID.IsZero() {
				return 9
			}
		}
	}
	return 10
}

// Code codes the request.
func (r *OffsetFetchRequest) Code(c *wire.Coder) {
	if c.Version >= 8 {
		wire.Array(c, &r.Groups, (*OffsetFetchRequestGroup).code)
	} else {
		single(c, "Groups", &r.Groups).codeAlone(c)
	}
	if c.Version >= 7 {
		c.Bool(&r.RequireStable)
	} else {
		c.RefuseSet("RequireStable", r.RequireStable)
	}
	c.Tags()
}

func (g *OffsetFetchRequestGroup) code(c *wire.Coder) {
	c.String(&g.GroupID)
	if c.Version >= 9 {
		c.NullableString(&g.MemberID)
		c.Int32(&g.MemberEpoch)
	} else {
		wire.Ignore(c, &g.MemberEpoch, -1)
	}
	wire.NullableArray(c, &g.Topics, (*OffsetFetchRequestTopic).code)
	c.Tags()
}

// codeAlone codes the only group of a request before v8.
func (g *OffsetFetchRequestGroup) codeAlone(c *wire.Coder) {
	wire.Ignore(c, &g.MemberEpoch, -1)
	c.String(&g.GroupID)
	if c.Version >= 2 {
		wire.NullableArray(c, &g.Topics, (*OffsetFetchRequestTopic).code)
		return
	}
	c.RefuseSet("asking for all topics", g.Topics == nil)
	wire.Array(c, &g.Topics, (*OffsetFetchRequestTopic).code)
	if g.Topics == nil {
		g.Topics = []OffsetFetchRequestTopic{} // none, as nil would mean all
	}
}

func (t *OffsetFetchRequestTopic) code(c *wire.Coder) {
	codeTopic(c, 10, &t.Name, &t.TopicID)
	c.Int32s(&t.PartitionIndexes)
	c.Tags()
}

// OffsetFetchResponse tells the offsets that groups have committed.
type OffsetFetchResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v3.
	ThrottleTimeMs int32
	// Groups has one entry per group that was asked for.
	Groups []OffsetFetchResponseGroup
}

// OffsetFetchResponseGroup is a group that was asked for.
type OffsetFetchResponseGroup struct {
	// GroupID is empty before v8, where there is only one group.
	GroupID string
	// Topics that were asked for, or all.
	Topics []OffsetFetchResponseTopic
	// ErrorCode is of the whole group. Since v2.
	ErrorCode ErrorCode
}

// OffsetFetchResponseTopic is a topic that the group has committed.
type OffsetFetchResponseTopic struct {
	// Name names the topic until v9.
	Name string
	// TopicID names the topic since v10 (KIP-848).
	TopicID wire.UUID
	// Partitions of the topic.
	Partitions []OffsetFetchResponsePartition
}

// OffsetFetchResponsePartition is the offset committed for a partition.
type OffsetFetchResponsePartition struct {
	PartitionIndex int32
	// CommittedOffset is the offset of the next record to consume, -1 if none
	// was committed.
	CommittedOffset int64
	// CommittedLeaderEpoch is the leader epoch of the last record consumed, -1
	// if not known. Since v5 (KIP-320).
	CommittedLeaderEpoch int32
	// Metadata is the text kept with the offset, or nil.
	Metadata  *string
	ErrorCode ErrorCode
}

// APIKey returns OffsetFetch.
func (*OffsetFetchResponse) APIKey() APIKey { return OffsetFetch }

// Throttle returns for how long the client shall pause.
func (r *OffsetFetchResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *OffsetFetchResponse) Code(c *wire.Coder) {
	if c.Version >= 3 {
		c.Int32(&r.ThrottleTimeMs)
	}
	if c.Version >= 8 {
		wire.Array(c, &r.Groups, (*OffsetFetchResponseGroup).code)
	} else {
		single(c, "Groups", &r.Groups).codeAlone(c)
	}
	c.Tags()
}

func (g *OffsetFetchResponseGroup) code(c *wire.Coder) {
	c.String(&g.GroupID)
	wire.Array(c, &g.Topics, (*OffsetFetchResponseTopic).code)
	c.Int16((*int16)(&g.ErrorCode))
	c.Tags()
}

// codeAlone codes the only group of a response before v8.
func (g *OffsetFetchResponseGroup) codeAlone(c *wire.Coder) {
	wire.Array(c, &g.Topics, (*OffsetFetchResponseTopic).code)
	if c.Version >= 2 {
		c.Int16((*int16)(&g.ErrorCode))
	}
}

func (t *OffsetFetchResponseTopic) code(c *wire.Coder) {
	codeTopic(c, 10, &t.Name, &t.TopicID)
	wire.Array(c, &t.Partitions, (*OffsetFetchResponsePartition).code)
	c.Tags()
}

func (p *OffsetFetchResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.CommittedOffset)
	if c.Version >= 5 {
		c.Int32(&p.CommittedLeaderEpoch)
	} else {
		wire.Ignore(c, &p.CommittedLeaderEpoch, -1)
	}
	c.NullableString(&p.Metadata)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags()
}
