package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeTopicPartitionsRequest asks for topics and their partitions, page by
// page (KIP-966).
type DescribeTopicPartitionsRequest struct {
	// Topics asked for; empty means all.
	Topics []DescribeTopicPartitionsRequestTopic
	// ResponsePartitionLimit is how many partitions a page may have; the broker's
	// own limit, 2000 by default, applies too.
	ResponsePartitionLimit int32
	// Cursor is where the page starts, nil for the first.
	Cursor *TopicPartitionsCursor
}

// DescribeTopicPartitionsRequestTopic is a topic asked for.
type DescribeTopicPartitionsRequestTopic struct {
	Name string
}

// TopicPartitionsCursor is where a page of DescribeTopicPartitions starts.
type TopicPartitionsCursor struct {
	TopicName      string
	PartitionIndex int32
}

// APIKey returns DescribeTopicPartitions.
func (*DescribeTopicPartitionsRequest) APIKey() APIKey { return DescribeTopicPartitions }

// Code codes the request.
func (r *DescribeTopicPartitionsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Topics, (*DescribeTopicPartitionsRequestTopic).code)
	c.Int32(&r.ResponsePartitionLimit)
	wire.NullableStruct(c, &r.Cursor, (*TopicPartitionsCursor).code)
	c.Tags()
}

func (t *DescribeTopicPartitionsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Tags()
}

func (u *TopicPartitionsCursor) code(c *wire.Coder) {
	c.String(&u.TopicName)
	c.Int32(&u.PartitionIndex)
	c.Tags()
}

// DescribeTopicPartitionsResponse is a page of topics.
type DescribeTopicPartitionsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Topics of the page, by name; the last may go on in the next.
	Topics []DescribeTopicPartitionsResponseTopic
	// NextCursor is where the next page starts, nil if this is the last.
	NextCursor *TopicPartitionsCursor
}

// DescribeTopicPartitionsResponseTopic is a topic.
type DescribeTopicPartitionsResponseTopic struct {
	ErrorCode ErrorCode
	// Name is nil if it is not known.
	Name    *string
	TopicID wire.UUID
	// IsInternal marks a topic of Kafka's own.
	IsInternal bool
	// Partitions of the topic that are on the page.
	Partitions []DescribeTopicPartitionsResponsePartition
	// TopicAuthorizedOperations is a bit field of what the client may do.
	TopicAuthorizedOperations int32
}

// DescribeTopicPartitionsResponsePartition is a partition.
type DescribeTopicPartitionsResponsePartition struct {
	ErrorCode      ErrorCode
	PartitionIndex int32
	// LeaderID is the node id of the leader, -1 if there is none.
	LeaderID int32
	// LeaderEpoch is the epoch of the leader, -1 if not known.
	LeaderEpoch int32
	// ReplicaNodes are the node ids of all replicas, the preferred leader first.
	ReplicaNodes []int32
	// ISRNodes are the node ids of the replicas in sync.
	ISRNodes []int32
	// EligibleLeaderReplicas are the node ids of replicas that are not in sync but
	// have all committed records, so that they may lead; nil if not known
	// (KIP-966).
	EligibleLeaderReplicas []int32
	// LastKnownELR are those that were so before they failed uncleanly, nil if not
	// known.
	LastKnownELR []int32
	// OfflineReplicas are the node ids of replicas that are not there.
	OfflineReplicas []int32
}

// APIKey returns DescribeTopicPartitions.
func (*DescribeTopicPartitionsResponse) APIKey() APIKey { return DescribeTopicPartitions }

// Throttle returns for how long the client shall pause.
func (r *DescribeTopicPartitionsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *DescribeTopicPartitionsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Topics, (*DescribeTopicPartitionsResponseTopic).code)
	wire.NullableStruct(c, &r.NextCursor, (*TopicPartitionsCursor).code)
	c.Tags()
}

func (t *DescribeTopicPartitionsResponseTopic) code(c *wire.Coder) {
	c.Int16((*int16)(&t.ErrorCode))
	c.NullableString(&t.Name)
	c.UUID(&t.TopicID)
	c.Bool(&t.IsInternal)
	wire.Array(c, &t.Partitions, (*DescribeTopicPartitionsResponsePartition).code)
	c.Int32(&t.TopicAuthorizedOperations)
	c.Tags()
}

func (p *DescribeTopicPartitionsResponsePartition) code(c *wire.Coder) {
	c.Int16((*int16)(&p.ErrorCode))
	c.Int32(&p.PartitionIndex)
	c.Int32(&p.LeaderID)
	c.Int32(&p.LeaderEpoch)
	c.Int32s(&p.ReplicaNodes)
	c.Int32s(&p.ISRNodes)
	c.NullableInt32s(&p.EligibleLeaderReplicas)
	c.NullableInt32s(&p.LastKnownELR)
	c.Int32s(&p.OfflineReplicas)
	c.Tags()
}
