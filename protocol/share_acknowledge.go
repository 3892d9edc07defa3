package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AcknowledgeType tells what became of a record that a share consumer took
// (KIP-932).
type AcknowledgeType int8

const (
	// GapAcknowledge stands for an offset without a record.
	GapAcknowledge AcknowledgeType = 0
	// AcceptAcknowledge tells that the record was processed.
	AcceptAcknowledge AcknowledgeType = 1
	// ReleaseAcknowledge gives the record back, to be delivered again.
	ReleaseAcknowledge AcknowledgeType = 2
	// RejectAcknowledge tells that the record cannot be processed, and shall not
	// be delivered again.
	RejectAcknowledge AcknowledgeType = 3
	// RenewAcknowledge asks for more time. Since v2 (KIP-1222).
	RenewAcknowledge AcknowledgeType = 4
)

var acknowledgeTypes = [...]string{"GAP", "ACCEPT", "RELEASE", "REJECT", "RENEW"}

// String returns the type by Kafka's name, such as "ACCEPT".
func (t AcknowledgeType) String() string { return enumName(acknowledgeTypes[:], "acknowledge type", t) }

func (t *AcknowledgeType) code(c *wire.Coder) { c.Int8((*int8)(t)) }

// AcknowledgementBatch tells what became of records.
type AcknowledgementBatch struct {
	// FirstOffset and LastOffset are those of the first and last record.
	FirstOffset int64
	LastOffset  int64
	// AcknowledgeTypes has one entry per offset, or one for all.
	AcknowledgeTypes []AcknowledgeType
}

func (b *AcknowledgementBatch) code(c *wire.Coder) {
	c.Int64(&b.FirstOffset)
	c.Int64(&b.LastOffset)
	wire.Array(c, &b.AcknowledgeTypes, (*AcknowledgeType).code)
	c.Tags()
}

// ShareAcknowledgeRequest tells what became of records that a share consumer took
// (KIP-932).
type ShareAcknowledgeRequest struct {
	// GroupID and MemberID are never nil for clients.
	GroupID  *string
	MemberID *string
	// ShareSessionEpoch counts the requests of the session; -1 closes it.
	ShareSessionEpoch int32
	// IsRenewAck tells that a batch is acknowledged by RenewAcknowledge. Since v2
	// (KIP-1222).
	IsRenewAck bool
	// Topics with records to acknowledge.
	Topics []ShareAcknowledgeRequestTopic
}

// ShareAcknowledgeRequestTopic is a topic with records to acknowledge.
type ShareAcknowledgeRequestTopic struct {
	TopicID    wire.UUID
	Partitions []ShareAcknowledgeRequestPartition
}

// ShareAcknowledgeRequestPartition is a partition with records to acknowledge.
type ShareAcknowledgeRequestPartition struct {
	PartitionIndex         int32
	AcknowledgementBatches []AcknowledgementBatch
}

// APIKey returns ShareAcknowledge.
func (*ShareAcknowledgeRequest) APIKey() APIKey { return ShareAcknowledge }

// Code codes the request.
func (r *ShareAcknowledgeRequest) Code(c *wire.Coder) {
	c.NullableString(&r.GroupID)
	c.NullableString(&r.MemberID)
	c.Int32(&r.ShareSessionEpoch)
	if c.Version >= 2 {
		c.Bool(&r.IsRenewAck)
	} else {
		c.RefuseSet("IsRenewAck", r.IsRenewAck)
	}
	wire.Array(c, &r.Topics, (*ShareAcknowledgeRequestTopic).code)
	c.Tags()
}

func (t *ShareAcknowledgeRequestTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ShareAcknowledgeRequestPartition).code)
	c.Tags()
}

func (p *ShareAcknowledgeRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	wire.Array(c, &p.AcknowledgementBatches, (*AcknowledgementBatch).code)
	c.Tags()
}

// ShareAcknowledgeResponse tells whether the acknowledgements were taken.
type ShareAcknowledgeResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// AcquisitionLockTimeoutMs is for how long renewed records are the member's.
	// Since v2 (KIP-1222).
	AcquisitionLockTimeoutMs int32
	// Responses has the topics of the request.
	Responses []ShareAcknowledgeResponseTopic
	// NodeEndpoints are the addresses of the leaders that the partitions name as
	// CurrentLeader.
	NodeEndpoints []NodeEndpoint
}

// ShareAcknowledgeResponseTopic is a topic of the request.
type ShareAcknowledgeResponseTopic struct {
	TopicID    wire.UUID
	Partitions []ShareAcknowledgeResponsePartition
}

// ShareAcknowledgeResponsePartition tells whether a partition's acknowledgements
// were taken.
type ShareAcknowledgeResponsePartition struct {
	PartitionIndex int32
	// ErrorCode is ErrInvalidRecordState if a record was not the member's any
	// more.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// CurrentLeader is who leads the partition, if the broker does not; without
	// meaning if there is no error.
	CurrentLeader LeaderIDAndEpoch
}

// APIKey returns ShareAcknowledge.
func (*ShareAcknowledgeResponse) APIKey() APIKey { return ShareAcknowledge }

// Throttle returns for how long the client shall pause.
func (r *ShareAcknowledgeResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ShareAcknowledgeResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	if c.Version >= 2 {
		c.Int32(&r.AcquisitionLockTimeoutMs)
	}
	wire.Array(c, &r.Responses, (*ShareAcknowledgeResponseTopic).code)
	wire.Array(c, &r.NodeEndpoints, (*NodeEndpoint).code)
	c.Tags()
}

func (t *ShareAcknowledgeResponseTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ShareAcknowledgeResponsePartition).code)
	c.Tags()
}

func (p *ShareAcknowledgeResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	p.CurrentLeader.code(c)
	c.Tags()
}
