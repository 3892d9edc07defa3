package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// ReadShareGroupStateRequest asks for the state of share-partitions; leaders of
// partitions send it to share coordinators (KIP-932).
type ReadShareGroupStateRequest struct {
	GroupID string
	// Topics of the share-partitions.
	Topics []ReadShareGroupStateRequestTopic
}

// ReadShareGroupStateRequestTopic is a topic of share-partitions.
type ReadShareGroupStateRequestTopic struct {
	TopicID    wire.UUID
	Partitions []ReadShareGroupStateRequestPartition
}

// ReadShareGroupStateRequestPartition is a share-partition asked for.
type ReadShareGroupStateRequestPartition struct {
	// Partition is its index.
	Partition int32
	// LeaderEpoch is the epoch of its leader.
	LeaderEpoch int32
}

// APIKey returns ReadShareGroupState.
func (*ReadShareGroupStateRequest) APIKey() APIKey { return ReadShareGroupState }

// Code codes the request.
func (r *ReadShareGroupStateRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*ReadShareGroupStateRequestTopic).code)
	c.Tags()
}

func (t *ReadShareGroupStateRequestTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ReadShareGroupStateRequestPartition).code)
	c.Tags()
}

func (p *ReadShareGroupStateRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Int32(&p.LeaderEpoch)
	c.Tags()
}

// ReadShareGroupStateResponse has the states.
type ReadShareGroupStateResponse struct {
	// Results has the topics of the request.
	Results []ReadShareGroupStateResponseTopic
}

// ReadShareGroupStateResponseTopic is a topic of the request.
type ReadShareGroupStateResponseTopic struct {
	TopicID    wire.UUID
	Partitions []ReadShareGroupStateResponsePartition
}

// ReadShareGroupStateResponsePartition is the state of a share-partition.
type ReadShareGroupStateResponsePartition struct {
	// Partition is its index.
	Partition int32
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// StateEpoch is the epoch of the state.
	StateEpoch int32
	// StartOffset is the first offset whose delivery is not complete, -1 if it is
	// open.
	StartOffset int64
	// StateBatches are the records from there on that were delivered.
	StateBatches []ShareGroupStateBatch
}

// ShareGroupStateBatch is the state of records.
type ShareGroupStateBatch struct {
	// FirstOffset and LastOffset are those of the first and last record.
	FirstOffset int64
	LastOffset  int64
	// DeliveryState is 0 for available, 2 for acknowledged, 4 for archived.
	DeliveryState int8
	// DeliveryCount is how often the records were delivered.
	DeliveryCount int16
}

func (b *ShareGroupStateBatch) code(c *wire.Coder) {
	c.Int64(&b.FirstOffset)
	c.Int64(&b.LastOffset)
	c.Int8(&b.DeliveryState)
	c.Int16(&b.DeliveryCount)
	c.Tags()
}

// APIKey returns ReadShareGroupState.
func (*ReadShareGroupStateResponse) APIKey() APIKey { return ReadShareGroupState }

// Code codes the response.
func (r *ReadShareGroupStateResponse) Code(c *wire.Coder) {
	wire.Array(c, &r.Results, (*ReadShareGroupStateResponseTopic).code)
	c.Tags()
}

func (t *ReadShareGroupStateResponseTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ReadShareGroupStateResponsePartition).code)
	c.Tags()
}

func (p *ReadShareGroupStateResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Int32(&p.StateEpoch)
	c.Int64(&p.StartOffset)
	wire.Array(c, &p.StateBatches, (*ShareGroupStateBatch).code)
	c.Tags()
}
