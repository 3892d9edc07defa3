package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// JoinGroupRequest makes the client a member of a classic group, or confirms
// that it still is one in the next generation.
type JoinGroupRequest struct {
	GroupID string
	// SessionTimeoutMs is after how long without a heartbeat the coordinator
	// drops the member.
	SessionTimeoutMs int32
	// RebalanceTimeoutMs is for how long the coordinator waits for the member to
	// join again; -1 means the session timeout, which v0 always takes. Since v1
	// (KIP-62).
	RebalanceTimeoutMs int32
	// MemberID is empty at the first time; since v4 the coordinator then answers
	// ErrMemberIDRequired with the id to take (KIP-394).
	MemberID string
	// GroupInstanceID is the id of a static member, else nil. Since v5
	// (KIP-345).
	GroupInstanceID *string
	// ProtocolType is "consumer" for consumers.
	ProtocolType string
	// Protocols are the assignors that the member supports, the preferred first.
	Protocols []JoinGroupRequestProtocol
	// Reason tells the broker's log why the member joins, nil for none. Since v8
	// (KIP-800).
	Reason *string
}

// JoinGroupRequestProtocol is an assignor and what the member tells it.
type JoinGroupRequestProtocol struct {
	Name string
	// Metadata is opaque to the broker; consumers send a [ConsumerSubscription].
	Metadata []byte
}

// APIKey returns JoinGroup.
func (*JoinGroupRequest) APIKey() APIKey { return JoinGroup }

// Code codes the request.
func (r *JoinGroupRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	c.Int32(&r.SessionTimeoutMs)
	if c.Version >= 1 {
		c.Int32(&r.RebalanceTimeoutMs)
	} else {
		wire.Ignore(c, &r.RebalanceTimeoutMs, -1)
	}
	c.String(&r.MemberID)
	if c.Version >= 5 {
		c.NullableString(&r.GroupInstanceID)
	} else {
		c.RefuseSet("GroupInstanceID", r.GroupInstanceID != nil)
	}
	c.String(&r.ProtocolType)
	wire.Array(c, &r.Protocols, (*JoinGroupRequestProtocol).code)
	if c.Version >= 8 {
		c.NullableString(&r.Reason)
	}
	c.Tags()
}

func (p *JoinGroupRequestProtocol) code(c *wire.Coder) {
	c.String(&p.Name)
	c.Bytes(&p.Metadata)
	c.Tags()
}

// JoinGroupResponse tells the member its generation, and the leader who the
// members are.
type JoinGroupResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v2.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// GenerationID is -1 on an error.
	GenerationID int32
	// ProtocolType is nil if not known. Since v7 (KIP-559).
	ProtocolType *string
	// ProtocolName is the assignor that the coordinator has chosen; nil, since
	// v7, on an error.
	ProtocolName *string
	// Leader is the member id of the one that assigns partitions.
	Leader string
	// SkipAssignment tells the leader that it need not assign. Since v9
	// (KIP-814).
	SkipAssignment bool
	MemberID       string
	// Members is empty for all but the leader.
	Members []JoinGroupResponseMember
}

// JoinGroupResponseMember is a member of the group, as the leader sees it.
type JoinGroupResponseMember struct {
	MemberID string
	// GroupInstanceID is the id of a static member, else nil. Since v5
	// (KIP-345).
	GroupInstanceID *string
	// Metadata is what the member sent for the assignor chosen.
	Metadata []byte
}

// APIKey returns JoinGroup.
func (*JoinGroupResponse) APIKey() APIKey { return JoinGroup }

// Throttle returns for how long the client shall pause.
func (r *JoinGroupResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *JoinGroupResponse) Code(c *wire.Coder) {
	if c.Version >= 2 {
		c.Int32(&r.ThrottleTimeMs)
	}
	c.Int16((*int16)(&r.ErrorCode))
	c.Int32(&r.GenerationID)
	if c.Version >= 7 {
		c.NullableString(&r.ProtocolType)
		c.NullableString(&r.ProtocolName)
	} else {
		c.NonNullString("ProtocolName", &r.ProtocolName)
	}
	c.String(&r.Leader)
	if c.Version >= 9 {
		c.Bool(&r.SkipAssignment)
	} else {
		c.RefuseSet("SkipAssignment", r.SkipAssignment)
	}
	c.String(&r.MemberID)
	wire.Array(c, &r.Members, (*JoinGroupResponseMember).code)
	c.Tags()
}

func (m *JoinGroupResponseMember) code(c *wire.Coder) {
	c.String(&m.MemberID)
	if c.Version >= 5 {
		c.NullableString(&m.GroupInstanceID)
	}
	c.Bytes(&m.Metadata)
	c.Tags()
}
