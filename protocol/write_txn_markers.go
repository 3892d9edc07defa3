package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// WriteTxnMarkersRequest writes the markers that end transactions into
// partitions. Brokers send it to each other; a client with the right to does so
// to abort a transaction that hangs (KIP-664).
type WriteTxnMarkersRequest struct {
	Markers []WriteTxnMarkersRequestMarker
}

// WriteTxnMarkersRequestMarker is the end of a transaction.
type WriteTxnMarkersRequestMarker struct {
	// ProducerID and ProducerEpoch are those of the producer whose transaction
	// ends.
	ProducerID    int64
	ProducerEpoch int16
	// TransactionResult tells whether the transaction is committed or aborted.
	TransactionResult bool
	// Topics to write the marker to.
	Topics []WriteTxnMarkersRequestTopic
	// CoordinatorEpoch is the epoch of the coordinator, from
	// [DescribeProducersResponseProducer] if a client writes the marker.
	CoordinatorEpoch int32
	// TransactionVersion is the version of the transaction's protocol: 2 where
	// each transaction has an epoch of its own, else 0 or 1. Since v2 (KIP-1228).
	TransactionVersion int8
}

// WriteTxnMarkersRequestTopic is a topic to write the marker to.
type WriteTxnMarkersRequestTopic struct {
	Name string
	// PartitionIndexes are those of the partitions to write to.
	PartitionIndexes []int32
}

// APIKey returns WriteTxnMarkers.
func (*WriteTxnMarkersRequest) APIKey() APIKey { return WriteTxnMarkers }

// Code codes the request.
func (r *WriteTxnMarkersRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Markers, (*WriteTxnMarkersRequestMarker).code)
	c.Tags()
}

func (m *WriteTxnMarkersRequestMarker) code(c *wire.Coder) {
	c.Int64(&m.ProducerID)
	c.Int16(&m.ProducerEpoch)
	c.Bool(&m.TransactionResult)
	wire.Array(c, &m.Topics, (*WriteTxnMarkersRequestTopic).code)
	c.Int32(&m.CoordinatorEpoch)
	if c.Version >= 2 {
		c.Int8(&m.TransactionVersion)
	}
	c.Tags()
}

func (t *WriteTxnMarkersRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32s(&t.PartitionIndexes)
	c.Tags()
}

// WriteTxnMarkersResponse tells which markers were written.
type WriteTxnMarkersResponse struct {
	// Markers of the request.
	Markers []WriteTxnMarkersResponseMarker
}

// WriteTxnMarkersResponseMarker is a marker of the request.
type WriteTxnMarkersResponseMarker struct {
	ProducerID int64
	// Topics of the marker.
	Topics []WriteTxnMarkersResponseTopic
}

// WriteTxnMarkersResponseTopic is a topic of a marker.
type WriteTxnMarkersResponseTopic struct {
	Name       string
	Partitions []WriteTxnMarkersResponsePartition
}

// WriteTxnMarkersResponsePartition tells whether the marker was written to a
// partition.
type WriteTxnMarkersResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
}

// APIKey returns WriteTxnMarkers.
func (*WriteTxnMarkersResponse) APIKey() APIKey { return WriteTxnMarkers }

// Code codes the response.
func (r *WriteTxnMarkersResponse) Code(c *wire.Coder) {
	wire.Array(c, &r.Markers, (*WriteTxnMarkersResponseMarker).code)
	c.Tags()
}

func (m *WriteTxnMarkersResponseMarker) code(c *wire.Coder) {
	c.Int64(&m.ProducerID)
	wire.Array(c, &m.Topics, (*WriteTxnMarkersResponseTopic).code)
	c.Tags()
}

func (t *WriteTxnMarkersResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*WriteTxnMarkersResponsePartition).code)
	c.Tags()
}

func (p *WriteTxnMarkersResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags()
}
