package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// IncrementalAlterConfigsRequest changes single configs of topics, brokers and
// more (KIP-339). Any broker takes it, except that a broker must be sent its
// own.
type IncrementalAlterConfigsRequest struct {
	// Resources whose configs to change.
	Resources []IncrementalAlterConfigsRequestResource
	// ValidateOnly checks the request without changing anything.
	ValidateOnly bool
}

// IncrementalAlterConfigsRequestResource is what has configs to change.
type IncrementalAlterConfigsRequestResource struct {
	ResourceType ConfigResourceType
	ResourceName string
	// Configs to change; all others stay.
	Configs []IncrementalAlterConfigsRequestConfig
}

// IncrementalAlterConfigsRequestConfig is a config to change.
type IncrementalAlterConfigsRequestConfig struct {
	Name string
	// ConfigOperation tells what to do with the value.
	ConfigOperation ConfigOperation
	// Value is nil for DeleteConfig.
	Value *string
}

// APIKey returns IncrementalAlterConfigs.
func (*IncrementalAlterConfigsRequest) APIKey() APIKey { return IncrementalAlterConfigs }

// Code codes the request.
func (r *IncrementalAlterConfigsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Resources, (*IncrementalAlterConfigsRequestResource).code)
	c.Bool(&r.ValidateOnly)
	c.Tags()
}

func (s *IncrementalAlterConfigsRequestResource) code(c *wire.Coder) {
	c.Int8((*int8)(&s.ResourceType))
	c.String(&s.ResourceName)
	wire.Array(c, &s.Configs, (*IncrementalAlterConfigsRequestConfig).code)
	c.Tags()
}

func (f *IncrementalAlterConfigsRequestConfig) code(c *wire.Coder) {
	c.String(&f.Name)
	c.Int8((*int8)(&f.ConfigOperation))
	c.NullableString(&f.Value)
	c.Tags()
}

// IncrementalAlterConfigsResponse tells which resources were changed.
type IncrementalAlterConfigsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Responses has one entry per resource of the request.
	Responses []IncrementalAlterConfigsResponseResource
}

// IncrementalAlterConfigsResponseResource tells what became of a resource.
type IncrementalAlterConfigsResponseResource struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	ResourceType ConfigResourceType
	ResourceName string
}

// APIKey returns IncrementalAlterConfigs.
func (*IncrementalAlterConfigsResponse) APIKey() APIKey { return IncrementalAlterConfigs }

// Throttle returns for how long the client shall pause.
func (r *IncrementalAlterConfigsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *IncrementalAlterConfigsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Responses, (*IncrementalAlterConfigsResponseResource).code)
	c.Tags()
}

func (s *IncrementalAlterConfigsResponseResource) code(c *wire.Coder) {
	c.Int16((*int16)(&s.ErrorCode))
	c.NullableString(&s.ErrorMessage)
	c.Int8((*int8)(&s.ResourceType))
	c.String(&s.ResourceName)
	c.Tags()
}
