package protocol

import (
	"math"
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ShareAcquireMode tells how many records a share consumer takes at once
// (KIP-1206).
type ShareAcquireMode int8

const (
	// BatchOptimizedAcquireMode takes whole batches, so that there may be more
	// than MaxRecords.
	BatchOptimizedAcquireMode ShareAcquireMode = 0
	// RecordLimitAcquireMode takes no more than MaxRecords.
	RecordLimitAcquireMode ShareAcquireMode = 1
)

var shareAcquireModes = [...]string{"BATCH_OPTIMIZED", "RECORD_LIMIT"}

// String returns the mode by Kafka's name, such as "RECORD_LIMIT".
func (m ShareAcquireMode) String() string {
	return enumName(shareAcquireModes[:], "share acquire mode", m)
}

// ShareFetchRequest takes records for a share group from partitions, and tells
// what became of those taken earlier (KIP-932). Start with
// [NewShareFetchRequest], as MaxBytes has a default other than zero.
type ShareFetchRequest struct {
	// GroupID and MemberID are never nil for clients.
	GroupID  *string
	MemberID *string
	// ShareSessionEpoch counts the requests of the session: 0 opens it, -1 closes
	// it.
	ShareSessionEpoch int32
	// MaxWaitMs is for how long the broker may wait until MinBytes are there.
	MaxWaitMs int32
	// MinBytes is how many bytes the broker should gather before it answers.
	MinBytes int32
	// MaxBytes is about how many bytes the response may have.
	MaxBytes int32
	// MaxRecords is how many records to take; see ShareAcquireMode. Since v1.
	MaxRecords int32
	// BatchSize is how many records should be acknowledged together. Since v1.
	BatchSize int32
	// ShareAcquireMode is BatchOptimizedAcquireMode before v2 (KIP-1206).
	ShareAcquireMode ShareAcquireMode
	// IsRenewAck tells that a batch is acknowledged by RenewAcknowledge; such a
	// request takes no records. Since v2 (KIP-1222).
	IsRenewAck bool
	// Topics to take from or acknowledge; in a session, those that are new or to
	// acknowledge.
	Topics []ShareFetchRequestTopic
	// ForgottenTopicsData are the partitions to take out of the session.
	ForgottenTopicsData []ShareFetchRequestForgottenTopic
}

// ShareFetchRequestTopic is a topic to take from.
type ShareFetchRequestTopic struct {
	TopicID    wire.UUID
	Partitions []ShareFetchRequestPartition
}

// ShareFetchRequestPartition is a partition to take from.
type ShareFetchRequestPartition struct {
	PartitionIndex int32
	// PartitionMaxBytes is about how many bytes of this partition the response may
	// have, 0 to acknowledge only. In v0, which alone has it.
	PartitionMaxBytes int32
	// AcknowledgementBatches tell what became of records taken earlier.
	AcknowledgementBatches []AcknowledgementBatch
}

// ShareFetchRequestForgottenTopic is a topic with partitions to take out of a
// session.
type ShareFetchRequestForgottenTopic struct {
	TopicID wire.UUID
	// Partitions are their indexes.
	Partitions []int32
}

// NewShareFetchRequest returns a request with MaxBytes unbounded.
func NewShareFetchRequest(groupID, memberID string) *ShareFetchRequest {
	return &ShareFetchRequest{GroupID: &groupID, MemberID: &memberID, MaxBytes: math.MaxInt32}
}

// APIKey returns ShareFetch.
func (*ShareFetchRequest) APIKey() APIKey { return ShareFetch }

// Code codes the request.
func (r *ShareFetchRequest) Code(c *wire.Coder) {
	c.NullableString(&r.GroupID)
	c.NullableString(&r.MemberID)
	c.Int32(&r.ShareSessionEpoch)
	c.Int32(&r.MaxWaitMs)
	c.Int32(&r.MinBytes)
	c.Int32(&r.MaxBytes)
	if c.Version >= 1 {
		c.Int32(&r.MaxRecords)
		c.Int32(&r.BatchSize)
	} else {
		c.RefuseSet("MaxRecords", r.MaxRecords != 0)
		c.RefuseSet("BatchSize", r.BatchSize != 0)
	}
	if c.Version >= 2 {
		c.Int8((*int8)(&r.ShareAcquireMode))
		c.Bool(&r.IsRenewAck)
	} else {
		c.RefuseSet("IsRenewAck", r.IsRenewAck)
	}
	wire.Array(c, &r.Topics, (*ShareFetchRequestTopic).code)
	wire.Array(c, &r.ForgottenTopicsData, (*ShareFetchRequestForgottenTopic).code)
	c.Tags()
}

func (t *ShareFetchRequestTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ShareFetchRequestPartition).code)
	c.Tags()
}

