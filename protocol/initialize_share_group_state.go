package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// InitializeShareGroupStateRequest prepares the state of share-partitions: pairs
// of a share group and a partition. Group coordinators send it to share
// coordinators (KIP-932); like the other APIs of share-group state it is of use
// to a client only to look into a cluster.
type InitializeShareGroupStateRequest struct {
	GroupID string
	// Topics of the share-partitions.
	Topics []InitializeShareGroupStateRequestTopic
}

// InitializeShareGroupStateRequestTopic is a topic of share-partitions.
type InitializeShareGroupStateRequestTopic struct {
	TopicID    wire.UUID
	Partitions []InitializeShareGroupStateRequestPartition
}

// InitializeShareGroupStateRequestPartition is the state to begin with.
type InitializeShareGroupStateRequestPartition struct {
	// Partition is its index.
	Partition int32
	// StateEpoch is the epoch of the state, which the group coordinator counts.
	StateEpoch int32
	// StartOffset is the first offset to deliver, -1 to leave it open.
	StartOffset int64
}

// APIKey returns InitializeShareGroupState.
func (*InitializeShareGroupStateRequest) APIKey() APIKey { return InitializeShareGroupState }

// Code codes the request.
func (r *InitializeShareGroupStateRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*InitializeShareGroupStateRequestTopic).code)
	c.Tags()
}

func (t *InitializeShareGroupStateRequestTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*InitializeShareGroupStateRequestPartition).code)
	c.Tags()
}

func (p *InitializeShareGroupStateRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Int32(&p.StateEpoch)
	c.Int64(&p.StartOffset)
	c.Tags()
}

// InitializeShareGroupStateResponse tells which states were prepared.
type InitializeShareGroupStateResponse struct {
	// Results has the topics of the request.
	Results []ShareGroupStateResult
}

// ShareGroupStateResult is a topic of a request about share-group state.
type ShareGroupStateResult struct {
	TopicID    wire.UUID
	Partitions []ShareGroupStatePartitionResult
}

// ShareGroupStatePartitionResult tells what became of a share-partition.
type ShareGroupStatePartitionResult struct {
	// Partition is its index.
	Partition int32
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

func (t *ShareGroupStateResult) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ShareGroupStatePartitionResult).code)
	c.Tags()
}

func (p *ShareGroupStatePartitionResult) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Tags()
}

// APIKey returns InitializeShareGroupState.
func (*InitializeShareGroupStateResponse) APIKey() APIKey { return InitializeShareGroupState }

// Code codes the response.
func (r *InitializeShareGroupStateResponse) Code(c *wire.Coder) {
	wire.Array(c, &r.Results, (*ShareGroupStateResult).code)
	c.Tags()
}
