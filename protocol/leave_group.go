package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// LeaveGroupRequest takes members out of a classic group.
type LeaveGroupRequest struct {
	GroupID string
	// Members that leave: exactly one, and by its member id, before v3
	// (KIP-345).
	Members []LeaveGroupRequestMember
}

// LeaveGroupRequestMember is a member that leaves.
type LeaveGroupRequestMember struct {
	// MemberID may be empty for a static member.
	MemberID string
	// GroupInstanceID is the id of a static member, else nil. Since v3
	// (KIP-345).
	GroupInstanceID *string
	// Reason tells the broker's log why the member leaves, nil for none. Since v5
	// (KIP-800).
	Reason *string
}

// APIKey returns LeaveGroup.
func (*LeaveGroupRequest) APIKey() APIKey { return LeaveGroup }

// Code codes the request.
func (r *LeaveGroupRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	if c.Version >= 3 {
		wire.Array(c, &r.Members, (*LeaveGroupRequestMember).code)
	} else {
		m := single(c, "Members", &r.Members)
		c.String(&m.MemberID)
		c.RefuseSet("GroupInstanceID", m.GroupInstanceID != nil)
	}
	c.Tags()
}

func (m *LeaveGroupRequestMember) code(c *wire.Coder) {
	c.String(&m.MemberID)
	c.NullableString(&m.GroupInstanceID)
	if c.Version >= 5 {
		c.NullableString(&m.Reason)
	}
	c.Tags()
}

// LeaveGroupResponse tells which members have left.
type LeaveGroupResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// Members has one entry per member that should leave. Since v3.
	Members []LeaveGroupResponseMember
}

// LeaveGroupResponseMember tells what became of one member.
type LeaveGroupResponseMember struct {
	MemberID string
	// GroupInstanceID is the id of a static member, else nil.
	GroupInstanceID *string
	ErrorCode       ErrorCode
}

// APIKey returns LeaveGroup.
func (*LeaveGroupResponse) APIKey() APIKey { return LeaveGroup }

// Throttle returns for how long the client shall pause.
func (r *LeaveGroupResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *LeaveGroupResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	c.Int16((*int16)(&r.ErrorCode))
	if c.Version >= 3 {
		wire.Array(c, &r.Members, (*LeaveGroupResponseMember).code)
	} else {
		c.RefuseSet("Members", len(r.Members) > 0)
	}
	c.Tags()
}

func (m *LeaveGroupResponseMember) code(c *wire.Coder) {
	c.String(&m.MemberID)
	c.NullableString(&m.GroupInstanceID)
	c.Int16((*int16)(&m.ErrorCode))
	c.Tags()
}
