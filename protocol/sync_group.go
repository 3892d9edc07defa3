package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// SyncGroupRequest asks for the member's assignment; the leader brings that of
// everyone.
type SyncGroupRequest struct {
	GroupID      string
	GenerationID int32
	MemberID     string
	// GroupInstanceID is the id of a static member, else nil. Since v3
	// (KIP-345).
	GroupInstanceID *string
	// ProtocolType and ProtocolName are what JoinGroup told, nil if not known.
	// Since v5 (KIP-559).
	ProtocolType *string
	ProtocolName *string
	// Assignments is empty for all but the leader.
	Assignments []SyncGroupRequestAssignment
}

// SyncGroupRequestAssignment is what one member gets.
type SyncGroupRequestAssignment struct {
	MemberID string
	// Assignment is opaque to the broker; consumers send a [ConsumerAssignment].
	Assignment []byte
}

// APIKey returns SyncGroup.
func (*SyncGroupRequest) APIKey() APIKey { return SyncGroup }

// Code codes the request.
func (r *SyncGroupRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	c.Int32(&r.GenerationID)
	c.String(&r.MemberID)
	if c.Version >= 3 {
		c.NullableString(&r.GroupInstanceID)
	} else {
		c.RefuseSet("GroupInstanceID", r.GroupInstanceID != nil)
	}
	if c.Version >= 5 {
		c.NullableString(&r.ProtocolType)
		c.NullableString(&r.ProtocolName)
	}
	wire.Array(c, &r.Assignments, (*SyncGroupRequestAssignment).code)
	c.Tags()
}

func (a *SyncGroupRequestAssignment) code(c *wire.Coder) {
	c.String(&a.MemberID)
	c.Bytes(&a.Assignment)
	c.Tags()
}

// SyncGroupResponse brings the member's assignment.
type SyncGroupResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ProtocolType and ProtocolName are the group's, nil if not known. Since v5
	// (KIP-559).
	ProtocolType *string
	ProtocolName *string
	// Assignment is what the leader made for this member.
	Assignment []byte
}

// APIKey returns SyncGroup.
func (*SyncGroupResponse) APIKey() APIKey { return SyncGroup }

// Throttle returns for how long the client shall pause.
func (r *SyncGroupResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *SyncGroupResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	c.Int16((*int16)(&r.ErrorCode))
	if c.Version >= 5 {
		c.NullableString(&r.ProtocolType)
		c.NullableString(&r.ProtocolName)
	}
	c.Bytes(&r.Assignment)
	c.Tags()
}
