package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ListConfigResourcesRequest asks for the names of all that has configs
// (KIP-1142). Version 0, which Kafka 3.9 calls ListClientMetricsResources, knows
// subscriptions to metrics only (KIP-714).
type ListConfigResourcesRequest struct {
	// ResourceTypes are the types wanted; empty means all, which in v0 are those
	// of type ClientMetricsConfig. Since v1 (KIP-1142).
	ResourceTypes []ConfigResourceType
}

// APIKey returns ListConfigResources.
func (*ListConfigResourcesRequest) APIKey() APIKey { return ListConfigResources }

// Code codes the request.
func (r *ListConfigResourcesRequest) Code(c *wire.Coder) {
	if c.Version >= 1 {
		wire.Array(c, &r.ResourceTypes, (*ConfigResourceType).code)
	} else {
		c.RefuseSet("ResourceTypes", len(r.ResourceTypes) > 0)
	}
	c.Tags()
}

func (t *ConfigResourceType) code(c *wire.Coder) { c.Int8((*int8)(t)) }

// ListConfigResourcesResponse names what has configs.
type ListConfigResourcesResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ConfigResources are those of the types asked for.
	ConfigResources []ListConfigResourcesResponseResource
}

// ListConfigResourcesResponseResource is something that has configs.
type ListConfigResourcesResponseResource struct {
	ResourceName string
	// ResourceType is ClientMetricsConfig in v0.
	ResourceType ConfigResourceType
}

// APIKey returns ListConfigResources.
func (*ListConfigResourcesResponse) APIKey() APIKey { return ListConfigResources }

// Throttle returns for how long the client shall pause.
func (r *ListConfigResourcesResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ListConfigResourcesResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	wire.Array(c, &r.ConfigResources, (*ListConfigResourcesResponseResource).code)
	c.Tags()
}

func (s *ListConfigResourcesResponseResource) code(c *wire.Coder) {
	c.String(&s.ResourceName)
	if c.Version >= 1 {
		s.ResourceType.code(c)
	} else {
		wire.Ignore(c, &s.ResourceType, ClientMetricsConfig)
	}
	c.Tags()
}
