package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DeleteTopicsRequest deletes topics; the controller takes it, and in a KRaft
// cluster any broker.
type DeleteTopicsRequest struct {
	// Topics to delete.
	Topics []DeleteTopicsRequestTopic
	// TimeoutMs is for how long the broker waits until the topics are gone.
	TimeoutMs int32
}

// DeleteTopicsRequestTopic names a topic either by name or by id.
type DeleteTopicsRequestTopic struct {
	// Name is nil if the topic is named by its id, which versions before 6 cannot
	// do.
	Name *string
	// TopicID is zero if the topic is named by name. Since v6 (KIP-516).
	TopicID wire.UUID
}

// APIKey returns DeleteTopics.
func (*DeleteTopicsRequest) APIKey() APIKey { return DeleteTopics }

// Code codes the request.
func (r *DeleteTopicsRequest) Code(c *wire.Coder) {
	if c.Version >= 6 {
		wire.Array(c, &r.Topics, (*DeleteTopicsRequestTopic).code)
	} else {
		wire.Array(c, &r.Topics, (*DeleteTopicsRequestTopic).codeName)
	}
	c.Int32(&r.TimeoutMs)
	c.Tags()
}

func (t *DeleteTopicsRequestTopic) code(c *wire.Coder) {
	c.NullableString(&t.Name)
	c.UUID(&t.TopicID)
	c.Tags()
}

// codeName codes a topic before v6, which is its name and nothing else.
func (t *DeleteTopicsRequestTopic) codeName(c *wire.Coder) {
	c.RefuseSet("TopicID", !t.TopicID.IsZero())
	c.NonNullString("topic name", &t.Name)
}

// DeleteTopicsResponse tells which topics were deleted.
type DeleteTopicsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	// Responses has one entry per topic of the request.
	Responses []DeleteTopicsResponseTopic
}

// DeleteTopicsResponseTopic tells what became of a topic.
type DeleteTopicsResponseTopic struct {
	// Name is nil, since v6, if the topic was named by an id that the broker does
	// not know or does not tell the client about.
	Name *string
	// TopicID is zero if the broker does not know it. Since v6 (KIP-516).
	TopicID   wire.UUID
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none. Since v5
	// (KIP-599).
	ErrorMessage *string
}

// APIKey returns DeleteTopics.
func (*DeleteTopicsResponse) APIKey() APIKey { return DeleteTopics }

// Throttle returns for how long the client shall pause.
func (r *DeleteTopicsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DeleteTopicsResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	wire.Array(c, &r.Responses, (*DeleteTopicsResponseTopic).code)
	c.Tags()
}

func (t *DeleteTopicsResponseTopic) code(c *wire.Coder) {
	if c.Version >= 6 {
		c.NullableString(&t.Name)
		c.UUID(&t.TopicID)
	} else {
		c.NonNullString("topic name", &t.Name)
	}
	c.Int16((*int16)(&t.ErrorCode))
	if c.Version >= 5 {
		c.NullableString(&t.ErrorMessage)
	}
	c.Tags()
}
