package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// GetTelemetrySubscriptionsRequest asks which metrics the cluster wants of the
// client (KIP-714).
type GetTelemetrySubscriptionsRequest struct {
	// ClientInstanceID is the id that the broker gave the client, zero at first.
	ClientInstanceID wire.UUID
}

// APIKey returns GetTelemetrySubscriptions.
func (*GetTelemetrySubscriptionsRequest) APIKey() APIKey { return GetTelemetrySubscriptions }

// Code codes the request.
func (r *GetTelemetrySubscriptionsRequest) Code(c *wire.Coder) {
	c.UUID(&r.ClientInstanceID)
	c.Tags()
}

// GetTelemetrySubscriptionsResponse tells which metrics to push, and how.
type GetTelemetrySubscriptionsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ClientInstanceID is a new id for the client if the request had none, else
	// zero or the same.
	ClientInstanceID wire.UUID
	// SubscriptionID names this set of metrics; it is to be told with each push.
	SubscriptionID int32
	// AcceptedCompressionTypes are the codecs that the broker accepts, by their
	// number in record batches, the best first.
	AcceptedCompressionTypes []int8
	// PushIntervalMs is how long to wait between pushes.
	PushIntervalMs int32
	// TelemetryMaxBytes is how many bytes of metrics a push may have.
	TelemetryMaxBytes int32
	// DeltaTemporality tells whether counters are to be pushed as differences
	// since the last push, or as sums since the start.
	DeltaTemporality bool
	// RequestedMetrics are prefixes of the names of the metrics to push: none if
	// empty, all if it is one empty string.
	RequestedMetrics []string
}

// APIKey returns GetTelemetrySubscriptions.
func (*GetTelemetrySubscriptionsResponse) APIKey() APIKey { return GetTelemetrySubscriptions }

// Throttle returns for how long the client shall pause.
func (r *GetTelemetrySubscriptionsResponse) Throttle() time.Duration {
	return throttle(r.ThrottleTimeMs)
}

// Code codes the response.
func (r *GetTelemetrySubscriptionsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.UUID(&r.ClientInstanceID)
	c.Int32(&r.SubscriptionID)
	c.Int8s(&r.AcceptedCompressionTypes)
	c.Int32(&r.PushIntervalMs)
	c.Int32(&r.TelemetryMaxBytes)
	c.Bool(&r.DeltaTemporality)
	c.Strings(&r.RequestedMetrics)
	c.Tags()
}
