package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DeleteRecordsRequest deletes the oldest records of partitions; their leaders
// take it (KIP-107).
type DeleteRecordsRequest struct {
	// Topics to delete records of.
	Topics []DeleteRecordsRequestTopic
	// TimeoutMs is for how long the leader waits until all replicas in sync have
	// deleted the records.
	TimeoutMs int32
}

// DeleteRecordsRequestTopic is a topic to delete records of.
type DeleteRecordsRequestTopic struct {
	Name       string
	Partitions []DeleteRecordsRequestPartition
}

// DeleteRecordsRequestPartition is a partition to delete records of.
type DeleteRecordsRequestPartition struct {
	PartitionIndex int32
	// Offset is the first offset to keep, -1 for the high watermark.
	Offset int64
}

// APIKey returns DeleteRecords.
func (*DeleteRecordsRequest) APIKey() APIKey { return DeleteRecords }

// Code codes the request.
func (r *DeleteRecordsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Topics, (*DeleteRecordsRequestTopic).code)
	c.Int32(&r.TimeoutMs)
	c.Tags()
}

func (t *DeleteRecordsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*DeleteRecordsRequestPartition).code)
	c.Tags()
}

func (p *DeleteRecordsRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.Offset)
	c.Tags()
}

// DeleteRecordsResponse tells where the partitions start now.
type DeleteRecordsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Topics of the request.
	Topics []DeleteRecordsResponseTopic
}

// DeleteRecordsResponseTopic is a topic of the request.
type DeleteRecordsResponseTopic struct {
	Name       string
	Partitions []DeleteRecordsResponsePartition
}

// DeleteRecordsResponsePartition tells where a partition starts now.
type DeleteRecordsResponsePartition struct {
	PartitionIndex int32
	// LowWatermark is the first offset that all live replicas have, -1 on an
	// error.
	LowWatermark int64
	ErrorCode    ErrorCode
}

// APIKey returns DeleteRecords.
func (*DeleteRecordsResponse) APIKey() APIKey { return DeleteRecords }

// Throttle returns for how long the client shall pause.
func (r *DeleteRecordsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DeleteRecordsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Topics, (*DeleteRecordsResponseTopic).code)
	c.Tags()
}

func (t *DeleteRecordsResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*DeleteRecordsResponsePartition).code)
	c.Tags()
}

func (p *DeleteRecordsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.LowWatermark)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags()
}
