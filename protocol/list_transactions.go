package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ListTransactionsRequest asks a broker for the transactions that it coordinates;
// all of a cluster are those of all its brokers (KIP-664).
type ListTransactionsRequest struct {
	// StateFilters names the states wanted, such as "Ongoing"; empty means all.
	StateFilters []string
	// ProducerIDFilters are the producer ids wanted; empty means all.
	ProducerIDFilters []int64
	// DurationFilter is for how many milliseconds a transaction must have been
	// open, -1 to ask for all. It must be -1 before v1 (KIP-994).
	DurationFilter int64
	// TransactionalIDPattern is a regular expression (RE2) that the transactional
	// id must match; nil or empty for all. Since v2 (KIP-1152).
	TransactionalIDPattern *string
}

// APIKey returns ListTransactions.
func (*ListTransactionsRequest) APIKey() APIKey { return ListTransactions }

// Code codes the request.
func (r *ListTransactionsRequest) Code(c *wire.Coder) {
	c.Strings(&r.StateFilters)
	c.Int64s(&r.ProducerIDFilters)
	if c.Version >= 1 {
		c.Int64(&r.DurationFilter)
	} else {
		wire.Refuse(c, "DurationFilter", &r.DurationFilter, -1)
	}
	if c.Version >= 2 {
		c.NullableString(&r.TransactionalIDPattern)
	} else {
		c.RefuseSet("TransactionalIDPattern", r.TransactionalIDPattern != nil)
	}
	c.Tags()
}

// ListTransactionsResponse lists the transactions.
type ListTransactionsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// UnknownStateFilters are those of the request that the broker does not know.
	UnknownStateFilters []string
	// TransactionStates are the transactions that match.
	TransactionStates []ListTransactionsResponseState
}

// ListTransactionsResponseState is a transaction.
type ListTransactionsResponseState struct {
	TransactionalID string
	ProducerID      int64
	// TransactionState is such as "Ongoing", "PrepareCommit" or "Empty".
	TransactionState string
}

// APIKey returns ListTransactions.
func (*ListTransactionsResponse) APIKey() APIKey { return ListTransactions }

// Throttle returns for how long the client shall pause.
func (r *ListTransactionsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ListTransactionsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.Strings(&r.UnknownStateFilters)
	wire.Array(c, &r.TransactionStates, (*ListTransactionsResponseState).code)
	c.Tags()
}

func (s *ListTransactionsResponseState) code(c *wire.Coder) {
	c.String(&s.TransactionalID)
	c.Int64(&s.ProducerID)
	c.String(&s.TransactionState)
	c.Tags()
}
