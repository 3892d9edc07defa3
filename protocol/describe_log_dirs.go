package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeLogDirsRequest asks a broker for its log directories and what they
// hold (KIP-113).
type DescribeLogDirsRequest struct {
	// Topics asked for, nil for all.
	Topics []DescribeLogDirsRequestTopic
}

// DescribeLogDirsRequestTopic is a topic asked for.
type DescribeLogDirsRequestTopic struct {
	Topic string
	// Partitions are the indexes of those asked for.
	Partitions []int32
}

// APIKey returns DescribeLogDirs.
func (*DescribeLogDirsRequest) APIKey() APIKey { return DescribeLogDirs }

// Code codes the request.
func (r *DescribeLogDirsRequest) Code(c *wire.Coder) {
	wire.NullableArray(c, &r.Topics, (*DescribeLogDirsRequestTopic).code)
	c.Tags()
}

func (t *DescribeLogDirsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// DescribeLogDirsResponse describes the log directories.
type DescribeLogDirsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request. Since v3; earlier brokers answer without
	// results if the client may not ask.
	ErrorCode ErrorCode
	// Results has one entry per log directory.
	Results []DescribeLogDirsResponseResult
}

// DescribeLogDirsResponseResult is a log directory.
type DescribeLogDirsResponseResult struct {
	ErrorCode ErrorCode
	// LogDir is its absolute path.
	LogDir string
	// Topics that it holds, of those asked for.
	Topics []DescribeLogDirsResponseTopic
	// TotalBytes and UsableBytes are the size of the volume and what is left of
	// it, -1 if not known. Since v4 (KIP-827).
	TotalBytes  int64
	UsableBytes int64
	// IsCordoned tells that no new replicas are placed there. Since v5
	// (KIP-1066).
	IsCordoned bool
}

// DescribeLogDirsResponseTopic is a topic that a log directory holds.
type DescribeLogDirsResponseTopic struct {
	Name       string
	Partitions []DescribeLogDirsResponsePartition
}

// DescribeLogDirsResponsePartition is a replica that a log directory holds.
type DescribeLogDirsResponsePartition struct {
	PartitionIndex int32
	// PartitionSize is the size of its segments in bytes.
	PartitionSize int64
	// OffsetLag is how many offsets the replica lags behind the high watermark
	// or, if it is a future one, behind the current one.
	OffsetLag int64
	// IsFutureKey tells that the replica is being moved here by
	// AlterReplicaLogDirs.
	IsFutureKey bool
}

// APIKey returns DescribeLogDirs.
func (*DescribeLogDirsResponse) APIKey() APIKey { return DescribeLogDirs }

// Throttle returns for how long the client shall pause.
func (r *DescribeLogDirsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeLogDirsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	if c.Version >= 3 {
		c.Int16((*int16)(&r.ErrorCode))
	}
	wire.Array(c, &r.Results, (*DescribeLogDirsResponseResult).code)
	c.Tags()
}

func (d *DescribeLogDirsResponseResult) code(c *wire.Coder) {
	c.Int16((*int16)(&d.ErrorCode))
	c.String(&d.LogDir)
	wire.Array(c, &d.Topics, (*DescribeLogDirsResponseTopic).code)
	if c.Version >= 4 {
		c.Int64(&d.TotalBytes)
		c.Int64(&d.UsableBytes)
	} else {
		wire.Ignore(c, &d.TotalBytes, -1)
		wire.Ignore(c, &d.UsableBytes, -1)
	}
	if c.Version >= 5 {
		c.Bool(&d.IsCordoned)
	}
	c.Tags()
}

func (t *DescribeLogDirsResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*DescribeLogDirsResponsePartition).code)
	c.Tags()
}

func (p *DescribeLogDirsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.PartitionSize)
	c.Int64(&p.OffsetLag)
	c.Bool(&p.IsFutureKey)
	c.Tags()
}
