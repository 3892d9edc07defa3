package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ListGroupsRequest asks a broker for the groups that it coordinates; all groups
// of a cluster are those of all its brokers.
type ListGroupsRequest struct {
	// StatesFilter names the states wanted, such as "Stable"; empty means all.
	// Since v4 (KIP-518).
	StatesFilter []string
	// TypesFilter names the types wanted, such as "classic", "consumer" or
	// "share"; empty means all. Since v5 (KIP-848).
	TypesFilter []string
}

// APIKey returns ListGroups.
func (*ListGroupsRequest) APIKey() APIKey { return ListGroups }

// Code codes the request.
func (r *ListGroupsRequest) Code(c *wire.Coder) {
	if c.Version >= 4 {
		c.Strings(&r.StatesFilter)
	} else {
		c.RefuseSet("StatesFilter", len(r.StatesFilter) > 0)
	}
	if c.Version >= 5 {
		c.Strings(&r.TypesFilter)
	} else {
		c.RefuseSet("TypesFilter", len(r.TypesFilter) > 0)
	}
	c.Tags()
}

// ListGroupsResponse lists the groups.
type ListGroupsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// Groups that the broker coordinates.
	Groups []ListGroupsResponseGroup
}

// ListGroupsResponseGroup is a group that the broker coordinates.
type ListGroupsResponseGroup struct {
	GroupID string
	// ProtocolType is "consumer" for consumers, empty for a group that only
	// stores offsets.
	ProtocolType string
	// GroupState is the group's state, such as "Stable". Since v4 (KIP-518).
	GroupState string
	// GroupType is the group's type, such as "classic". Since v5 (KIP-848).
	GroupType string
}

// APIKey returns ListGroups.
func (*ListGroupsResponse) APIKey() APIKey { return ListGroups }

// Throttle returns for how long the client shall pause.
func (r *ListGroupsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ListGroupsResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	c.Int16((*int16)(&r.ErrorCode))
	wire.Array(c, &r.Groups, (*ListGroupsResponseGroup).code)
	c.Tags()
}

func (g *ListGroupsResponseGroup) code(c *wire.Coder) {
	c.String(&g.GroupID)
	c.String(&g.ProtocolType)
	if c.Version >= 4 {
		c.String(&g.GroupState)
	}
	if c.Version >= 5 {
		c.String(&g.GroupType)
	}
	c.Tags()
}
