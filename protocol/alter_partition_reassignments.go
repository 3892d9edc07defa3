package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AlterPartitionReassignmentsRequest moves replicas of partitions to other
// brokers, or cancels such moves (KIP-455); the controller takes it, and in a
// KRaft cluster any broker.
type AlterPartitionReassignmentsRequest struct {
	// TimeoutMs is for how long the broker waits until the moves have begun.
	TimeoutMs int32
	// AllowReplicationFactorChange tells whether a partition may get another
	// number of replicas. It must be true before v1, which do not check it.
	AllowReplicationFactorChange bool
	// Topics with partitions to move.
	Topics []AlterPartitionReassignmentsRequestTopic
}

// AlterPartitionReassignmentsRequestTopic is a topic with partitions to move.
type AlterPartitionReassignmentsRequestTopic struct {
	Name       string
	Partitions []AlterPartitionReassignmentsRequestPartition
}

// AlterPartitionReassignmentsRequestPartition is a partition to move.
type AlterPartitionReassignmentsRequestPartition struct {
	PartitionIndex int32
	// Replicas are the node ids of the replicas that the partition is to have, the
	// preferred leader first; nil cancels a move.
	Replicas []int32
}

// APIKey returns AlterPartitionReassignments.
func (*AlterPartitionReassignmentsRequest) APIKey() APIKey { return AlterPartitionReassignments }

// Code codes the request.
func (r *AlterPartitionReassignmentsRequest) Code(c *wire.Coder) {
	c.Int32(&r.TimeoutMs)
	if c.Version >= 1 {
		c.Bool(&r.AllowReplicationFactorChange)
	} else {
		wire.Refuse(c, "AllowReplicationFactorChange", &r.AllowReplicationFactorChange, true)
	}
	wire.Array(c, &r.Topics, (*AlterPartitionReassignmentsRequestTopic).code)
	c.Tags()
}

func (t *AlterPartitionReassignmentsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*AlterPartitionReassignmentsRequestPartition).code)
	c.Tags()
}

func (p *AlterPartitionReassignmentsRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.NullableInt32s(&p.Replicas)
	c.Tags()
}

// AlterPartitionReassignmentsResponse tells which moves began.
type AlterPartitionReassignmentsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// AllowReplicationFactorChange repeats that of the request; true before v1.
	AllowReplicationFactorChange bool
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Responses has the topics of the request.
	Responses []AlterPartitionReassignmentsResponseTopic
}

// AlterPartitionReassignmentsResponseTopic is a topic of the request.
type AlterPartitionReassignmentsResponseTopic struct {
	Name       string
	Partitions []AlterPartitionReassignmentsResponsePartition
}

// AlterPartitionReassignmentsResponsePartition tells whether the move of a
// partition began.
type AlterPartitionReassignmentsResponsePartition struct {
	PartitionIndex int32
	// ErrorCode is ErrNoReassignmentInProgress if there is no move to cancel.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns AlterPartitionReassignments.
func (*AlterPartitionReassignmentsResponse) APIKey() APIKey { return AlterPartitionReassignments }

// Throttle returns for how long the client shall pause.
func (r *AlterPartitionReassignmentsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *AlterPartitionReassignmentsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	if c.Version >= 1 {
		c.Bool(&r.AllowReplicationFactorChange)
	} else {
		wire.Ignore(c, &r.AllowReplicationFactorChange, true)
	}
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	wire.Array(c, &r.Responses, (*AlterPartitionReassignmentsResponseTopic).code)
	c.Tags()
}

func (t *AlterPartitionReassignmentsResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*AlterPartitionReassignmentsResponsePartition).code)
	c.Tags()
}

func (p *AlterPartitionReassignmentsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Tags()
}
