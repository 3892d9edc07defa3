package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeShareGroupOffsetsRequest asks the coordinator from where share groups
// deliver records (KIP-932).
type DescribeShareGroupOffsetsRequest struct {
	// Groups asked for.
	Groups []DescribeShareGroupOffsetsRequestGroup
}

// DescribeShareGroupOffsetsRequestGroup is a group asked for.
type DescribeShareGroupOffsetsRequestGroup struct {
	GroupID string
	// Topics asked for, nil for all.
	Topics []DescribeShareGroupOffsetsRequestTopic
}

// DescribeShareGroupOffsetsRequestTopic is a topic asked for.
type DescribeShareGroupOffsetsRequestTopic struct {
	TopicName string
	// Partitions are the indexes of those asked for.
	Partitions []int32
}

// APIKey returns DescribeShareGroupOffsets.
func (*DescribeShareGroupOffsetsRequest) APIKey() APIKey { return DescribeShareGroupOffsets }

// Code codes the request.
func (r *DescribeShareGroupOffsetsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Groups, (*DescribeShareGroupOffsetsRequestGroup).code)
	c.Tags()
}

func (g *DescribeShareGroupOffsetsRequestGroup) code(c *wire.Coder) {
	c.String(&g.GroupID)
	wire.NullableArray(c, &g.Topics, (*DescribeShareGroupOffsetsRequestTopic).code)
	c.Tags()
}

func (t *DescribeShareGroupOffsetsRequestTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// DescribeShareGroupOffsetsResponse tells the offsets.
type DescribeShareGroupOffsetsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Groups has one entry per group of the request.
	Groups []DescribeShareGroupOffsetsResponseGroup
}

// DescribeShareGroupOffsetsResponseGroup has the offsets of a group.
type DescribeShareGroupOffsetsResponseGroup struct {
	GroupID string
	// Topics that were asked for, or all.
	Topics    []DescribeShareGroupOffsetsResponseTopic
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// DescribeShareGroupOffsetsResponseTopic has the offsets of a topic.
type DescribeShareGroupOffsetsResponseTopic struct {
	TopicName  string
	TopicID    wire.UUID
	Partitions []DescribeShareGroupOffsetsResponsePartition
}

// DescribeShareGroupOffsetsResponsePartition tells from where a partition is
// delivered.
type DescribeShareGroupOffsetsResponsePartition struct {
	PartitionIndex int32
	// StartOffset is the first offset whose delivery is not complete, -1 if the
	// group has none.
	StartOffset int64
	// LeaderEpoch is the epoch of the partition's leader.
	LeaderEpoch int32
	// Lag is how many records are still to be delivered, -1 if not known. Since v1
	// (KIP-1226).
	Lag       int64
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns DescribeShareGroupOffsets.
func (*DescribeShareGroupOffsetsResponse) APIKey() APIKey { return DescribeShareGroupOffsets }

// Throttle returns for how long the client shall pause.
func (r *DescribeShareGroupOffsetsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *DescribeShareGroupOffsetsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Groups, (*DescribeShareGroupOffsetsResponseGroup).code)
	c.Tags()
}

func (g *DescribeShareGroupOffsetsResponseGroup) code(c *wire.Coder) {
	c.String(&g.GroupID)
	wire.Array(c, &g.Topics, (*DescribeShareGroupOffsetsResponseTopic).code)
	c.Int16((*int16)(&g.ErrorCode))
	c.NullableString(&g.ErrorMessage)
	c.Tags()
}

func (t *DescribeShareGroupOffsetsResponseTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*DescribeShareGroupOffsetsResponsePartition).code)
	c.Tags()
}

func (p *DescribeShareGroupOffsetsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.StartOffset)
	c.Int32(&p.LeaderEpoch)
	if c.Version >= 1 {
		c.Int64(&p.Lag)
	} else {
		wire.Ignore(c, &p.Lag, -1)
	}
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Tags()
}
