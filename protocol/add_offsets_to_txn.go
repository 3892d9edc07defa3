package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AddOffsetsToTxnRequest tells the transaction coordinator that a producer is
// about to commit a group's offsets (KIP-98). It is not needed where
// TxnOffsetCommit v5 may be used (KIP-890).
type AddOffsetsToTxnRequest struct {
	TransactionalID string
	ProducerID      int64
	ProducerEpoch   int16
	// GroupID is the group whose offsets will be committed.
	GroupID string
}

// APIKey returns AddOffsetsToTxn.
func (*AddOffsetsToTxnRequest) APIKey() APIKey { return AddOffsetsToTxn }

// Code codes the request.
func (r *AddOffsetsToTxnRequest) Code(c *wire.Coder) {
	c.String(&r.TransactionalID)
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	c.String(&r.GroupID)
	c.Tags()
}

// AddOffsetsToTxnResponse tells whether the group was added.
type AddOffsetsToTxnResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
}

// APIKey returns AddOffsetsToTxn.
func (*AddOffsetsToTxnResponse) APIKey() APIKey { return AddOffsetsToTxn }

// Throttle returns for how long the client shall pause.
func (r *AddOffsetsToTxnResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *AddOffsetsToTxnResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.Tags()
}
