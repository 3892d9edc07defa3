package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// PushTelemetryRequest brings the client's metrics to the cluster (KIP-714).
type PushTelemetryRequest struct {
	// ClientInstanceID is the id that the broker gave the client.
	ClientInstanceID wire.UUID
	// SubscriptionID is that of the set of metrics pushed.
	SubscriptionID int32
	// Terminating tells that this is the client's last push.
	Terminating bool
	// CompressionType is the codec of Metrics, by its number in record batches.
	CompressionType int8
	// Metrics is a MetricsData message of OpenTelemetry's protocol, v1.
	Metrics []byte
}

// APIKey returns PushTelemetry.
func (*PushTelemetryRequest) APIKey() APIKey { return PushTelemetry }

// Code codes the request.
func (r *PushTelemetryRequest) Code(c *wire.Coder) {
	c.UUID(&r.ClientInstanceID)
	c.Int32(&r.SubscriptionID)
	c.Bool(&r.Terminating)
	c.Int8(&r.CompressionType)
	c.Bytes(&r.Metrics)
	c.Tags()
}

// PushTelemetryResponse tells whether the metrics were taken.
type PushTelemetryResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is ErrUnknownSubscriptionID if the cluster wants other metrics
	// now.
	ErrorCode ErrorCode
}

// APIKey returns PushTelemetry.
func (*PushTelemetryResponse) APIKey() APIKey { return PushTelemetry }

// Throttle returns for how long the client shall pause.
func (r *PushTelemetryResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *PushTelemetryResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.Tags()
}
