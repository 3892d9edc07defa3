package protocol

import (
	"math"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// FetchRequest reads record batches from partitions. Start with
// [NewFetchRequest], as several fields have a default other than zero.
type FetchRequest struct {
	// ClusterID is what a KRaft voter checks; nil for clients. Since v12.
	ClusterID *string
	// ReplicaID is the node id of a follower, -1 for consumers. Until v14.
	ReplicaID int32
	// ReplicaState is what ReplicaID is since v15; nil for consumers (KIP-903).
	ReplicaState *FetchRequestReplicaState
	// MaxWaitMs is for how long the broker may wait until MinBytes are there.
	MaxWaitMs int32
	// MinBytes is how many bytes the broker should gather before it answers.
	MinBytes int32
	// MaxBytes is about how many bytes the response may have; the first batch
	// comes whatever its size. Since v3 (KIP-74).
	MaxBytes int32
	// IsolationLevel since v4 (KIP-98).
	IsolationLevel IsolationLevel
	// SessionID is that of the fetch session, 0 for none. Since v7 (KIP-227).
	SessionID int32
	// SessionEpoch counts the requests of the session: 0 opens one, -1 means
	// none or closes it. Since v7 (KIP-227).
	SessionEpoch int32
	// Topics to read; in a session, those that are new or changed.
	Topics []FetchRequestTopic
	// ForgottenTopicsData are the partitions to take out of the session. Since
	// v7 (KIP-227).
	ForgottenTopicsData []FetchRequestForgottenTopic
	// RackID is the consumer's rack, empty for none. Since v11 (KIP-392).
	RackID string
}

// FetchRequestReplicaState tells who the follower is that fetches.
type FetchRequestReplicaState struct {
	ReplicaID    int32
	ReplicaEpoch int64
}

// FetchRequestTopic is a topic to read.
type FetchRequestTopic struct {
	// Topic is its name until v12.
	Topic string
	// TopicID names it since v13 (KIP-516).
	TopicID wire.UUID
	// Partitions to read.
	Partitions []FetchRequestPartition
}

// FetchRequestPartition is a partition to read. Start with
// [NewFetchRequestPartition], as several fields have a default other than zero.
type FetchRequestPartition struct {
	// Partition is its index.
	Partition int32
	// CurrentLeaderEpoch is the leader epoch that the client knows, -1 for none;
	// a broker with another one answers ErrFencedLeaderEpoch or
	// ErrUnknownLeaderEpoch. Since v9 (KIP-320).
	CurrentLeaderEpoch int32
	// FetchOffset is the offset of the first record wanted.
	FetchOffset int64
	// LastFetchedEpoch is the leader epoch of the last record that was read, -1
	// for none; the broker answers with a DivergingEpoch if its log differs.
	// Since v12 (KIP-595).
	LastFetchedEpoch int32
	// LogStartOffset is the first offset of a follower, -1 for consumers. Since
	// v5.
	LogStartOffset int64
	// PartitionMaxBytes is about how many bytes of this partition the response
	// may have.
	PartitionMaxBytes int32
	// ReplicaDirectoryID is the log directory of a follower. Since v17
	// (KIP-853).
	ReplicaDirectoryID wire.UUID
	// HighWatermark is what a follower knows of it, math.MaxInt64 for consumers.
	// Since v18 (KIP-1166).
	HighWatermark int64
}

// FetchRequestForgottenTopic is a topic with partitions to take out of a
// session.
type FetchRequestForgottenTopic struct {
	// Topic is its name until v12.
	Topic string
	// TopicID names it since v13 (KIP-516).
	TopicID wire.UUID
	// Partitions are their indexes.
	Partitions []int32
}

// NewFetchRequest returns a consumer's request without a session: ReplicaID -1,
// SessionEpoch -1, MaxBytes unbounded.
func NewFetchRequest() *FetchRequest {
	return &FetchRequest{ReplicaID: -1, SessionEpoch: -1, MaxBytes: math.MaxInt32}
}

// NewFetchRequestPartition returns a consumer's request for the records of a
// partition from offset on: no epochs, at most maxBytes.
func NewFetchRequestPartition(partition int32, offset int64, maxBytes int32) FetchRequestPartition {
	return FetchRequestPartition{
		Partition:          partition,
		CurrentLeaderEpoch: -1,
		FetchOffset:        offset,
		LastFetchedEpoch:   -1,
		LogStartOffset:     -1,
		PartitionMaxBytes:  maxBytes,
		HighWatermark:      math.MaxInt64,
	}
}

// APIKey returns Fetch.
func (*FetchRequest) APIKey() APIKey { return Fetch }

// MaxVersion returns 12 if a topic has no id.
func (r *FetchRequest) MaxVersion() int16 {
	for i := range r.Topics {
		if r.Topics[i].TopicID.IsZero() {
			return 12
		}
	}
	for i := range r.ForgottenTopicsData {
		if r.ForgottenTopicsData[i].TopicID.IsZero() {
			return 12
		}
	}
	return 18
}

// Code codes the request.
func (r *FetchRequest) Code(c *wire.Coder) {
	if c.Version < 15 {
		c.Int32(&r.ReplicaID)
	} else {
		wire.Refuse(c, "ReplicaID", &r.ReplicaID, -1)
	}
	c.Int32(&r.MaxWaitMs)
	c.Int32(&r.MinBytes)
	if c.Version >= 3 {
		c.Int32(&r.MaxBytes)
	} else {
		wire.Ignore(c, &r.MaxBytes, math.MaxInt32)
	}
	if c.Version >= 4 {
		c.Int8((*int8)(&r.IsolationLevel))
	}
	r.codeSession(c)
	wire.Array(c, &r.Topics, (*FetchRequestTopic).code)
	if c.Version >= 7 {
		wire.Array(c, &r.ForgottenTopicsData, (*FetchRequestForgottenTopic).code)
	} else {
		c.RefuseSet("ForgottenTopicsData", len(r.ForgottenTopicsData) > 0)
	}
	if c.Version >= 11 {
		c.String(&r.RackID)
	}
	c.TagsStart()
	if f := c.Tag(0, r.ClusterID != nil); f.Present {
		c.NullableString(&r.ClusterID)
		c.TagEnd(f)
	}
	if c.Version >= 15 {
		wire.TaggedStruct(c, 1, &r.ReplicaState, (*FetchRequestReplicaState).code)
	} else {
		c.RefuseSet("ReplicaState", r.ReplicaState != nil)
	}
	c.TagsEnd()
}

func (r *FetchRequest) codeSession(c *wire.Coder) {
	if c.Version >= 7 {
		c.Int32(&r.SessionID)
		c.Int32(&r.SessionEpoch)
	} else {
		wire.Ignore(c, &r.SessionEpoch, -1)
	}
}

func (s *FetchRequestReplicaState) code(c *wire.Coder) {
	c.Int32(&s.ReplicaID)
	c.Int64(&s.ReplicaEpoch)
	c.Tags()
}

func (t *FetchRequestTopic) code(c *wire.Coder) {
	codeTopic(c, 13, &t.Topic, &t.TopicID)
	wire.Array(c, &t.Partitions, (*FetchRequestPartition).code)
	c.Tags()
}

func (p *FetchRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	if c.Version >= 9 {
		c.Int32(&p.CurrentLeaderEpoch)
	} else {
		wire.Ignore(c, &p.CurrentLeaderEpoch, -1)
	}
	c.Int64(&p.FetchOffset)
	if c.Version >= 12 {
		c.Int32(&p.LastFetchedEpoch)
	} else {
		wire.Refuse(c, "LastFetchedEpoch", &p.LastFetchedEpoch, -1)
	}
	if c.Version >= 5 {
		c.Int64(&p.LogStartOffset)
	} else {
		wire.Ignore(c, &p.LogStartOffset, -1)
	}
	c.Int32(&p.PartitionMaxBytes)
	c.TagsStart()
	if c.Version >= 17 {
		wire.Tagged(c, 0, &p.ReplicaDirectoryID, wire.UUID{}, (*wire.Coder).UUID)
	}
	if c.Version >= 18 {
		wire.Tagged(c, 1, &p.HighWatermark, math.MaxInt64, (*wire.Coder).Int64)
	} else {
		wire.Ignore(c, &p.HighWatermark, math.MaxInt64)
	}
	c.TagsEnd()
}

func (t *FetchRequestForgottenTopic) code(c *wire.Coder) {
	codeTopic(c, 13, &t.Topic, &t.TopicID)
	c.Int32s(&t.Partitions)
	c.Tags()
}
