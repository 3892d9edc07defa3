package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ListPartitionReassignmentsRequest asks which partitions are being moved
// (KIP-455); the controller takes it, and in a KRaft cluster any broker.
type ListPartitionReassignmentsRequest struct {
	// TimeoutMs is for how long the broker may take.
	TimeoutMs int32
	// Topics asked for, nil for all.
	Topics []ListPartitionReassignmentsRequestTopic
}

// ListPartitionReassignmentsRequestTopic is a topic asked for.
type ListPartitionReassignmentsRequestTopic struct {
	Name string
	// PartitionIndexes are those of the partitions asked for.
	PartitionIndexes []int32
}

// APIKey returns ListPartitionReassignments.
func (*ListPartitionReassignmentsRequest) APIKey() APIKey { return ListPartitionReassignments }

// Code codes the request.
func (r *ListPartitionReassignmentsRequest) Code(c *wire.Coder) {
	c.Int32(&r.TimeoutMs)
	wire.NullableArray(c, &r.Topics, (*ListPartitionReassignmentsRequestTopic).code)
	c.Tags()
}

func (t *ListPartitionReassignmentsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32s(&t.PartitionIndexes)
	c.Tags()
}

// ListPartitionReassignmentsResponse tells which partitions are being moved.
type ListPartitionReassignmentsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Topics with partitions that are being moved.
	Topics []ListPartitionReassignmentsResponseTopic
}

// ListPartitionReassignmentsResponseTopic is a topic with partitions that are
// being moved.
type ListPartitionReassignmentsResponseTopic struct {
	Name       string
	Partitions []ListPartitionReassignmentsResponsePartition
}

// ListPartitionReassignmentsResponsePartition is a partition that is being moved.
type ListPartitionReassignmentsResponsePartition struct {
	PartitionIndex int32
	// Replicas are the node ids of all replicas, old and new.
	Replicas []int32
	// AddingReplicas are those of the new ones.
	AddingReplicas []int32
	// RemovingReplicas are those that will go.
	RemovingReplicas []int32
}

// APIKey returns ListPartitionReassignments.
func (*ListPartitionReassignmentsResponse) APIKey() APIKey { return ListPartitionReassignments }

// Throttle returns for how long the client shall pause.
func (r *ListPartitionReassignmentsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *ListPartitionReassignmentsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	wire.Array(c, &r.Topics, (*ListPartitionReassignmentsResponseTopic).code)
	c.Tags()
}

func (t *ListPartitionReassignmentsResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*ListPartitionReassignmentsResponsePartition).code)
	c.Tags()
}

func (p *ListPartitionReassignmentsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int32s(&p.Replicas)
	c.Int32s(&p.AddingReplicas)
	c.Int32s(&p.RemovingReplicas)
	c.Tags()
}
