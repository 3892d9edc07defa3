package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DeleteShareGroupOffsetsRequest makes a share group without members forget
// topics; its coordinator takes it (KIP-932).
type DeleteShareGroupOffsetsRequest struct {
	GroupID string
	// Topics to forget.
	Topics []DeleteShareGroupOffsetsRequestTopic
}

// DeleteShareGroupOffsetsRequestTopic is a topic to forget.
type DeleteShareGroupOffsetsRequestTopic struct {
	TopicName string
}

// APIKey returns DeleteShareGroupOffsets.
func (*DeleteShareGroupOffsetsRequest) APIKey() APIKey { return DeleteShareGroupOffsets }

// Code codes the request.
func (r *DeleteShareGroupOffsetsRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*DeleteShareGroupOffsetsRequestTopic).code)
	c.Tags()
}

func (t *DeleteShareGroupOffsetsRequestTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	c.Tags()
}

// DeleteShareGroupOffsetsResponse tells which topics were forgotten.
type DeleteShareGroupOffsetsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request: ErrNonEmptyGroup if the group has
	// members.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Responses has the topics of the request.
	Responses []DeleteShareGroupOffsetsResponseTopic
}

// DeleteShareGroupOffsetsResponseTopic tells what became of a topic.
type DeleteShareGroupOffsetsResponseTopic struct {
	TopicName string
	TopicID   wire.UUID
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns DeleteShareGroupOffsets.
func (*DeleteShareGroupOffsetsResponse) APIKey() APIKey { return DeleteShareGroupOffsets }

// Throttle returns for how long the client shall pause.
func (r *DeleteShareGroupOffsetsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *DeleteShareGroupOffsetsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	wire.Array(c, &r.Responses, (*DeleteShareGroupOffsetsResponseTopic).code)
	c.Tags()
}

func (t *DeleteShareGroupOffsetsResponseTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	c.UUID(&t.TopicID)
	c.Int16((*int16)(&t.ErrorCode))
	c.NullableString(&t.ErrorMessage)
	c.Tags()
}
