package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// DeleteGroupsRequest asks the coordinator to delete groups of any type that
// have no members, with the offsets they have committed (KIP-229).
type DeleteGroupsRequest struct {
	// GroupsNames are the ids of the groups to delete.
	GroupsNames []string
}

// APIKey returns DeleteGroups.
func (*DeleteGroupsRequest) APIKey() APIKey { return DeleteGroups }

// Code codes the request.
func (r *DeleteGroupsRequest) Code(c *wire.Coder) {
	c.Strings(&r.GroupsNames)
	c.Tags()
}

// DeleteGroupsResponse tells which groups were deleted.
type DeleteGroupsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Results has one entry per group of the request.
	Results []DeleteGroupsResponseResult
}

// DeleteGroupsResponseResult tells what became of a group.
type DeleteGroupsResponseResult struct {
	GroupID string
	// ErrorCode is ErrNonEmptyGroup for a group that has members.
	ErrorCode ErrorCode
}

// APIKey returns DeleteGroups.
func (*DeleteGroupsResponse) APIKey() APIKey { return DeleteGroups }

// Throttle returns for how long the client shall pause.
func (r *DeleteGroupsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DeleteGroupsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Results, (*DeleteGroupsResponseResult).code)
	c.Tags()
}

func (g *DeleteGroupsResponseResult) code(c *wire.Coder) {
	c.String(&g.GroupID)
	c.Int16((*int16)(&g.ErrorCode))
	c.Tags()
}
