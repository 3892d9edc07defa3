package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// CreateTopicsRequest creates topics; the controller takes it, and in a KRaft
// cluster any broker.
type CreateTopicsRequest struct {
	Topics []CreateTopicsRequestTopic
	// TimeoutMs is for how long the broker waits until the topics are there.
	TimeoutMs int32
	// ValidateOnly checks the request without creating anything. Since v1.
	ValidateOnly bool
}

// CreateTopicsRequestTopic is a topic to create.
type CreateTopicsRequestTopic struct {
	Name string
	// NumPartitions is -1 if Assignments tells it, or since v4 for the broker's
	// default (KIP-464).
	NumPartitions int32
	// ReplicationFactor is -1 if Assignments tells it, or since v4 for the
	// broker's default (KIP-464).
	ReplicationFactor int16
	// Assignments places the replicas by hand; empty lets the cluster do it.
	Assignments []CreateTopicsRequestAssignment
	// Configs of the topic.
	Configs []CreateTopicsRequestConfig
}

// CreateTopicsRequestAssignment places the replicas of a partition.
type CreateTopicsRequestAssignment struct {
	PartitionIndex int32
	// BrokerIDs are the node ids of the replicas, the preferred leader first.
	BrokerIDs []int32
}

// CreateTopicsRequestConfig is a config of a topic.
type CreateTopicsRequestConfig struct {
	Name string
	// Value is nil for the default.
	Value *string
}

// APIKey returns CreateTopics.
func (*CreateTopicsRequest) APIKey() APIKey { return CreateTopics }

// Code codes the request.
func (r *CreateTopicsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Topics, (*CreateTopicsRequestTopic).code)
	c.Int32(&r.TimeoutMs)
	if c.Version >= 1 {
		c.Bool(&r.ValidateOnly)
	} else {
		c.RefuseSet("ValidateOnly", r.ValidateOnly)
	}
	c.Tags()
}

func (t *CreateTopicsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32(&t.NumPartitions)
	c.Int16(&t.ReplicationFactor)
	wire.Array(c, &t.Assignments, (*CreateTopicsRequestAssignment).code)
	wire.Array(c, &t.Configs, (*CreateTopicsRequestConfig).code)
	c.Tags()
}

func (a *CreateTopicsRequestAssignment) code(c *wire.Coder) {
	c.Int32(&a.PartitionIndex)
	c.Int32s(&a.BrokerIDs)
	c.Tags()
}

func (f *CreateTopicsRequestConfig) code(c *wire.Coder) {
	c.String(&f.Name)
	c.NullableString(&f.Value)
	c.Tags()
}

// CreateTopicsResponse tells which topics were created.
type CreateTopicsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v2.
	ThrottleTimeMs int32
	// Topics has one entry per topic of the request.
	Topics []CreateTopicsResponseTopic
}

// CreateTopicsResponseTopic tells what became of a topic.
type CreateTopicsResponseTopic struct {
	Name string
	// TopicID of the new topic. Since v7 (KIP-516).
	TopicID   wire.UUID
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none. Since v1.
	ErrorMessage *string
	// TopicConfigErrorCode tells why Configs is nil. Since v5 (KIP-525).
	TopicConfigErrorCode ErrorCode
	// NumPartitions and ReplicationFactor are those of the new topic, -1 if not
	// known. Since v5 (KIP-525).
	NumPartitions     int32
	ReplicationFactor int16
	// Configs of the new topic, nil if the client may not see them. Since v5
	// (KIP-525).
	Configs []CreateTopicsResponseConfig
}

// CreateTopicsResponseConfig is a config of the new topic.
type CreateTopicsResponseConfig struct {
	Name string
	// Value is nil if the config is sensitive.
	Value    *string
	ReadOnly bool
	// ConfigSource tells where the value comes from, -1 if not known.
	ConfigSource ConfigSource
	IsSensitive  bool
}

// APIKey returns CreateTopics.
func (*CreateTopicsResponse) APIKey() APIKey { return CreateTopics }

// Throttle returns for how long the client shall pause.
func (r *CreateTopicsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *CreateTopicsResponse) Code(c *wire.Coder) {
	if c.Version >= 2 {
		c.Int32(&r.ThrottleTimeMs)
	}
	wire.Array(c, &r.Topics, (*CreateTopicsResponseTopic).code)
	c.Tags()
}

func (t *CreateTopicsResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	if c.Version >= 7 {
		c.UUID(&t.TopicID)
	}
	c.Int16((*int16)(&t.ErrorCode))
	if c.Version >= 1 {
		c.NullableString(&t.ErrorMessage)
	}
	if c.Version >= 5 {
		c.Int32(&t.NumPartitions)
		c.Int16(&t.ReplicationFactor)
		wire.NullableArray(c, &t.Configs, (*CreateTopicsResponseConfig).code)
	} else {
		wire.Ignore(c, &t.NumPartitions, -1)
		wire.Ignore(c, &t.ReplicationFactor, -1)
	}
	c.TagsStart()
	wire.Tagged(c, 0, (*int16)(&t.TopicConfigErrorCode), 0, (*wire.Coder).Int16)
	c.TagsEnd()
}

func (f *CreateTopicsResponseConfig) code(c *wire.Coder) {
	c.String(&f.Name)
	c.NullableString(&f.Value)
	c.Bool(&f.ReadOnly)
	c.Int8((*int8)(&f.ConfigSource))
	c.Bool(&f.IsSensitive)
	c.Tags()
}
