package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// OffsetForLeaderEpochRequest asks where leader epochs end, by which a consumer
// finds out that its log was truncated (KIP-320).
type OffsetForLeaderEpochRequest struct {
	// ReplicaID is -1 for consumers; earlier versions than 3 take everyone for
	// a debugging consumer, -2.
	ReplicaID int32
	// Topics asked for.
	Topics []OffsetForLeaderEpochRequestTopic
}

// OffsetForLeaderEpochRequestTopic is a topic asked for.
type OffsetForLeaderEpochRequestTopic struct {
	Topic      string
	Partitions []OffsetForLeaderEpochRequestPartition
}

// OffsetForLeaderEpochRequestPartition is a partition asked for.
type OffsetForLeaderEpochRequestPartition struct {
	Partition int32
	// CurrentLeaderEpoch is the leader epoch that the client knows, -1 for none.
	// Since v2.
	CurrentLeaderEpoch int32
	// LeaderEpoch is the epoch whose end is asked for.
	LeaderEpoch int32
}

// APIKey returns OffsetForLeaderEpoch.
func (*OffsetForLeaderEpochRequest) APIKey() APIKey { return OffsetForLeaderEpoch }

// Code codes the request.
func (r *OffsetForLeaderEpochRequest) Code(c *wire.Coder) {
	if c.Version >= 3 {
		c.Int32(&r.ReplicaID)
	} else {
		wire.Ignore(c, &r.ReplicaID, -2)
	}
	wire.Array(c, &r.Topics, (*OffsetForLeaderEpochRequestTopic).code)
	c.Tags()
}

func (t *OffsetForLeaderEpochRequestTopic) code(c *wire.Coder) {
	c.String(&t.Topic)
	wire.Array(c, &t.Partitions, (*OffsetForLeaderEpochRequestPartition).code)
	c.Tags()
}

func (p *OffsetForLeaderEpochRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	if c.Version >= 2 {
		c.Int32(&p.CurrentLeaderEpoch)
	} else {
		wire.Ignore(c, &p.CurrentLeaderEpoch, -1)
	}
	c.Int32(&p.LeaderEpoch)
	c.Tags()
}

// OffsetForLeaderEpochResponse tells where leader epochs end.
type OffsetForLeaderEpochResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v2.
	ThrottleTimeMs int32
	// Topics that were asked for.
	Topics []OffsetForLeaderEpochResponseTopic
}

// OffsetForLeaderEpochResponseTopic is a topic that was asked for.
type OffsetForLeaderEpochResponseTopic struct {
	Topic      string
	Partitions []OffsetForLeaderEpochResponsePartition
}

// OffsetForLeaderEpochResponsePartition tells where an epoch ends.
type OffsetForLeaderEpochResponsePartition struct {
	ErrorCode ErrorCode
	Partition int32
	// LeaderEpoch is the largest epoch that the broker has up to the one asked
	// for, -1 if there is none. Since v1.
	LeaderEpoch int32
	// EndOffset is the first offset after that epoch, -1 if there is none.
	EndOffset int64
}

// APIKey returns OffsetForLeaderEpoch.
func (*OffsetForLeaderEpochResponse) APIKey() APIKey { return OffsetForLeaderEpoch }

// Throttle returns for how long the client shall pause.
func (r *OffsetForLeaderEpochResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *OffsetForLeaderEpochResponse) Code(c *wire.Coder) {
	if c.Version >= 2 {
		c.Int32(&r.ThrottleTimeMs)
	}
	wire.Array(c, &r.Topics, (*OffsetForLeaderEpochResponseTopic).code)
	c.Tags()
}

func (t *OffsetForLeaderEpochResponseTopic) code(c *wire.Coder) {
	c.String(&t.Topic)
	wire.Array(c, &t.Partitions, (*OffsetForLeaderEpochResponsePartition).code)
	c.Tags()
}

func (p *OffsetForLeaderEpochResponsePartition) code(c *wire.Coder) {
	c.Int16((*int16)(&p.ErrorCode))
	c.Int32(&p.Partition)
	if c.Version >= 1 {
		c.Int32(&p.LeaderEpoch)
	} else {
		wire.Ignore(c, &p.LeaderEpoch, -1)
	}
	c.Int64(&p.EndOffset)
	c.Tags()
}
