package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AddPartitionsToTxnRequest tells the transaction coordinator which partitions a
// producer is about to write to (KIP-98). It is not needed where produce
// requests add their partitions themselves (KIP-890).
type AddPartitionsToTxnRequest struct {
	// Transactions to add partitions to: exactly one before v4. Clients may not
	// use v4 and above, which are for brokers (KIP-890).
	Transactions []AddPartitionsToTxnRequestTransaction
}

// AddPartitionsToTxnRequestTransaction is a transaction to add partitions to.
type AddPartitionsToTxnRequestTransaction struct {
	TransactionalID string
	ProducerID      int64
	ProducerEpoch   int16
	// VerifyOnly asks whether the partitions are part of the transaction, and
	// adds none. Since v4.
	VerifyOnly bool
	// Topics to add.
	Topics []AddPartitionsToTxnRequestTopic
}

// AddPartitionsToTxnRequestTopic is a topic with partitions to add.
type AddPartitionsToTxnRequestTopic struct {
	Name string
	// Partitions are their indexes.
	Partitions []int32
}

// APIKey returns AddPartitionsToTxn.
func (*AddPartitionsToTxnRequest) APIKey() APIKey { return AddPartitionsToTxn }

// MaxVersion returns 3 if one transaction is added to, as clients do.
func (r *AddPartitionsToTxnRequest) MaxVersion() int16 {
	if len(r.Transactions) == 1 && !r.Transactions[0].VerifyOnly {
		return 3
	}
	return 5
}

// Code codes the request.
func (r *AddPartitionsToTxnRequest) Code(c *wire.Coder) {
	if c.Version >= 4 {
		wire.Array(c, &r.Transactions, (*AddPartitionsToTxnRequestTransaction).code)
	} else {
		single(c, "Transactions", &r.Transactions).codeAlone(c)
	}
	c.Tags()
}

func (t *AddPartitionsToTxnRequestTransaction) code(c *wire.Coder) {
	c.String(&t.TransactionalID)
	c.Int64(&t.ProducerID)
	c.Int16(&t.ProducerEpoch)
	c.Bool(&t.VerifyOnly)
	wire.Array(c, &t.Topics, (*AddPartitionsToTxnRequestTopic).code)
	c.Tags()
}

// codeAlone codes the only transaction of a request before v4.
func (t *AddPartitionsToTxnRequestTransaction) codeAlone(c *wire.Coder) {
	c.RefuseSet("VerifyOnly", t.VerifyOnly)
	c.String(&t.TransactionalID)
	c.Int64(&t.ProducerID)
	c.Int16(&t.ProducerEpoch)
	wire.Array(c, &t.Topics, (*AddPartitionsToTxnRequestTopic).code)
}

func (t *AddPartitionsToTxnRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// AddPartitionsToTxnResponse tells which partitions were added.
type AddPartitionsToTxnResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request. Since v4.
	ErrorCode ErrorCode
	// ResultsByTransaction has one entry per transaction of the request.
	ResultsByTransaction []AddPartitionsToTxnResponseTransaction
}

// AddPartitionsToTxnResponseTransaction is a transaction of the request.
type AddPartitionsToTxnResponseTransaction struct {
	// TransactionalID is empty before v4, where there is only one transaction.
	TransactionalID string
	// TopicResults has the topics of the request.
	TopicResults []AddPartitionsToTxnResponseTopic
}

// AddPartitionsToTxnResponseTopic is a topic of the request.
type AddPartitionsToTxnResponseTopic struct {
	Name string
	// ResultsByPartition has the partitions of the request.
	ResultsByPartition []AddPartitionsToTxnResponsePartition
}

// AddPartitionsToTxnResponsePartition tells whether a partition was added.
type AddPartitionsToTxnResponsePartition struct {
	PartitionIndex int32
	// PartitionErrorCode is ErrOperationNotAttempted for a partition that is fine
	// where another one of the request is not.
	PartitionErrorCode ErrorCode
}

// APIKey returns AddPartitionsToTxn.
func (*AddPartitionsToTxnResponse) APIKey() APIKey { return AddPartitionsToTxn }

// Throttle returns for how long the client shall pause.
func (r *AddPartitionsToTxnResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *AddPartitionsToTxnResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	if c.Version >= 4 {
		c.Int16((*int16)(&r.ErrorCode))
		wire.Array(c, &r.ResultsByTransaction, (*AddPartitionsToTxnResponseTransaction).code)
	} else {
		t := single(c, "ResultsByTransaction", &r.ResultsByTransaction)
		wire.Array(c, &t.TopicResults, (*AddPartitionsToTxnResponseTopic).code)
	}
	c.Tags()
}

func (t *AddPartitionsToTxnResponseTransaction) code(c *wire.Coder) {
	c.String(&t.TransactionalID)
	wire.Array(c, &t.TopicResults, (*AddPartitionsToTxnResponseTopic).code)
	c.Tags()
}

func (t *AddPartitionsToTxnResponseTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	wire.Array(c, &t.ResultsByPartition, (*AddPartitionsToTxnResponsePartition).code)
	c.Tags()
}

func (p *AddPartitionsToTxnResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.PartitionErrorCode))
	c.Tags()
}
