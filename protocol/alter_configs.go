package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AlterConfigsRequest replaces all configs of topics, brokers and more
// (KIP-133). What is not named goes back to its default, so that
// IncrementalAlterConfigs is to be preferred where the broker has it. Any broker
// takes the request, except that a broker must be sent its own.
type AlterConfigsRequest struct {
	// Resources whose configs to replace.
	Resources []AlterConfigsRequestResource
	// ValidateOnly checks the request without changing anything.
	ValidateOnly bool
}

// AlterConfigsRequestResource is what has configs to replace.
type AlterConfigsRequestResource struct {
	ResourceType ConfigResourceType
	ResourceName string
	// Configs are all that the resource is to have.
	Configs []AlterConfigsRequestConfig
}

// AlterConfigsRequestConfig is a config to set.
type AlterConfigsRequestConfig struct {
	Name string
	// Value is nil for the default.
	Value *string
}

// APIKey returns AlterConfigs.
func (*AlterConfigsRequest) APIKey() APIKey { return AlterConfigs }

// Code codes the request.
func (r *AlterConfigsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Resources, (*AlterConfigsRequestResource).code)
	c.Bool(&r.ValidateOnly)
	c.Tags()
}

func (s *AlterConfigsRequestResource) code(c *wire.Coder) {
	c.Int8((*int8)(&s.ResourceType))
	c.String(&s.ResourceName)
	wire.Array(c, &s.Configs, (*AlterConfigsRequestConfig).code)
	c.Tags()
}

func (f *AlterConfigsRequestConfig) code(c *wire.Coder) {
	c.String(&f.Name)
	c.NullableString(&f.Value)
	c.Tags()
}

// AlterConfigsResponse tells which resources were changed.
type AlterConfigsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Responses has one entry per resource of the request.
	Responses []AlterConfigsResponseResource
}

// AlterConfigsResponseResource tells what became of a resource.
type AlterConfigsResponseResource struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	ResourceType ConfigResourceType
	ResourceName string
}

// APIKey returns AlterConfigs.
func (*AlterConfigsResponse) APIKey() APIKey { return AlterConfigs }

// Throttle returns for how long the client shall pause.
func (r *AlterConfigsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *AlterConfigsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Responses, (*AlterConfigsResponseResource).code)
	c.Tags()
}

func (s *AlterConfigsResponseResource) code(c *wire.Coder) {
	c.Int16((*int16)(&s.ErrorCode))
	c.NullableString(&s.ErrorMessage)
	c.Int8((*int8)(&s.ResourceType))
	c.String(&s.ResourceName)
	c.Tags()
}
