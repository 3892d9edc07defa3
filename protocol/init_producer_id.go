package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// InitProducerIdRequest asks for the producer id of an idempotent or
// transactional producer (KIP-98). Start with [NewInitProducerIdRequest], as
// ProducerID and ProducerEpoch have a default other than zero.
//
// Version 6 is unstable in Kafka 4.3.1, whose brokers only speak it if told to:
// it is used where its fields are set and nowhere else, as by Kafka's own client.
type InitProducerIdRequest struct {
	// TransactionalID is nil for a producer that is only idempotent.
	TransactionalID *string
	// TransactionTimeoutMs is after how long the coordinator aborts a
	// transaction that is left open; without meaning if TransactionalID is nil.
	TransactionTimeoutMs int32
	// ProducerID and ProducerEpoch are those of a producer that asks for its next
	// epoch, -1 at the first time. Since v3 (KIP-360).
	ProducerID    int64
	ProducerEpoch int16
	// Enable2PC lets transactions stay open for any time, so that they can take
	// part in a two-phase commit. Since v6 (KIP-939).
	Enable2PC bool
	// KeepPreparedTxn keeps the transaction that is open instead of aborting it.
	// Since v6 (KIP-939).
	KeepPreparedTxn bool
}

// NewInitProducerIdRequest returns the request of a producer that has no id yet;
// transactionalID is nil for one that is only idempotent.
func NewInitProducerIdRequest(transactionalID *string, transactionTimeout time.Duration) *InitProducerIdRequest {
	return &InitProducerIdRequest{
		TransactionalID:      transactionalID,
		TransactionTimeoutMs: int32(transactionTimeout.Milliseconds()),
		ProducerID:           -1,
		ProducerEpoch:        -1,
	}
}

// APIKey returns InitProducerId.
func (*InitProducerIdRequest) APIKey() APIKey { return InitProducerId }

// MaxVersion returns 5 unless a field of the unstable version 6 is set.
func (r *InitProducerIdRequest) MaxVersion() int16 {
	if r.Enable2PC || r.KeepPreparedTxn {
		return 6
	}
	return 5
}

// Code codes the request.
func (r *InitProducerIdRequest) Code(c *wire.Coder) {
	c.NullableString(&r.TransactionalID)
	c.Int32(&r.TransactionTimeoutMs)
	if c.Version >= 3 {
		c.Int64(&r.ProducerID)
		c.Int16(&r.ProducerEpoch)
	} else {
		wire.Refuse(c, "ProducerID", &r.ProducerID, -1)
		wire.Refuse(c, "ProducerEpoch", &r.ProducerEpoch, -1)
	}
	if c.Version >= 6 {
		c.Bool(&r.Enable2PC)
		c.Bool(&r.KeepPreparedTxn)
	} else {
		c.RefuseSet("Enable2PC", r.Enable2PC)
		c.RefuseSet("KeepPreparedTxn", r.KeepPreparedTxn)
	}
	c.Tags()
}

// InitProducerIdResponse brings the producer id.
type InitProducerIdResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ProducerID is -1 on an error.
	ProducerID    int64
	ProducerEpoch int16
	// OngoingTxnProducerID and OngoingTxnProducerEpoch are those of the
	// transaction that was kept open, -1 if there is none. Since v6 (KIP-939).
	OngoingTxnProducerID    int64
	OngoingTxnProducerEpoch int16
}

// APIKey returns InitProducerId.
func (*InitProducerIdResponse) APIKey() APIKey { return InitProducerId }

// Throttle returns for how long the client shall pause.
func (r *InitProducerIdResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *InitProducerIdResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.Int64(&r.ProducerID)
	c.Int16(&r.ProducerEpoch)
	if c.Version >= 6 {
		c.Int64(&r.OngoingTxnProducerID)
		c.Int16(&r.OngoingTxnProducerEpoch)
	} else {
		wire.Refuse(c, "OngoingTxnProducerID", &r.OngoingTxnProducerID, -1)
		wire.Refuse(c, "OngoingTxnProducerEpoch", &r.OngoingTxnProducerEpoch, -1)
	}
	c.Tags()
}
