package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// HeartbeatRequest tells the coordinator of a classic group that the member is
// alive.
type HeartbeatRequest struct {
	GroupID      string
	GenerationID int32
	MemberID     string
	// GroupInstanceID is the id of a static member, else nil. Since v3
	// (KIP-345).
	GroupInstanceID *string
}

// APIKey returns Heartbeat.
func (*HeartbeatRequest) APIKey() APIKey { return Heartbeat }

// Code codes the request.
func (r *HeartbeatRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	c.Int32(&r.GenerationID)
	c.String(&r.MemberID)
	if c.Version >= 3 {
		c.NullableString(&r.GroupInstanceID)
	} else {
		c.RefuseSet("GroupInstanceID", r.GroupInstanceID != nil)
	}
	c.Tags()
}

// HeartbeatResponse tells whether the member is still one.
type HeartbeatResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
}

// APIKey returns Heartbeat.
func (*HeartbeatResponse) APIKey() APIKey { return Heartbeat }

// Throttle returns for how long the client shall pause.
func (r *HeartbeatResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *HeartbeatResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	c.Int16((*int16)(&r.ErrorCode))
	c.Tags()
}
