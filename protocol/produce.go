package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ProduceRequest appends record batches to partitions that the broker leads.
type ProduceRequest struct {
	// TransactionalID is nil outside transactions. Since v3 (KIP-98).
	TransactionalID *string
	// Acks is how many replicas must have the records before the broker
	// answers: -1 all in sync, 1 the leader, 0 means no response at all.
	Acks int16
	// TimeoutMs is for how long the broker waits for the replicas.
	TimeoutMs int32
	// TopicData are the topics to write to.
	TopicData []ProduceRequestTopic
}

// ProduceRequestTopic is a topic and what to append to its partitions.
type ProduceRequestTopic struct {
	// Name names the topic until v12.
	Name string
	// TopicID names the topic since v13 (KIP-516).
	TopicID wire.UUID
	// PartitionData are the partitions to write to.
	PartitionData []ProduceRequestPartition
}

// ProduceRequestPartition is what to append to a partition.
type ProduceRequestPartition struct {
	// Index of the partition.
	Index int32
	// Records are sent from where they lie, without a copy: they must not change
	// until the request has left. Since v3 there is exactly one batch, of magic
	// 2; v0 and v1 take message sets of magic 0, v2 of magic 1.
	Records wire.Chunks
}

// APIKey returns Produce.
func (*ProduceRequest) APIKey() APIKey { return Produce }

// NoResponse tells that acks is 0, so that the broker never answers.
func (r *ProduceRequest) NoResponse() bool { return r.Acks == 0 }

// MaxVersion returns 12 if a topic has no id.
func (r *ProduceRequest) MaxVersion() int16 {
	for i := range r.TopicData {
		if r.TopicData[i].TopicID.IsZero() {
			return 12
		}
	}
	return 13
}

// Code codes the request.
func (r *ProduceRequest) Code(c *wire.Coder) {
	if c.Version >= 3 {
		c.NullableString(&r.TransactionalID)
	} else {
		c.RefuseSet("TransactionalID", r.TransactionalID != nil)
	}
	c.Int16(&r.Acks)
	c.Int32(&r.TimeoutMs)
	wire.Array(c, &r.TopicData, (*ProduceRequestTopic).code)
	c.Tags()
}

func (t *ProduceRequestTopic) code(c *wire.Coder) {
	codeTopic(c, 13, &t.Name, &t.TopicID)
	wire.Array(c, &t.PartitionData, (*ProduceRequestPartition).code)
	c.Tags()
}

func (p *ProduceRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Index)
	c.NullableChunks(&p.Records)
	c.Tags()
}

// ProduceResponse tells at which offsets the records went.
type ProduceResponse struct {
	// Responses has the topics that were written to.
	Responses []ProduceResponseTopic
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	// NodeEndpoints are the addresses of the leaders that the partitions name
	// as CurrentLeader. Since v10 (KIP-951).
	NodeEndpoints []NodeEndpoint
}

// ProduceResponseTopic is a topic that was written to.
type ProduceResponseTopic struct {
	// Name names the topic until v12.
	Name string
	// TopicID names the topic since v13 (KIP-516).
	TopicID wire.UUID
	// PartitionResponses has the partitions that were written to.
	PartitionResponses []ProduceResponsePartition
}

// ProduceResponsePartition tells what became of a partition's records.
type ProduceResponsePartition struct {
	// Index of the partition.
	Index     int32
	ErrorCode ErrorCode
	// BaseOffset is the offset of the first record, -1 on an error.
	BaseOffset int64
	// LogAppendTimeMs is when the broker appended the records, if the topic
	// takes that as their timestamp, else -1. Since v2.
	LogAppendTimeMs int64
	// LogStartOffset is the first offset of the partition, -1 if not known.
	// Since v5.
	LogStartOffset int64
	// RecordErrors are the records that caused the batch to be dropped. Since v8
	// (KIP-467).
	RecordErrors []ProduceResponseRecordError
	// ErrorMessage is the broker's text, nil if there is none. Since v8
	// (KIP-467).
	ErrorMessage *string
	// CurrentLeader is who leads the partition, if the broker does not; nil if it
	// does or is not known. Since v10 (KIP-951).
	CurrentLeader *LeaderIDAndEpoch
}

// ProduceResponseRecordError is a record that the broker did not accept.
type ProduceResponseRecordError struct {
	// BatchIndex is the record's place in its batch, from 0.
	BatchIndex int32
	// BatchIndexErrorMessage is the broker's text, nil if there is none.
	BatchIndexErrorMessage *string
}

// APIKey returns Produce.
func (*ProduceResponse) APIKey() APIKey { return Produce }

// Throttle returns for how long the client shall pause.
func (r *ProduceResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ProduceResponse) Code(c *wire.Coder) {
	wire.Array(c, &r.Responses, (*ProduceResponseTopic).code)
	if c.Version >= 1 && !r.lacksThrottle(c) {
		c.Int32(&r.ThrottleTimeMs)
	}
	c.TagsStart()
	if c.Version >= 10 {
		wire.TaggedArray(c, 0, &r.NodeEndpoints, (*NodeEndpoint).code)
	} else {
		c.RefuseSet("NodeEndpoints", len(r.NodeEndpoints) > 0)
	}
	c.TagsEnd()
}

// lacksThrottle tells that Kafka 0.9 has failed on a request of v1: then it
// answers as in v0.
func (r *ProduceResponse) lacksThrottle(c *wire.Coder) bool {
	if c.Version != 1 || !c.Decoding() || c.Len() > 0 {
		return false
	}
	for i := range r.Responses {
		for _, p := range r.Responses[i].PartitionResponses {
			if p.ErrorCode == ErrNone || p.BaseOffset != -1 {
				return false
			}
		}
	}
	return len(r.Responses) > 0
}

func (t *ProduceResponseTopic) code(c *wire.Coder) {
	codeTopic(c, 13, &t.Name, &t.TopicID)
	wire.Array(c, &t.PartitionResponses, (*ProduceResponsePartition).code)
	c.Tags()
}

func (p *ProduceResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.Index)
	c.Int16((*int16)(&p.ErrorCode))
	c.Int64(&p.BaseOffset)
	if c.Version >= 2 {
		c.Int64(&p.LogAppendTimeMs)
	} else {
		wire.Ignore(c, &p.LogAppendTimeMs, -1)
	}
	if c.Version >= 5 {
		c.Int64(&p.LogStartOffset)
	} else {
		wire.Ignore(c, &p.LogStartOffset, -1)
	}
	if c.Version >= 8 {
		wire.Array(c, &p.RecordErrors, (*ProduceResponseRecordError).code)
		c.NullableString(&p.ErrorMessage)
	}
	c.TagsStart()
	if c.Version >= 10 {
		wire.TaggedStruct(c, 0, &p.CurrentLeader, (*LeaderIDAndEpoch).code)
	} else {
		c.RefuseSet("CurrentLeader", p.CurrentLeader != nil)
	}
	c.TagsEnd()
}

func (e *ProduceResponseRecordError) code(c *wire.Coder) {
	c.Int32(&e.BatchIndex)
	c.NullableString(&e.BatchIndexErrorMessage)
	c.Tags()
}
