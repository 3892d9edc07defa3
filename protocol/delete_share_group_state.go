package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// DeleteShareGroupStateRequest forgets the state of share-partitions; group
// coordinators send it to share coordinators (KIP-932).
type DeleteShareGroupStateRequest struct {
	GroupID string
	// Topics of the share-partitions.
	Topics []DeleteShareGroupStateRequestTopic
}

// DeleteShareGroupStateRequestTopic is a topic of share-partitions.
type DeleteShareGroupStateRequestTopic struct {
	TopicID    wire.UUID
	Partitions []DeleteShareGroupStateRequestPartition
}

// DeleteShareGroupStateRequestPartition is a share-partition to forget.
type DeleteShareGroupStateRequestPartition struct {
	// Partition is its index.
	Partition int32
}

// APIKey returns DeleteShareGroupState.
func (*DeleteShareGroupStateRequest) APIKey() APIKey { return DeleteShareGroupState }

// Code codes the request.
func (r *DeleteShareGroupStateRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	wire.Array(c, &r.Topics, (*DeleteShareGroupStateRequestTopic).code)
	c.Tags()
}

func (t *DeleteShareGroupStateRequestTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*DeleteShareGroupStateRequestPartition).code)
	c.Tags()
}

func (p *DeleteShareGroupStateRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.Partition)
	c.Tags()
}

// DeleteShareGroupStateResponse tells which states were forgotten.
type DeleteShareGroupStateResponse struct {
	// Results has the topics of the request.
	Results []ShareGroupStateResult
}

// APIKey returns DeleteShareGroupState.
func (*DeleteShareGroupStateResponse) APIKey() APIKey { return DeleteShareGroupState }

// Code codes the response.
func (r *DeleteShareGroupStateResponse) Code(c *wire.Coder) {
	wire.Array(c, &r.Results, (*ShareGroupStateResult).code)
	c.Tags()
}
