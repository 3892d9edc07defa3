package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// TxnOffsetCommitRequest commits a group's offsets as part of a transaction; the
// group's coordinator takes it (KIP-98). Start with [NewTxnOffsetCommitRequest],
// as GenerationID has a default other than zero.
//
// Version 5 also adds the group to the transaction, so that AddOffsetsToTxn is
// not needed. It may only be used if the cluster has finalized the feature
// transaction.version at 2 or more (KIP-890); elsewhere send the request by
// [AtMost] 4.
type TxnOffsetCommitRequest struct {
	TransactionalID string
	GroupID         string
	ProducerID      int64
	ProducerEpoch   int16
	// GenerationID is the generation of a classic group or the member epoch of
	// one of KIP-848, -1 for none. Since v3 (KIP-447).
	GenerationID int32
	// MemberID of the consumer, empty for none. Since v3 (KIP-447).
	MemberID string
	// GroupInstanceID is the id of a static member, else nil. Since v3 (KIP-447).
	GroupInstanceID *string
	// Topics whose offsets to commit.
	Topics []TxnOffsetCommitRequestTopic
}

// TxnOffsetCommitRequestTopic is a topic whose offsets to commit.
type TxnOffsetCommitRequestTopic struct {
	Name       string
	Partitions []TxnOffsetCommitRequestPartition
}

// TxnOffsetCommitRequestPartition is the offset to commit for a partition.
type TxnOffsetCommitRequestPartition struct {
	PartitionIndex int32
	// CommittedOffset is the offset of the next record to consume.
	CommittedOffset int64
	// CommittedLeaderEpoch is the leader epoch of the last record consumed, -1 if
	// not known. Since v2 (KIP-320).
	CommittedLeaderEpoch int32
	// CommittedMetadata is a text to keep with the offset, or nil.
	CommittedMetadata *string
}

// NewTxnOffsetCommitRequest returns a request that commits for no generation of
// the group, which every version can carry.
func NewTxnOffsetCommitRequest() *TxnOffsetCommitRequest {
	return &TxnOffsetCommitRequest{GenerationID: -1}
}

// APIKey returns TxnOffsetCommit.
func (*TxnOffsetCommitRequest) APIKey() APIKey { return TxnOffsetCommit }

// Code codes the request.
func (r *TxnOffsetCommitRequest) Code(c *wire.Coder) {
	c.String(&r.TransactionalID)
	c.String(&r.GroupID)
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	if c.Version >= 3 {
		c.Int32(&r.GenerationID)
		c.String(&r.MemberID)
		c.NullableString(&r.GroupInstanceID)
	} else {
		wire.Refuse(c, "GenerationID", &r.GenerationID, -1)
		c.RefuseSet("MemberID", r.MemberID != "")
		c.RefuseSet("GroupInstanceID", r.GroupInstanceID != nil)
	}
	wire.Array(c, &r.Topics, (*TxnOffsetCommitRequestTopic).code)
	c.Tags()
}

func (t *TxnOffsetCommitRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*TxnOffsetCommitRequestPartition).code)
	c.Tags()
}

func (p *TxnOffsetCommitRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int64(&p.CommittedOffset)
	if c.Version >= 2 {
		c.Int32(&p.CommittedLeaderEpoch)
	} else {
		wire.Ignore(c, &p.CommittedLeaderEpoch, -1)
	}
	c.NullableString(&p.CommittedMetadata)
	c.Tags()
}

// TxnOffsetCommitResponse tells which offsets were committed.
type TxnOffsetCommitResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Topics of the request.
	Topics []TxnOffsetCommitResponseTopic
}

// TxnOffsetCommitResponseTopic is a topic of the request.
type TxnOffsetCommitResponseTopic struct {
	Name       string
	Partitions []TxnOffsetCommitResponsePartition
}

// TxnOffsetCommitResponsePartition tells what became of a partition's offset.
type TxnOffsetCommitResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
}

// APIKey returns TxnOffsetCommit.
func (*TxnOffsetCommitResponse) APIKey() APIKey { return TxnOffsetCommit }

// Throttle returns for how long the client shall pause.
func (r *TxnOffsetCommitResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *TxnOffsetCommitResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Topics, (*TxnOffsetCommitResponseTopic).code)
	c.Tags()
}

func (t *TxnOffsetCommitResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.Partitions, (*TxnOffsetCommitResponsePartition).code)
	c.Tags()
}

func (p *TxnOffsetCommitResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags()
}
