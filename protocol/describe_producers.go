package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeProducersRequest asks the leaders of partitions which idempotent and
// transactional producers they know of (KIP-664).
type DescribeProducersRequest struct {
	// Topics asked for.
	Topics []DescribeProducersRequestTopic
}

// DescribeProducersRequestTopic is a topic asked for.
type DescribeProducersRequestTopic struct {
	Name string
	// PartitionIndexes are those of the partitions asked for.
	PartitionIndexes []int32
}

// APIKey returns DescribeProducers.
func (*DescribeProducersRequest) APIKey() APIKey { return DescribeProducers }

// Code codes the request.
func (r *DescribeProducersRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Topics, (*DescribeProducersRequestTopic).code)
	c.Tags()
}

func (t *DescribeProducersRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32s(&t.PartitionIndexes)
	c.Tags()
}

// DescribeProducersResponse describes the producers.
type DescribeProducersResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Topics of the request.
	Topics []DescribeProducersResponseTopic
}

// DescribeProducersResponseTopic is a topic of the request.
type DescribeProducersResponseTopic struct {
	Name       string
	Partitions []DescribeProducersResponsePartition
}

// DescribeProducersResponsePartition has the producers of a partition.
type DescribeProducersResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// ActiveProducers are those whose state has not expired.
	ActiveProducers []DescribeProducersResponseProducer
}

// DescribeProducersResponseProducer is what a partition knows of a producer.
type DescribeProducersResponseProducer struct {
	ProducerID    int64
	ProducerEpoch int32
	// LastSequence is the sequence number of the last record, -1 if there is none.
	LastSequence int32
	// LastTimestamp is that of the last batch in milliseconds, -1 if there is
	// none.
	LastTimestamp int64
	// CoordinatorEpoch is that of the coordinator that last wrote a marker, -1 if
	// there is none.
	CoordinatorEpoch int32
	// CurrentTxnStartOffset is the first offset of the open transaction, -1 if
	// there is none.
	CurrentTxnStartOffset int64
}

// APIKey returns DescribeProducers.
func (*DescribeProducersResponse) APIKey() APIKey { return DescribeProducers }

// Throttle returns for how long the client shall pause.
func (r *DescribeProducersResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeProducersResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Topics, (*DescribeProducersResponseTopic).code)
	c.Tags()
}

func (t *DescribeProducersResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*DescribeProducersResponsePartition).code)
	c.Tags()
}

func (p *DescribeProducersResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	wire.Array(c, &p.ActiveProducers, (*DescribeProducersResponseProducer).code)
	c.Tags()
}

func (s *DescribeProducersResponseProducer) code(c *wire.Coder) {
	c.Int64(&s.ProducerID)
	c.Int32(&s.ProducerEpoch)
	c.Int32(&s.LastSequence)
	c.Int64(&s.LastTimestamp)
	c.Int32(&s.CoordinatorEpoch)
	c.Int64(&s.CurrentTxnStartOffset)
	c.Tags()
}
