package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeTransactionsRequest asks the transaction coordinator for the state of
// transactions (KIP-664).
type DescribeTransactionsRequest struct {
	// TransactionalIDs are the ids asked for.
	TransactionalIDs []string
}

// APIKey returns DescribeTransactions.
func (*DescribeTransactionsRequest) APIKey() APIKey { return DescribeTransactions }

// Code codes the request.
func (r *DescribeTransactionsRequest) Code(c *wire.Coder) {
	c.Strings(&r.TransactionalIDs)
	c.Tags()
}

// DescribeTransactionsResponse describes the transactions.
type DescribeTransactionsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// TransactionStates has one entry per id of the request.
	TransactionStates []DescribeTransactionsResponseState
}

// DescribeTransactionsResponseState is the state of a transaction.
type DescribeTransactionsResponseState struct {
	// ErrorCode is ErrTransactionalIDNotFound for an id that is not in use.
	ErrorCode       ErrorCode
	TransactionalID string
	// TransactionState is such as "Ongoing", "PrepareCommit" or "Empty".
	TransactionState string
	// TransactionTimeoutMs is after how long the coordinator aborts a transaction
	// that is left open.
	TransactionTimeoutMs int32
	// TransactionStartTimeMs is when the transaction began, in milliseconds since
	// 1970; -1 if none is open.
	TransactionStartTimeMs int64
	// ProducerID and ProducerEpoch are those of the producer.
	ProducerID    int64
	ProducerEpoch int16
	// Topics of the open transaction; while it ends, only those that have no
	// marker yet.
	Topics []DescribeTransactionsResponseTopic
}

// DescribeTransactionsResponseTopic is a topic of a transaction.
type DescribeTransactionsResponseTopic struct {
	Topic string
	// Partitions are the indexes of those that are part of it.
	Partitions []int32
}

// APIKey returns DescribeTransactions.
func (*DescribeTransactionsResponse) APIKey() APIKey { return DescribeTransactions }

// Throttle returns for how long the client shall pause.
func (r *DescribeTransactionsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeTransactionsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.TransactionStates, (*DescribeTransactionsResponseState).code)
	c.Tags()
}

func (s *DescribeTransactionsResponseState) code(c *wire.Coder) {
	c.Int16((*int16)(&s.ErrorCode))
	c.String(&s.TransactionalID)
	c.String(&s.TransactionState)
	c.Int32(&s.TransactionTimeoutMs)
	c.Int64(&s.TransactionStartTimeMs)
	c.Int64(&s.ProducerID)
	c.Int16(&s.ProducerEpoch)
	wire.Array(c, &s.Topics, (*DescribeTransactionsResponseTopic).code)
	c.Tags()
}

func (t *DescribeTransactionsResponseTopic) code(c *wire.Coder) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
	c.Tags()
}
