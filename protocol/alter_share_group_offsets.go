package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AlterShareGroupOffsetsRequest changes from where a share group without members
// delivers records; its coordinator takes it (KIP-932).
type AlterShareGroupOffsetsRequest struct {
	GroupID string
	// Topics whose offsets to change.
	Topics []AlterShareGroupOffsetsRequestTopic
}

// AlterShareGroupOffsetsRequestTopic is a topic whose offsets to change.
type AlterShareGroupOffsetsRequestTopic struct {
	TopicName  string
	Partitions []AlterShareGroupOffsetsRequestPartition
}

// AlterShareGroupOffsetsRequestPartition is a partition whose offset to change.
type AlterShareGroupOffsetsRequestPartition struct {
	PartitionIndex int32
	// StartOffset is the first offset to deliver.
	StartOffset int64
}

// APIKey returns AlterShareGroupOffsets.
func (*AlterShareGroupOffsetsRequest) APIKey() APIKey { return AlterShareGroupOffsets }

// Code codes the request.
func (r *AlterShareGroupOffsetsRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*AlterShareGroupOffsetsRequestTopic).code)
	c.Tags()
}

func (t *AlterShareGroupOffsetsRequestTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	wire.Array(c, &t.Partitions, (*AlterShareGroupOffsetsRequestPartition).code)
	c.Tags()
}

func (p *AlterShareGroupOffsetsRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.StartOffset)
	c.Tags()
}

// AlterShareGroupOffsetsResponse tells which offsets were changed.
type AlterShareGroupOffsetsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request: ErrNonEmptyGroup if the group has
	// members.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Responses has the topics of the request.
	Responses []AlterShareGroupOffsetsResponseTopic
}

// AlterShareGroupOffsetsResponseTopic is a topic of the request.
type AlterShareGroupOffsetsResponseTopic struct {
	TopicName  string
	TopicID    wire.UUID
	Partitions []AlterShareGroupOffsetsResponsePartition
}

// AlterShareGroupOffsetsResponsePartition tells what became of a partition's
// offset.
type AlterShareGroupOffsetsResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns AlterShareGroupOffsets.
func (*AlterShareGroupOffsetsResponse) APIKey() APIKey { return AlterShareGroupOffsets }

// Throttle returns for how long the client shall pause.
func (r *AlterShareGroupOffsetsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *AlterShareGroupOffsetsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	wire.Array(c, &r.Responses, (*AlterShareGroupOffsetsResponseTopic).code)
	c.Tags()
}

func (t *AlterShareGroupOffsetsResponseTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*AlterShareGroupOffsetsResponsePartition).code)
	c.Tags()
}

func (p *AlterShareGroupOffsetsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Tags()
}