func (p *ShareFetchRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	if c.Version == 0 {
		c.Int32(&p.PartitionMaxBytes)
	} else {
		c.RefuseSet("PartitionMaxBytes", p.PartitionMaxBytes != 0)
	}
	wire.Array(c, &p.AcknowledgementBatches, (*AcknowledgementBatch).code)
	c.Tags()
}

func (t *ShareFetchRequestForgottenTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// ShareFetchResponse carries record batches.
type ShareFetchResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// AcquisitionLockTimeoutMs is for how long the records are the member's; those
	// not acknowledged until then go to others. Since v1.
	AcquisitionLockTimeoutMs int32
	// Responses has the topics with something new.
	Responses []ShareFetchResponseTopic
	// NodeEndpoints are the addresses of the leaders that the partitions name as
	// CurrentLeader.
	NodeEndpoints []NodeEndpoint
}

// ShareFetchResponseTopic is a topic that was taken from.
type ShareFetchResponseTopic struct {
	TopicID    wire.UUID
	Partitions []ShareFetchResponsePartition
}

// ShareFetchResponsePartition is a partition that was taken from.
type ShareFetchResponsePartition struct {
	PartitionIndex int32
	// ErrorCode and ErrorMessage tell whether records could be taken.
	ErrorCode    ErrorCode
	ErrorMessage *string
	// AcknowledgeErrorCode and AcknowledgeErrorMessage tell whether the request's
	// acknowledgements were taken.
	AcknowledgeErrorCode    ErrorCode
	AcknowledgeErrorMessage *string
	// CurrentLeader is who leads the partition, if the broker does not; without
	// meaning if there is no error.
	CurrentLeader LeaderIDAndEpoch
	// Records are batches with those acquired, and maybe others. They alias the
	// response's buffer.
	Records []byte
	// AcquiredRecords are the member's to process and acknowledge.
	AcquiredRecords []AcquiredRecords
}

// AcquiredRecords are records that a member has taken.
type AcquiredRecords struct {
	// FirstOffset and LastOffset are those of the first and last record.
	FirstOffset int64
	LastOffset  int64
	// DeliveryCount is how often they were taken, this time included.
	DeliveryCount int16
}

// APIKey returns ShareFetch.
func (*ShareFetchResponse) APIKey() APIKey { return ShareFetch }

// Throttle returns for how long the client shall pause.
func (r *ShareFetchResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ShareFetchResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	if c.Version >= 1 {
		c.Int32(&r.AcquisitionLockTimeoutMs)
	} else {
		c.RefuseSet("AcquisitionLockTimeoutMs", r.AcquisitionLockTimeoutMs != 0)
	}
	wire.Array(c, &r.Responses, (*ShareFetchResponseTopic).code)
	wire.Array(c, &r.NodeEndpoints, (*NodeEndpoint).code)
	c.Tags()
}

func (t *ShareFetchResponseTopic) code(c *wire.Coder) {
	c.UUID(&t.TopicID)
	wire.Array(c, &t.Partitions, (*ShareFetchResponsePartition).code)
	c.Tags()
}

func (p *ShareFetchResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Int16((*int16)(&p.AcknowledgeErrorCode))
	c.NullableString(&p.AcknowledgeErrorMessage)
	p.CurrentLeader.code(c)
	if c.Version >= 1 && !c.Decoding() {
		c.Bytes(&p.Records)
	} else {
		c.NullableBytes(&p.Records) // also since v1, as brokers other than Kafka's write null
	}
	wire.Array(c, &p.AcquiredRecords, (*AcquiredRecords).code)
	c.Tags()
}

func (a *AcquiredRecords) code(c *wire.Coder) {
	c.Int64(&a.FirstOffset)
	c.Int64(&a.LastOffset)
	c.Int16(&a.DeliveryCount)
	c.Tags()
}
