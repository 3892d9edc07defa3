package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// CreatePartitionsRequest adds partitions to topics (KIP-195); the controller
// takes it, and in a KRaft cluster any broker.
type CreatePartitionsRequest struct {
	// Topics to add partitions to.
	Topics []CreatePartitionsRequestTopic
	// TimeoutMs is for how long the broker waits until the partitions are there.
	TimeoutMs int32
	// ValidateOnly checks the request without creating anything.
	ValidateOnly bool
}

// CreatePartitionsRequestTopic is a topic to add partitions to.
type CreatePartitionsRequestTopic struct {
	Name string
	// Count is how many partitions the topic is to have in all.
	Count int32
	// Assignments places the replicas of the new partitions by hand, in order; nil
	// lets the cluster do it.
	Assignments []CreatePartitionsRequestAssignment
}

// CreatePartitionsRequestAssignment places the replicas of a new partition.
type CreatePartitionsRequestAssignment struct {
	// BrokerIDs are the node ids of the replicas, the preferred leader first.
	BrokerIDs []int32
}

// APIKey returns CreatePartitions.
func (*CreatePartitionsRequest) APIKey() APIKey { return CreatePartitions }

// Code codes the request.
func (r *CreatePartitionsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Topics, (*CreatePartitionsRequestTopic).code)
	c.Int32(&r.TimeoutMs)
	c.Bool(&r.ValidateOnly)
	c.Tags()
}

func (t *CreatePartitionsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32(&t.Count)
	wire.NullableArray(c, &t.Assignments, (*CreatePartitionsRequestAssignment).code)
	c.Tags()
}

func (a *CreatePartitionsRequestAssignment) code(c *wire.Coder) {
	c.Int32s(&a.BrokerIDs)
	c.Tags()
}

// CreatePartitionsResponse tells which topics have their partitions.
type CreatePartitionsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Results has one entry per topic of the request.
	Results []CreatePartitionsResponseResult
}

// CreatePartitionsResponseResult tells what became of a topic.
type CreatePartitionsResponseResult struct {
	Name      string
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns CreatePartitions.
func (*CreatePartitionsResponse) APIKey() APIKey { return CreatePartitions }

// Throttle returns for how long the client shall pause.
func (r *CreatePartitionsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *CreatePartitionsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Results, (*CreatePartitionsResponseResult).code)
	c.Tags()
}

func (t *CreatePartitionsResponseResult) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int16((*int16)(&t.ErrorCode))
	c.NullableString(&t.ErrorMessage)
	c.Tags()
}
