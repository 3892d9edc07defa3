package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// ReadShareGroupStateSummaryRequest asks for the offsets of share-partitions,
// without the state of their records; group coordinators send it to share
// coordinators (KIP-932).
type ReadShareGroupStateSummaryRequest struct {
	GroupID string
	// Topics of the share-partitions.
	Topics []ReadShareGroupStateSummaryRequestTopic
}

// ReadShareGroupStateSummaryRequestTopic is a topic of share-partitions.
type ReadShareGroupStateSummaryRequestTopic struct {
	TopicID    wire.UUID
	Partitions []ReadShareGroupStateSummaryRequestPartition
}

// ReadShareGroupStateSummaryRequestPartition is a share-partition asked for.
type ReadShareGroupStateSummaryRequestPartition struct {
	// Partition is its index.
	Partition int32
	// LeaderEpoch is the epoch of its leader.
	LeaderEpoch int32
}

// APIKey returns ReadShareGroupStateSummary.
func (*ReadShareGroupStateSummaryRequest) APIKey() APIKey { return ReadShareGroupStateSummary }

// Code codes the request.
func (r *ReadShareGroupStateSummaryRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*ReadShareGroupStateSummaryRequestTopic).code)
	c.Tags()
}

func (t *ReadShareGroupStateSummaryRequestTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ReadShareGroupStateSummaryRequestPartition).code)
	c.Tags()
}

func (p *ReadShareGroupStateSummaryRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Int32(&p.LeaderEpoch)
	c.Tags()
}

// ReadShareGroupStateSummaryResponse has the offsets.
type ReadShareGroupStateSummaryResponse struct {
	// Results has the topics of the request.
	Results []ReadShareGroupStateSummaryResponseTopic
}

// ReadShareGroupStateSummaryResponseTopic is a topic of the request.
type ReadShareGroupStateSummaryResponseTopic struct {
	TopicID    wire.UUID
	Partitions []ReadShareGroupStateSummaryResponsePartition
}

// ReadShareGroupStateSummaryResponsePartition is where a share-partition is.
type ReadShareGroupStateSummaryResponsePartition struct {
	// Partition is its index.
	Partition int32
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// StateEpoch is the epoch of the state.
	StateEpoch int32
	// LeaderEpoch is the epoch of the partition's leader.
	LeaderEpoch int32
	// StartOffset is the first offset whose delivery is not complete, -1 if it is
	// open.
	StartOffset int64
	// DeliveryCompleteCount is how many offsets from there on are complete, -1 if
	// not known. Since v1 (KIP-1226).
	DeliveryCompleteCount int32
}

// APIKey returns ReadShareGroupStateSummary.
func (*ReadShareGroupStateSummaryResponse) APIKey() APIKey { return ReadShareGroupStateSummary }

// Code codes the response.
func (r *ReadShareGroupStateSummaryResponse) Code(c *wire.Coder) {
	wire.Array(c, &r.Results, (*ReadShareGroupStateSummaryResponseTopic).code)
	c.Tags()
}

func (t *ReadShareGroupStateSummaryResponseTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ReadShareGroupStateSummaryResponsePartition).code)
	c.Tags()
}

func (p *ReadShareGroupStateSummaryResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Int32(&p.StateEpoch)
	c.Int32(&p.LeaderEpoch)
	c.Int64(&p.StartOffset)
	if c.Version >= 1 {
		c.Int32(&p.DeliveryCompleteCount)
	} else {
		wire.Ignore(c, &p.DeliveryCompleteCount, -1)
	}
	c.Tags()
}
