package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// StreamsGroupHeartbeatRequest joins and leaves a streams group, and tells its
// coordinator what the member has (KIP-1071). Fields that have not changed since
// the last heartbeat need not be sent again.
type StreamsGroupHeartbeatRequest struct {
	GroupID string
	// MemberID is made by the member, and kept for its life.
	MemberID string
	// MemberEpoch is the member's epoch, or one of the constants such as
	// JoinMemberEpoch.
	MemberEpoch int32
	// EndpointInformationEpoch is that of the last PartitionsByUserEndpoint that
	// the member got.
	EndpointInformationEpoch int32
	// InstanceID is the id of a static member, nil for none or if unchanged.
	InstanceID *string
	// RackID is the member's rack, nil for none or if unchanged.
	RackID *string
	// RebalanceTimeoutMs is for how long the coordinator waits until the member
	// has given up tasks, -1 if unchanged.
	RebalanceTimeoutMs int32
	// Topology of the application, to be sent when joining, else nil.
	Topology *StreamsGroupHeartbeatRequestTopology
	// ActiveTasks, StandbyTasks and WarmupTasks are those that the member has, nil
	// if unchanged.
	ActiveTasks  []StreamsTasks
	StandbyTasks []StreamsTasks
	WarmupTasks  []StreamsTasks
	// ProcessID names the process, which may have many members; nil if unchanged.
	ProcessID *string
	// UserEndpoint is where the member answers interactive queries, nil for none
	// or if unchanged.
	UserEndpoint *StreamsEndpoint
	// ClientTags are for assignment by rack, nil if unchanged.
	ClientTags []StreamsKeyValue
	// TaskOffsets and TaskEndOffsets tell how far the changelogs of tasks have
	// been read, and where they end; nil if unchanged.
	TaskOffsets    []StreamsTaskOffset
	TaskEndOffsets []StreamsTaskOffset
	// ShutdownApplication asks all members to shut down.
	ShutdownApplication bool
}

// StreamsGroupHeartbeatRequestTopology is the topology of an application.
type StreamsGroupHeartbeatRequestTopology struct {
	// Epoch counts the versions of the topology.
	Epoch         int32
	Subtopologies []StreamsGroupHeartbeatRequestSubtopology
}

// StreamsGroupHeartbeatRequestSubtopology is a part of a topology that shares no
// state with others.
type StreamsGroupHeartbeatRequestSubtopology struct {
	SubtopologyID string
	// SourceTopics are the topics read, and SourceTopicRegex regular expressions
	// (RE2) for more of them.
	SourceTopics     []string
	SourceTopicRegex []string
	// StateChangelogTopics are those that keep the state.
	StateChangelogTopics []StreamsTopic
	// RepartitionSinkTopics are the repartition topics written to.
	RepartitionSinkTopics []string
	// RepartitionSourceTopics are the repartition topics read.
	RepartitionSourceTopics []StreamsTopic
	// CopartitionGroups are the topics that must have as many partitions as each
	// other.
	CopartitionGroups []StreamsGroupHeartbeatRequestCopartitionGroup
}

// StreamsGroupHeartbeatRequestCopartitionGroup are topics that must have as many
// partitions as each other, by their indexes in the subtopology's arrays of the
// same names.
type StreamsGroupHeartbeatRequestCopartitionGroup struct {
	SourceTopics            []int16
	SourceTopicRegex        []int16
	RepartitionSourceTopics []int16
}

// APIKey returns StreamsGroupHeartbeat.
func (*StreamsGroupHeartbeatRequest) APIKey() APIKey { return StreamsGroupHeartbeat }

// Code codes the request.
func (r *StreamsGroupHeartbeatRequest) Code(c *wire.Coder) {
	c.String(&r.GroupID)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Int32(&r.EndpointInformationEpoch)
	c.NullableString(&r.InstanceID)
	c.NullableString(&r.RackID)
	c.Int32(&r.RebalanceTimeoutMs)
	wire.NullableStruct(c, &r.Topology, (*StreamsGroupHeartbeatRequestTopology).code)
	wire.NullableArray(c, &r.ActiveTasks, (*StreamsTasks).code)
	wire.NullableArray(c, &r.StandbyTasks, (*StreamsTasks).code)
	wire.NullableArray(c, &r.WarmupTasks, (*StreamsTasks).code)
	c.NullableString(&r.ProcessID)
	wire.NullableStruct(c, &r.UserEndpoint, (*StreamsEndpoint).code)
	wire.NullableArray(c, &r.ClientTags, (*StreamsKeyValue).code)
	wire.NullableArray(c, &r.TaskOffsets, (*StreamsTaskOffset).code)
	wire.NullableArray(c, &r.TaskEndOffsets, (*StreamsTaskOffset).code)
	c.Bool(&r.ShutdownApplication)
	c.Tags()
}

func (t *StreamsGroupHeartbeatRequestTopology) code(c *wire.Coder) {
	c.Int32(&t.Epoch)
	wire.Array(c, &t.Subtopologies, (*StreamsGroupHeartbeatRequestSubtopology).code)
	c.Tags()
}

func (s *StreamsGroupHeartbeatRequestSubtopology) code(c *wire.Coder) {
	c.String(&s.SubtopologyID)
	c.Strings(&s.SourceTopics)
	c.Strings(&s.SourceTopicRegex)
	wire.Array(c, &s.StateChangelogTopics, (*StreamsTopic).code)
	c.Strings(&s.RepartitionSinkTopics)
	wire.Array(c, &s.RepartitionSourceTopics, (*StreamsTopic).code)
	wire.Array(c, &s.CopartitionGroups, (*StreamsGroupHeartbeatRequestCopartitionGroup).code)
	c.Tags()
}

func (g *StreamsGroupHeartbeatRequestCopartitionGroup) code(c *wire.Coder) {
	c.Int16s(&g.SourceTopics)
	c.Int16s(&g.SourceTopicRegex)
	c.Int16s(&g.RepartitionSourceTopics)
	c.Tags()
}
