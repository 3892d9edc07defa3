package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ApiVersionsRequest asks which versions of which APIs a broker speaks. A broker
// that does not know the version answers in version 0 with
// ErrUnsupportedVersion and, since Kafka 2.4, the range it has (KIP-511).
type ApiVersionsRequest struct {
	// ClientSoftwareName and ClientSoftwareVersion appear in the broker's
	// metrics; letters, digits, dots and dashes only. Since v3 (KIP-511).
	ClientSoftwareName    string
	ClientSoftwareVersion string
}

// APIKey returns ApiVersions.
func (*ApiVersionsRequest) APIKey() APIKey { return ApiVersions }

// Code codes the request.
func (r *ApiVersionsRequest) Code(c *wire.Coder) {
	if c.Version >= 3 {
		c.String(&r.ClientSoftwareName)
		c.String(&r.ClientSoftwareVersion)
	}
	c.Tags()
}

// ApiVersionsResponse lists what the broker speaks.
type ApiVersionsResponse struct {
	ErrorCode ErrorCode
	// APIKeys has an entry for each API.
	APIKeys []ApiVersionsResponseAPI
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	// SupportedFeatures are the features that the broker could support. Since
	// v3 (KIP-584).
	SupportedFeatures []ApiVersionsResponseSupportedFeature
	// FinalizedFeaturesEpoch grows with each change of FinalizedFeatures; -1 if
	// not known. Since v3 (KIP-584).
	FinalizedFeaturesEpoch int64
	// FinalizedFeatures are the features that the whole cluster has switched on;
	// meaningful if FinalizedFeaturesEpoch is not -1. Since v3 (KIP-584).
	FinalizedFeatures []ApiVersionsResponseFinalizedFeature
	// ZKMigrationReady is set by a controller that can take over from ZooKeeper.
	// Since v3 (KIP-866).
	ZKMigrationReady bool
}

// ApiVersionsResponseAPI tells the versions of one API.
type ApiVersionsResponseAPI struct {
	APIKey                 APIKey
	MinVersion, MaxVersion int16
}

// ApiVersionsResponseSupportedFeature is a feature and the levels that the broker
// supports. Version 4 allows a MinVersion of 0.
type ApiVersionsResponseSupportedFeature struct {
	Name                   string
	MinVersion, MaxVersion int16
}

// ApiVersionsResponseFinalizedFeature is a feature and the levels that the
// cluster has agreed on.
type ApiVersionsResponseFinalizedFeature struct {
	Name                             string
	MaxVersionLevel, MinVersionLevel int16
}

// APIKey returns ApiVersions.
func (*ApiVersionsResponse) APIKey() APIKey { return ApiVersions }

// Throttle returns for how long the client shall pause.
func (r *ApiVersionsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ApiVersionsResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	wire.Array(c, &r.APIKeys, (*ApiVersionsResponseAPI).code)
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	c.TagsStart()
	wire.TaggedArray(c, 0, &r.SupportedFeatures, (*ApiVersionsResponseSupportedFeature).code)
	wire.Tagged(c, 1, &r.FinalizedFeaturesEpoch, -1, (*wire.Coder).Int64)
	wire.TaggedArray(c, 2, &r.FinalizedFeatures, (*ApiVersionsResponseFinalizedFeature).code)
	wire.Tagged(c, 3, &r.ZKMigrationReady, false, (*wire.Coder).Bool)
	c.TagsEnd()
}

func (a *ApiVersionsResponseAPI) code(c *wire.Coder) {
	c.Int16((*int16)(&a.APIKey))
	c.Int16(&a.MinVersion)
	c.Int16(&a.MaxVersion)
	c.Tags()
}

func (f *ApiVersionsResponseSupportedFeature) code(c *wire.Coder) {
	c.String(&f.Name)
	c.Int16(&f.MinVersion)
	c.Int16(&f.MaxVersion)
	c.Tags()
}

func (f *ApiVersionsResponseFinalizedFeature) code(c *wire.Coder) {
	c.String(&f.Name)
	c.Int16(&f.MaxVersionLevel)
	c.Int16(&f.MinVersionLevel)
	c.Tags()
}
