package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// Timestamps that ask ListOffsets for something else than a time.
const (
	// LatestTimestamp asks for the end: the high watermark, or the last stable
	// offset if only committed records are read.
	LatestTimestamp = -1
	// EarliestTimestamp asks for the first offset.
	EarliestTimestamp = -2
	// MaxTimestamp asks for the record with the greatest timestamp. Since v7
	// (KIP-734).
	MaxTimestamp = -3
	// EarliestLocalTimestamp asks for the first offset on the broker's own disk.
	// Since v8 (KIP-405).
	EarliestLocalTimestamp = -4
	// LatestTieredTimestamp asks for the last offset in remote storage. Since v9
	// (KIP-1005).
	LatestTieredTimestamp = -5
	// EarliestPendingUploadTimestamp asks for the first offset that is not in
	// remote storage yet. Since v11 (KIP-1023).
	EarliestPendingUploadTimestamp = -6
)

// ListOffsetsRequest asks the leaders of partitions for offsets by time.
type ListOffsetsRequest struct {
	// ReplicaID is -1 for clients.
	ReplicaID int32
	// IsolationLevel bounds LatestTimestamp. Since v2 (KIP-98).
	IsolationLevel IsolationLevel
	// Topics asked for.
	Topics []ListOffsetsRequestTopic
	// TimeoutMs is for how long the broker may wait for remote storage. Since
	// v10 (KIP-1075).
	TimeoutMs int32
}

// ListOffsetsRequestTopic is a topic asked for.
type ListOffsetsRequestTopic struct {
	Name       string
	Partitions []ListOffsetsRequestPartition
}

// ListOffsetsRequestPartition is a partition asked for.
type ListOffsetsRequestPartition struct {
	PartitionIndex int32
	// CurrentLeaderEpoch is the leader epoch that the client knows, -1 for none.
	// Since v4 (KIP-320).
	CurrentLeaderEpoch int32
	// Timestamp in milliseconds: the first record that is not older is meant; or
	// one of the constants such as LatestTimestamp.
	Timestamp int64
	// MaxNumOffsets is how many offsets to return in v0, which alone has it.
	MaxNumOffsets int32
}

// APIKey returns ListOffsets.
func (*ListOffsetsRequest) APIKey() APIKey { return ListOffsets }

// Code codes the request.
func (r *ListOffsetsRequest) Code(c *wire.Coder) {
	c.Int32(&r.ReplicaID)
	if c.Version >= 2 {
		c.Int8((*int8)(&r.IsolationLevel))
	} else {
		c.RefuseSet("IsolationLevel", r.IsolationLevel != 0)
	}
	wire.Array(c, &r.Topics, (*ListOffsetsRequestTopic).code)
	if c.Version >= 10 {
		c.Int32(&r.TimeoutMs)
	}
	c.Tags()
}

func (t *ListOffsetsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*ListOffsetsRequestPartition).code)
	c.Tags()
}

func (p *ListOffsetsRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	if c.Version >= 4 {
		c.Int32(&p.CurrentLeaderEpoch)
	} else {
		wire.Ignore(c, &p.CurrentLeaderEpoch, -1)
	}
	p.refuseUnknownTimestamp(c)
	c.Int64(&p.Timestamp)
	if c.Version == 0 {
		c.Int32(&p.MaxNumOffsets)
	} else {
		wire.Ignore(c, &p.MaxNumOffsets, 1)
	}
	c.Tags()
}

// refuseUnknownTimestamp keeps a broker from taking for a time what it does not
// know to have a meaning.
func (p *ListOffsetsRequestPartition) refuseUnknownTimestamp(c *wire.Coder) {
	switch t := p.Timestamp; {
	case t == MaxTimestamp:
		c.RefuseSet("MaxTimestamp", c.Version < 7)
	case t == EarliestLocalTimestamp:
		c.RefuseSet("EarliestLocalTimestamp", c.Version < 8)
	case t == LatestTieredTimestamp:
		c.RefuseSet("LatestTieredTimestamp", c.Version < 9)
	case t == EarliestPendingUploadTimestamp:
		c.RefuseSet("EarliestPendingUploadTimestamp", c.Version < 11)
	}
}

// ListOffsetsResponse tells the offsets.
type ListOffsetsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v2.
	ThrottleTimeMs int32
	// Topics that were asked for.
	Topics []ListOffsetsResponseTopic
}

// ListOffsetsResponseTopic is a topic that was asked for.
type ListOffsetsResponseTopic struct {
	Name       string
	Partitions []ListOffsetsResponsePartition
}

// ListOffsetsResponsePartition tells the offset found in a partition.
type ListOffsetsResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
	// OldStyleOffsets is what v0 has instead of Offset: offsets of segments that
	// are older than the time asked for, the newest first.
	OldStyleOffsets []int64
	// Timestamp of the record found in milliseconds, -1 if there is none or it
	// was not asked for by time. Since v1.
	Timestamp int64
	// Offset that was found, -1 if there is none. Since v1.
	Offset int64
	// LeaderEpoch of the record found, -1 if not known. Since v4 (KIP-320).
	LeaderEpoch int32
}

// APIKey returns ListOffsets.
func (*ListOffsetsResponse) APIKey() APIKey { return ListOffsets }

// Throttle returns for how long the client shall pause.
func (r *ListOffsetsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ListOffsetsResponse) Code(c *wire.Coder) {
	if c.Version >= 2 {
		c.Int32(&r.ThrottleTimeMs)
	}
	wire.Array(c, &r.Topics, (*ListOffsetsResponseTopic).code)
	c.Tags()
}

func (t *ListOffsetsResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*ListOffsetsResponsePartition).code)
	c.Tags()
}

func (p *ListOffsetsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	if c.Version == 0 {
		c.Int64s(&p.OldStyleOffsets)
		wire.Refuse(c, "Timestamp", &p.Timestamp, -1)
		wire.Refuse(c, "Offset", &p.Offset, -1)
	} else {
		c.RefuseSet("OldStyleOffsets", len(p.OldStyleOffsets) > 0)
		c.Int64(&p.Timestamp)
		c.Int64(&p.Offset)
	}
	if c.Version >= 4 {
		c.Int32(&p.LeaderEpoch)
	} else {
		wire.Refuse(c, "LeaderEpoch", &p.LeaderEpoch, -1)
	}
	c.Tags()
}
