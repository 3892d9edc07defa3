package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// StreamsGroupDescribeRequest asks the coordinator of streams groups for their
// state and members (KIP-1071).
type StreamsGroupDescribeRequest struct {
	// GroupIDs are the ids of the groups to describe.
	GroupIDs []string
	// IncludeAuthorizedOperations asks what the client may do with each group.
	IncludeAuthorizedOperations bool
}

// APIKey returns StreamsGroupDescribe.
func (*StreamsGroupDescribeRequest) APIKey() APIKey { return StreamsGroupDescribe }

// Code codes the request.
func (r *StreamsGroupDescribeRequest) Code(c *wire.Coder) {
	c.Strings(&r.GroupIDs)
	c.Bool(&r.IncludeAuthorizedOperations)
	c.Tags()
}

// StreamsGroupDescribeResponse describes the groups.
type StreamsGroupDescribeResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Groups has one entry per group of the request.
	Groups []StreamsGroupDescribeResponseGroup
}

// StreamsGroupDescribeResponseGroup describes a group.
type StreamsGroupDescribeResponseGroup struct {
	// ErrorCode is ErrGroupIDNotFound for a group that does not exist or is of
	// another type.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	GroupID      string
	// GroupState is such as Stable, Empty or NotReady; empty on an error.
	GroupState string
	// GroupEpoch counts the changes of members and topologies.
	GroupEpoch int32
	// AssignmentEpoch is the group epoch that the target assignment is for.
	AssignmentEpoch int32
	// Topology of the application, nil on an error.
	Topology *StreamsGroupDescribeResponseTopology
	// Members of the group.
	Members []StreamsGroupDescribeResponseMember
	// AuthorizedOperations is a bit field, NoAuthorizedOperations if not asked
	// for.
	AuthorizedOperations int32
}

// StreamsGroupDescribeResponseTopology is the topology of an application.
type StreamsGroupDescribeResponseTopology struct {
	// Epoch counts the versions of the topology.
	Epoch int32
	// Subtopologies is nil while topics are missing or not as they must be.
	Subtopologies []StreamsGroupDescribeResponseSubtopology
}

// StreamsGroupDescribeResponseSubtopology is a part of a topology that shares no
// state with others.
type StreamsGroupDescribeResponseSubtopology struct {
	SubtopologyID string
	// SourceTopics are the topics read.
	SourceTopics []string
	// RepartitionSinkTopics are the repartition topics written to.
	RepartitionSinkTopics []string
	// StateChangelogTopics are those that keep the state.
	StateChangelogTopics []StreamsTopic
	// RepartitionSourceTopics are the repartition topics read.
	RepartitionSourceTopics []StreamsTopic
}

// StreamsGroupDescribeResponseMember is a member of a group.
type StreamsGroupDescribeResponseMember struct {
	MemberID    string
	MemberEpoch int32
	// InstanceID is the id of a static member, else nil.
	InstanceID *string
	// RackID is the member's rack, nil for none.
	RackID *string
	// ClientID and ClientHost are of the connection that the member joined by.
	ClientID   string
	ClientHost string
	// TopologyEpoch is that of the member's topology.
	TopologyEpoch int32
	// ProcessID names the process, which may have many members.
	ProcessID string
	// UserEndpoint is where the member answers interactive queries, nil for none.
	UserEndpoint *StreamsEndpoint
	// ClientTags are for assignment by rack.
	ClientTags []StreamsKeyValue
	// TaskOffsets and TaskEndOffsets tell how far the changelogs of tasks have
	// been read, and where they end.
	TaskOffsets    []StreamsTaskOffset
	TaskEndOffsets []StreamsTaskOffset
	// Assignment is what the member has.
	Assignment StreamsGroupDescribeResponseAssignment
	// TargetAssignment is what it will have.
	TargetAssignment StreamsGroupDescribeResponseAssignment
	// IsClassic tells that the member joined by JoinGroup.
	IsClassic bool
}

// StreamsGroupDescribeResponseAssignment is what a member has.
type StreamsGroupDescribeResponseAssignment struct {
	ActiveTasks  []StreamsTasks
	StandbyTasks []StreamsTasks
	WarmupTasks  []StreamsTasks
}

// APIKey returns StreamsGroupDescribe.
func (*StreamsGroupDescribeResponse) APIKey() APIKey { return StreamsGroupDescribe }

// Throttle returns for how long the client shall pause.
func (r *StreamsGroupDescribeResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *StreamsGroupDescribeResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Groups, (*StreamsGroupDescribeResponseGroup).code)
	c.Tags()
}

func (g *StreamsGroupDescribeResponseGroup) code(c *wire.Coder) {
	c.Int16((*int16)(&g.ErrorCode))
	c.NullableString(&g.ErrorMessage)
	c.String(&g.GroupID)
	c.String(&g.GroupState)
	c.Int32(&g.GroupEpoch)
	c.Int32(&g.AssignmentEpoch)
	wire.NullableStruct(c, &g.Topology, (*StreamsGroupDescribeResponseTopology).code)
	wire.Array(c, &g.Members, (*StreamsGroupDescribeResponseMember).code)
	c.Int32(&g.AuthorizedOperations)
	c.Tags()
}

func (t *StreamsGroupDescribeResponseTopology) code(c *wire.Coder) {
	c.Int32(&t.Epoch)
	wire.NullableArray(c, &t.Subtopologies, (*StreamsGroupDescribeResponseSubtopology).code)
	c.Tags()
}

func (s *StreamsGroupDescribeResponseSubtopology) code(c *wire.Coder) {
	c.String(&s.SubtopologyID)
	c.Strings(&s.SourceTopics)
	c.Strings(&s.RepartitionSinkTopics)
	wire.Array(c, &s.StateChangelogTopics, (*StreamsTopic).code)
	wire.Array(c, &s.RepartitionSourceTopics, (*StreamsTopic).code)
	c.Tags()
}

func (m *StreamsGroupDescribeResponseMember) code(c *wire.Coder) {
	c.String(&m.MemberID)
	c.Int32(&m.MemberEpoch)
	c.NullableString(&m.InstanceID)
	c.NullableString(&m.RackID)
	c.String(&m.ClientID)
	c.String(&m.ClientHost)
	c.Int32(&m.TopologyEpoch)
	c.String(&m.ProcessID)
	wire.NullableStruct(c, &m.UserEndpoint, (*StreamsEndpoint).code)
	wire.Array(c, &m.ClientTags, (*StreamsKeyValue).code)
	wire.Array(c, &m.TaskOffsets, (*StreamsTaskOffset).code)
	wire.Array(c, &m.TaskEndOffsets, (*StreamsTaskOffset).code)
	m.Assignment.code(c)
	m.TargetAssignment.code(c)
	c.Bool(&m.IsClassic)
	c.Tags()
}

func (a *StreamsGroupDescribeResponseAssignment) code(c *wire.Coder) {
	wire.Array(c, &a.ActiveTasks, (*StreamsTasks).code)
	wire.Array(c, &a.StandbyTasks, (*StreamsTasks).code)
	wire.Array(c, &a.WarmupTasks, (*StreamsTasks).code)
	c.Tags()
}
