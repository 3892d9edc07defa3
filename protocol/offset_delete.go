package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// OffsetDeleteRequest asks the coordinator to forget offsets that a group has
// committed for topics that no member subscribes to (KIP-496).
type OffsetDeleteRequest struct {
	GroupID string
	// Topics whose offsets to delete.
	Topics []OffsetDeleteRequestTopic
}

// OffsetDeleteRequestTopic is a topic whose offsets to delete.
type OffsetDeleteRequestTopic struct {
	Name       string
	Partitions []OffsetDeleteRequestPartition
}

// OffsetDeleteRequestPartition is a partition whose offset to delete.
type OffsetDeleteRequestPartition struct {
	PartitionIndex int32
}

// APIKey returns OffsetDelete.
func (*OffsetDeleteRequest) APIKey() APIKey { return OffsetDelete }

// Code codes the request.
func (r *OffsetDeleteRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*OffsetDeleteRequestTopic).code)
	c.Tags()
}

func (t *OffsetDeleteRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*OffsetDeleteRequestPartition).code)
	c.Tags()
}

func (p *OffsetDeleteRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Tags()
}

// OffsetDeleteResponse tells which offsets were deleted.
type OffsetDeleteResponse struct {
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Topics of the request; empty if ErrorCode is set.
	Topics []OffsetDeleteResponseTopic
}

// OffsetDeleteResponseTopic is a topic of the request.
type OffsetDeleteResponseTopic struct {
	Name       string
	Partitions []OffsetDeleteResponsePartition
}

// OffsetDeleteResponsePartition tells what became of a partition's offset.
type OffsetDeleteResponsePartition struct {
	PartitionIndex int32
	// ErrorCode is ErrGroupSubscribedToTopic if a member subscribes to the topic.
	ErrorCode ErrorCode
}

// APIKey returns OffsetDelete.
func (*OffsetDeleteResponse) APIKey() APIKey { return OffsetDelete }

// Throttle returns for how long the client shall pause.
func (r *OffsetDeleteResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *OffsetDeleteResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Topics, (*OffsetDeleteResponseTopic).code)
	c.Tags()
}

func (t *OffsetDeleteResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*OffsetDeleteResponsePartition).code)
	c.Tags()
}

func (p *OffsetDeleteResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags()
}
