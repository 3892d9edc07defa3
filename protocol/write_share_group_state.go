package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// WriteShareGroupStateRequest stores the state of share-partitions; leaders of
// partitions send it to share coordinators (KIP-932).
type WriteShareGroupStateRequest struct {
	GroupID string
	// Topics of the share-partitions.
	Topics []WriteShareGroupStateRequestTopic
}

// WriteShareGroupStateRequestTopic is a topic of share-partitions.
type WriteShareGroupStateRequestTopic struct {
	TopicID    wire.UUID
	Partitions []WriteShareGroupStateRequestPartition
}

// WriteShareGroupStateRequestPartition is the state of a share-partition.
type WriteShareGroupStateRequestPartition struct {
	// Partition is its index.
	Partition int32
	// StateEpoch is the epoch of the state.
	StateEpoch int32
	// LeaderEpoch is the epoch of the partition's leader.
	LeaderEpoch int32
	// StartOffset is the first offset whose delivery is not complete, -1 if
	// unchanged.
	StartOffset int64
	// DeliveryCompleteCount is how many offsets from there on are complete, -1 if
	// not known. Since v1 (KIP-1226).
	DeliveryCompleteCount int32
	// StateBatches are the records whose state has changed.
	StateBatches []ShareGroupStateBatch
}

// APIKey returns WriteShareGroupState.
func (*WriteShareGroupStateRequest) APIKey() APIKey { return WriteShareGroupState }

// Code codes the request.
func (r *WriteShareGroupStateRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*WriteShareGroupStateRequestTopic).code)
	c.Tags()
}

func (t *WriteShareGroupStateRequestTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*WriteShareGroupStateRequestPartition).code)
	c.Tags()
}

func (p *WriteShareGroupStateRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Int32(&p.StateEpoch)
	c.Int32(&p.LeaderEpoch)
	c.Int64(&p.StartOffset)
	if c.Version >= 1 {
		c.Int32(&p.DeliveryCompleteCount)
	} else {
		wire.Ignore(c, &p.DeliveryCompleteCount, -1)
	}
	wire.Array(c, &p.StateBatches, (*ShareGroupStateBatch).code)
	c.Tags()
}

// WriteShareGroupStateResponse tells which states were stored.
type WriteShareGroupStateResponse struct {
	// Results has the topics of the request.
	Results []ShareGroupStateResult
}

// APIKey returns WriteShareGroupState.
func (*WriteShareGroupStateResponse) APIKey() APIKey { return WriteShareGroupState }

// Code codes the response.
func (r *WriteShareGroupStateResponse) Code(c *wire.Coder) {
	wire.Array(c, &r.Results, (*ShareGroupStateResult).code)
	c.Tags()
}
