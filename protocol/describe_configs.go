package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DescribeConfigsRequest asks for the configs of topics, brokers and more
// (KIP-133). Any broker answers, except that a broker must be asked for its own.
type DescribeConfigsRequest struct {
	// Resources whose configs to describe.
	Resources []DescribeConfigsRequestResource
	// IncludeSynonyms asks for all values that a config could have, in order of
	// precedence. Since v1 (KIP-226).
	IncludeSynonyms bool
	// IncludeDocumentation asks for what each config means. Since v3 (KIP-569).
	IncludeDocumentation bool
}

// DescribeConfigsRequestResource is what has configs to describe.
type DescribeConfigsRequestResource struct {
	ResourceType ConfigResourceType
	ResourceName string
	// ConfigurationKeys are the names of the configs wanted, nil for all.
	ConfigurationKeys []string
}

// APIKey returns DescribeConfigs.
func (*DescribeConfigsRequest) APIKey() APIKey { return DescribeConfigs }

// Code codes the request.
func (r *DescribeConfigsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Resources, (*DescribeConfigsRequestResource).code)
	if c.Version >= 1 {
		c.Bool(&r.IncludeSynonyms)
	} else {
		c.RefuseSet("IncludeSynonyms", r.IncludeSynonyms)
	}
	if c.Version >= 3 {
		c.Bool(&r.IncludeDocumentation)
	} else {
		c.RefuseSet("IncludeDocumentation", r.IncludeDocumentation)
	}
	c.Tags()
}

func (s *DescribeConfigsRequestResource) code(c *wire.Coder) {
	c.Int8((*int8)(&s.ResourceType))
	c.String(&s.ResourceName)
	c.NullableStrings(&s.ConfigurationKeys)
	c.Tags()
}

// DescribeConfigsResponse tells the configs.
type DescribeConfigsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Results has one entry per resource of the request.
	Results []DescribeConfigsResponseResult
}

// DescribeConfigsResponseResult has the configs of a resource.
type DescribeConfigsResponseResult struct {
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	ResourceType ConfigResourceType
	ResourceName string
	// Configs of the resource.
	Configs []DescribeConfigsResponseConfig
}

// DescribeConfigsResponseConfig is a config.
type DescribeConfigsResponseConfig struct {
	Name string
	// Value is nil if the config is sensitive or has none.
	Value *string
	// ReadOnly tells that the config cannot be changed while the broker runs.
	ReadOnly bool
	// IsDefault is what v0 has instead of ConfigSource.
	IsDefault bool
	// ConfigSource tells where the value comes from. Since v1 (KIP-226).
	ConfigSource ConfigSource
	// IsSensitive tells that the value is a secret, which the broker withholds.
	IsSensitive bool
	// Synonyms are the values that the config could have, in order of precedence.
	// Since v1 (KIP-226).
	Synonyms []DescribeConfigsResponseSynonym
	// ConfigType is the type of the value. Since v3 (KIP-569).
	ConfigType ConfigType
	// Documentation tells what the config means, nil if not asked for. Since v3
	// (KIP-569).
	Documentation *string
}

// DescribeConfigsResponseSynonym is a value that a config could have.
type DescribeConfigsResponseSynonym struct {
	// Name of the config that has the value.
	Name string
	// Value is nil if the config is sensitive or has none.
	Value *string
	// Source tells where the value comes from.
	Source ConfigSource
}

// APIKey returns DescribeConfigs.
func (*DescribeConfigsResponse) APIKey() APIKey { return DescribeConfigs }

// Throttle returns for how long the client shall pause.
func (r *DescribeConfigsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeConfigsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Results, (*DescribeConfigsResponseResult).code)
	c.Tags()
}

func (s *DescribeConfigsResponseResult) code(c *wire.Coder) {
	c.Int16((*int16)(&s.ErrorCode))
	c.NullableString(&s.ErrorMessage)
	c.Int8((*int8)(&s.ResourceType))
	c.String(&s.ResourceName)
	wire.Array(c, &s.Configs, (*DescribeConfigsResponseConfig).code)
	c.Tags()
}

func (f *DescribeConfigsResponseConfig) code(c *wire.Coder) {
	c.String(&f.Name)
	c.NullableString(&f.Value)
	c.Bool(&f.ReadOnly)
	if c.Version == 0 {
		c.Bool(&f.IsDefault)
		wire.Ignore(c, &f.ConfigSource, UnknownConfigSource)
	} else {
		c.RefuseSet("IsDefault", f.IsDefault)
		c.Int8((*int8)(&f.ConfigSource))
	}
	c.Bool(&f.IsSensitive)
	if c.Version >= 1 {
		wire.Array(c, &f.Synonyms, (*DescribeConfigsResponseSynonym).code)
	}
	if c.Version >= 3 {
		c.Int8((*int8)(&f.ConfigType))
		c.NullableString(&f.Documentation)
	}
	c.Tags()
}

func (s *DescribeConfigsResponseSynonym) code(c *wire.Coder) {
	c.String(&s.Name)
	c.NullableString(&s.Value)
	c.Int8((*int8)(&s.Source))
	c.Tags()
}
