package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AlterClientQuotasRequest changes quotas (KIP-546).
type AlterClientQuotasRequest struct {
	// Entries are the entities whose quotas to change.
	Entries []AlterClientQuotasRequestEntry
	// ValidateOnly checks the request without changing anything.
	ValidateOnly bool
}

// AlterClientQuotasRequestEntry is an entity whose quotas to change.
type AlterClientQuotasRequestEntry struct {
	// Entity that the quotas are for: all of its parts together.
	Entity []QuotaEntity
	// Ops are the changes; quotas not named stay.
	Ops []AlterClientQuotasRequestOp
}

// AlterClientQuotasRequestOp is the change of a quota.
type AlterClientQuotasRequestOp struct {
	// Key names the quota, such as "producer_byte_rate".
	Key string
	// Value to set, without meaning if Remove is set.
	Value float64
	// Remove takes the quota away.
	Remove bool
}

// APIKey returns AlterClientQuotas.
func (*AlterClientQuotasRequest) APIKey() APIKey { return AlterClientQuotas }

// Code codes the request.
func (r *AlterClientQuotasRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Entries, (*AlterClientQuotasRequestEntry).code)
	c.Bool(&r.ValidateOnly)
	c.Tags()
}

func (e *AlterClientQuotasRequestEntry) code(c *wire.Coder) {
	wire.Array(c, &e.Entity, (*QuotaEntity).code)
	wire.Array(c, &e.Ops, (*AlterClientQuotasRequestOp).code)
	c.Tags()
}

func (o *AlterClientQuotasRequestOp) code(c *wire.Coder) {
	c.String(&o.Key)
	c.Float64(&o.Value)
	c.Bool(&o.Remove)
	c.Tags()
}

// AlterClientQuotasResponse tells which quotas were changed.
type AlterClientQuotasResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Entries has one entry per entity of the request.
	Entries []AlterClientQuotasResponseEntry
}

// AlterClientQuotasResponseEntry tells what became of an entity's quotas.
type AlterClientQuotasResponseEntry struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Entity that the quotas are for.
	Entity []QuotaEntity
}

// APIKey returns AlterClientQuotas.
func (*AlterClientQuotasResponse) APIKey() APIKey { return AlterClientQuotas }

// Throttle returns for how long the client shall pause.
func (r *AlterClientQuotasResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *AlterClientQuotasResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Entries, (*AlterClientQuotasResponseEntry).code)
	c.Tags()
}

func (e *AlterClientQuotasResponseEntry) code(c *wire.Coder) {
	c.Int16((*int16)(&e.ErrorCode))
	c.NullableString(&e.ErrorMessage)
	wire.Array(c, &e.Entity, (*QuotaEntity).code)
	c.Tags()
}
