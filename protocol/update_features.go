package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// FeatureUpgradeType tells which changes of a feature's level are allowed
// (KIP-778).
type FeatureUpgradeType int8

const (
	// FeatureUpgrade only allows a higher level.
	FeatureUpgrade FeatureUpgradeType = 1
	// FeatureSafeDowngrade allows a lower level if no metadata is lost.
	FeatureSafeDowngrade FeatureUpgradeType = 2
	// FeatureUnsafeDowngrade allows a lower level even if metadata is lost.
	FeatureUnsafeDowngrade FeatureUpgradeType = 3
)

var featureUpgradeTypes = [...]string{"UNKNOWN", "UPGRADE", "SAFE_DOWNGRADE", "UNSAFE_DOWNGRADE"}

// String returns the type by Kafka's name, such as "SAFE_DOWNGRADE".
func (t FeatureUpgradeType) String() string {
	return enumName(featureUpgradeTypes[:], "feature upgrade type", t)
}

// UpdateFeaturesRequest changes the finalized levels of features such as
// metadata.version (KIP-584).
type UpdateFeaturesRequest struct {
	// TimeoutMs is for how long the broker waits for the change.
	TimeoutMs int32
	// FeatureUpdates are the features to change.
	FeatureUpdates []UpdateFeaturesRequestFeature
	// ValidateOnly checks the request without changing anything. Since v1
	// (KIP-778).
	ValidateOnly bool
}

// UpdateFeaturesRequestFeature is a feature to change.
type UpdateFeaturesRequestFeature struct {
	Feature string
	// MaxVersionLevel is the new level; less than 1 takes the feature away.
	MaxVersionLevel int16
	// AllowDowngrade is what v0 has instead of UpgradeType.
	AllowDowngrade bool
	// UpgradeType tells which changes are allowed; it must be FeatureUpgrade in
	// v0. Since v1 (KIP-778).
	UpgradeType FeatureUpgradeType
}

// APIKey returns UpdateFeatures.
func (*UpdateFeaturesRequest) APIKey() APIKey { return UpdateFeatures }

// Code codes the request.
func (r *UpdateFeaturesRequest) Code(c *wire.Coder) {
	c.Int32(&r.TimeoutMs)
	wire.Array(c, &r.FeatureUpdates, (*UpdateFeaturesRequestFeature).code)
	if c.Version >= 1 {
		c.Bool(&r.ValidateOnly)
	} else {
		c.RefuseSet("ValidateOnly", r.ValidateOnly)
	}
	c.Tags()
}

func (f *UpdateFeaturesRequestFeature) code(c *wire.Coder) {
	c.String(&f.Feature)
	c.Int16(&f.MaxVersionLevel)
	if c.Version == 0 {
		c.Bool(&f.AllowDowngrade)
		wire.Refuse(c, "UpgradeType", &f.UpgradeType, FeatureUpgrade)
	} else {
		c.RefuseSet("AllowDowngrade", f.AllowDowngrade)
		c.Int8((*int8)(&f.UpgradeType))
	}
	c.Tags()
}

// UpdateFeaturesResponse tells whether the features were changed.
type UpdateFeaturesResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// Results has one entry per feature of the request. Until v1.
	Results []UpdateFeaturesResponseResult
}

// UpdateFeaturesResponseResult tells what became of a feature.
type UpdateFeaturesResponseResult struct {
	Feature   string
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns UpdateFeatures.
func (*UpdateFeaturesResponse) APIKey() APIKey { return UpdateFeatures }

// Throttle returns for how long the client shall pause.
func (r *UpdateFeaturesResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *UpdateFeaturesResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	if c.Version <= 1 {
		wire.Array(c, &r.Results, (*UpdateFeaturesResponseResult).code)
	}
	c.Tags()
}

func (f *UpdateFeaturesResponseResult) code(c *wire.Coder) {
	c.String(&f.Feature)
	c.Int16((*int16)(&f.ErrorCode))
	c.NullableString(&f.ErrorMessage)
	c.Tags()
}
