package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// QuotaMatchType tells how a filter compares the name of a quota's entity
// (KIP-546).
type QuotaMatchType int8

const (
	// ExactQuotaMatch takes the entity of that name.
	ExactQuotaMatch QuotaMatchType = 0
	// DefaultQuotaMatch takes the default entity, which has no name.
	DefaultQuotaMatch QuotaMatchType = 1
	// AnyQuotaMatch takes any entity with a name.
	AnyQuotaMatch QuotaMatchType = 2
)

// DescribeClientQuotasRequest asks for the quotas that match a filter (KIP-546).
type DescribeClientQuotasRequest struct {
	// Components of the filter, all of which must match; none match all quotas.
	Components []DescribeClientQuotasRequestComponent
	// Strict leaves out quotas whose entity has other types too than those of
	// Components.
	Strict bool
}

// DescribeClientQuotasRequestComponent is a component of the filter.
type DescribeClientQuotasRequestComponent struct {
	// EntityType is "user", "client-id" or "ip".
	EntityType string
	MatchType  QuotaMatchType
	// Match is the name for ExactQuotaMatch, else nil.
	Match *string
}

// APIKey returns DescribeClientQuotas.
func (*DescribeClientQuotasRequest) APIKey() APIKey { return DescribeClientQuotas }

// Code codes the request.
func (r *DescribeClientQuotasRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Components, (*DescribeClientQuotasRequestComponent).code)
	c.Bool(&r.Strict)
	c.Tags()
}

func (m *DescribeClientQuotasRequestComponent) code(c *wire.Coder) {
	c.String(&m.EntityType)
	c.Int8((*int8)(&m.MatchType))
	c.NullableString(&m.Match)
	c.Tags()
}

// DescribeClientQuotasResponse has the quotas that match.
type DescribeClientQuotasResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Entries are the quotas, nil on an error.
	Entries []DescribeClientQuotasResponseEntry
}

// DescribeClientQuotasResponseEntry has the quotas of an entity.
type DescribeClientQuotasResponseEntry struct {
	// Entity that the quotas are for: all of its parts together.
	Entity []QuotaEntity
	// Values are the quotas.
	Values []DescribeClientQuotasResponseValue
}

// DescribeClientQuotasResponseValue is a quota.
type DescribeClientQuotasResponseValue struct {
	// Key names the quota, such as "producer_byte_rate".
	Key   string
	Value float64
}

// QuotaEntity is a part of what a quota is for.
type QuotaEntity struct {
	// EntityType is "user", "client-id" or "ip".
	EntityType string
	// EntityName is nil for the default of all entities without a quota of their
	// own.
	EntityName *string
}

// APIKey returns DescribeClientQuotas.
func (*DescribeClientQuotasResponse) APIKey() APIKey { return DescribeClientQuotas }

// Throttle returns for how long the client shall pause.
func (r *DescribeClientQuotasResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeClientQuotasResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	wire.NullableArray(c, &r.Entries, (*DescribeClientQuotasResponseEntry).code)
	c.Tags()
}

func (e *DescribeClientQuotasResponseEntry) code(c *wire.Coder) {
	wire.Array(c, &e.Entity, (*QuotaEntity).code)
	wire.Array(c, &e.Values, (*DescribeClientQuotasResponseValue).code)
	c.Tags()
}

func (v *DescribeClientQuotasResponseValue) code(c *wire.Coder) {
	c.String(&v.Key)
	c.Float64(&v.Value)
	c.Tags()
}

func (e *QuotaEntity) code(c *wire.Coder) {
	c.String(&e.EntityType)
	c.NullableString(&e.EntityName)
	c.Tags()
}
