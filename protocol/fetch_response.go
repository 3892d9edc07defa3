package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// FetchResponse carries record batches.
type FetchResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request. Since v7.
	ErrorCode ErrorCode
	// SessionID is that of the fetch session, 0 for none. Since v7 (KIP-227).
	SessionID int32
	// Responses has the topics; in a session, only those with something new.
	Responses []FetchResponseTopic
	// NodeEndpoints are the addresses of the leaders that the partitions name
	// as CurrentLeader. Since v16 (KIP-951).
	NodeEndpoints []NodeEndpoint
}

// FetchResponseTopic is a topic that was read.
type FetchResponseTopic struct {
	// Topic is its name until v12.
	Topic string
	// TopicID names it since v13 (KIP-516).
	TopicID wire.UUID
	// Partitions that were read.
	Partitions []FetchResponsePartition
}

// FetchResponsePartition is a partition that was read.
type FetchResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
	// HighWatermark is the first offset that not all replicas in sync have.
	HighWatermark int64
	// LastStableOffset is the first offset of the earliest open transaction, or
	// the high watermark; -1 if not known. Since v4 (KIP-98).
	LastStableOffset int64
	// LogStartOffset is the first offset of the partition, -1 if not known.
	// Since v5 (KIP-107).
	LogStartOffset int64
	// DivergingEpoch tells where the broker's log parts from what was fetched;
	// nil if it does not. Since v12 (KIP-595).
	DivergingEpoch *FetchResponseEpochEndOffset
	// CurrentLeader is who leads the partition, if the broker does not; nil if it
	// does or is not known. Since v12 (KIP-595).
	CurrentLeader *LeaderIDAndEpoch
	// SnapshotID is what a KRaft replica should fetch instead, else nil. Since
	// v12 (KIP-630).
	SnapshotID *FetchResponseSnapshotID
	// AbortedTransactions are those that the records have parts of, nil if the
	// isolation level is ReadUncommitted. Since v4 (KIP-98).
	AbortedTransactions []FetchResponseAbortedTransaction
	// PreferredReadReplica is the node id of the replica that a consumer should
	// rather read from, -1 for none. Since v11 (KIP-392).
	PreferredReadReplica int32
	// Records are batches or, in old versions, message sets, the last one maybe
	// cut short. They alias the response's buffer.
	Records []byte
}

// FetchResponseEpochEndOffset is the largest epoch that the broker has up to the
// one asked for, and where it ends.
type FetchResponseEpochEndOffset struct {
	Epoch     int32
	EndOffset int64
}

// FetchResponseSnapshotID names a snapshot of the metadata log.
type FetchResponseSnapshotID struct {
	EndOffset int64
	Epoch     int32
}

// FetchResponseAbortedTransaction names the first record of a transaction that
// was aborted.
type FetchResponseAbortedTransaction struct {
	ProducerID  int64
	FirstOffset int64
}

// APIKey returns Fetch.
func (*FetchResponse) APIKey() APIKey { return Fetch }

// Throttle returns for how long the client shall pause.
func (r *FetchResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *FetchResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	if c.Version >= 7 {
		c.Int16((*int16)(&r.ErrorCode))
		c.Int32(&r.SessionID)
	} else {
		c.RefuseSet("SessionID", r.SessionID != 0)
	}
	wire.Array(c, &r.Responses, (*FetchResponseTopic).code)
	c.TagsStart()
	if c.Version >= 16 {
		wire.TaggedArray(c, 0, &r.NodeEndpoints, (*NodeEndpoint).code)
	} else {
		c.RefuseSet("NodeEndpoints", len(r.NodeEndpoints) > 0)
	}
	c.TagsEnd()
}

func (t *FetchResponseTopic) code(c *wire.Coder) {
	codeTopic(c, 13, &t.Topic, &t.TopicID)
	wire.Array(c, &t.Partitions, (*FetchResponsePartition).code)
	c.Tags()
}

func (p *FetchResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.Int64(&p.HighWatermark)
	if c.Version >= 4 {
		c.Int64(&p.LastStableOffset)
	} else {
		wire.Ignore(c, &p.LastStableOffset, -1)
	}
	if c.Version >= 5 {
		c.Int64(&p.LogStartOffset)
	} else {
		wire.Ignore(c, &p.LogStartOffset, -1)
	}
	if c.Version >= 4 {
		wire.NullableArray(c, &p.AbortedTransactions, (*FetchResponseAbortedTransaction).code)
	}
	if c.Version >= 11 {
		c.Int32(&p.PreferredReadReplica)
	} else {
		wire.Refuse(c, "PreferredReadReplica", &p.PreferredReadReplica, -1)
	}
	c.NullableBytes(&p.Records)
	p.codeTags(c)
}

func (p *FetchResponsePartition) codeTags(c *wire.Coder) {
	c.TagsStart()
	if c.Version >= 12 {
		wire.TaggedStruct(c, 0, &p.DivergingEpoch, (*FetchResponseEpochEndOffset).code)
		wire.TaggedStruct(c, 1, &p.CurrentLeader, (*LeaderIDAndEpoch).code)
		wire.TaggedStruct(c, 2, &p.SnapshotID, (*FetchResponseSnapshotID).code)
	} else {
		c.RefuseSet("DivergingEpoch", p.DivergingEpoch != nil)
		c.RefuseSet("CurrentLeader", p.CurrentLeader != nil)
		c.RefuseSet("SnapshotID", p.SnapshotID != nil)
	}
	c.TagsEnd()
}

func (e *FetchResponseEpochEndOffset) code(c *wire.Coder) {
	c.Int32(&e.Epoch)
	c.Int64(&e.EndOffset)
	c.Tags()
}

func (s *FetchResponseSnapshotID) code(c *wire.Coder) {
	c.Int64(&s.EndOffset)
	c.Int32(&s.Epoch)
	c.Tags()
}

func (t *FetchResponseAbortedTransaction) code(c *wire.Coder) {
	c.Int64(&t.ProducerID)
	c.Int64(&t.FirstOffset)
	c.Tags()
}
