package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// EndTxnRequest asks the transaction coordinator to commit or abort a
// transaction (KIP-98).
//
// Version 5 gives the producer a new epoch with each transaction. It may only be
// used if the cluster has finalized the feature transaction.version at 2 or more
// (KIP-890); elsewhere send the request by [AtMost] 4.
type EndTxnRequest struct {
	TransactionalID string
	ProducerID      int64
	ProducerEpoch   int16
	// Committed tells whether to commit the transaction or to abort it.
	Committed bool
}

// APIKey returns EndTxn.
func (*EndTxnRequest) APIKey() APIKey { return EndTxn }

// Code codes the request.
func (r *EndTxnRequest) Code(c *wire.Coder) {
	c.String(&r.TransactionalID)
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	c.Bool(&r.Committed)
	c.Tags()
}

// EndTxnResponse tells whether the transaction ended.
type EndTxnResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ProducerID and ProducerEpoch are those to use from now on, -1 if those of
	// the request stay. Since v5 (KIP-890).
	ProducerID    int64
	ProducerEpoch int16
}

// APIKey returns EndTxn.
func (*EndTxnResponse) APIKey() APIKey { return EndTxn }

// Throttle returns for how long the client shall pause.
func (r *EndTxnResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *EndTxnResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	if c.Version >= 5 {
		c.Int64(&r.ProducerID)
		c.Int16(&r.ProducerEpoch)
	} else {
		wire.Ignore(c, &r.ProducerID, -1)
		wire.Ignore(c, &r.ProducerEpoch, -1)
	}
	c.Tags()
}
