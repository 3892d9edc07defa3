package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// StreamsGroupHeartbeatResponse tells what the member shall have.
type StreamsGroupHeartbeatResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is ErrFencedMemberEpoch or ErrUnknownMemberID for a member that
	// must join anew.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	MemberID     string
	// MemberEpoch is the epoch to tell from now on.
	MemberEpoch int32
	// HeartbeatIntervalMs is how long to wait between heartbeats.
	HeartbeatIntervalMs int32
	// AcceptableRecoveryLag is how far the state of a warm-up task may lag behind
	// to be ready.
	AcceptableRecoveryLag int32
	// TaskOffsetIntervalMs is how often to tell the offsets of tasks.
	TaskOffsetIntervalMs int32
	// Status tells what keeps the group from working, nil if unchanged.
	Status []StreamsGroupHeartbeatResponseStatus
	// ActiveTasks, StandbyTasks and WarmupTasks are those that the member shall
	// have, nil if unchanged.
	ActiveTasks  []StreamsTasks
	StandbyTasks []StreamsTasks
	WarmupTasks  []StreamsTasks
	// EndpointInformationEpoch is that of PartitionsByUserEndpoint.
	EndpointInformationEpoch int32
	// PartitionsByUserEndpoint tells where to ask for which state, nil if
	// unchanged.
	PartitionsByUserEndpoint []StreamsGroupHeartbeatResponseEndpoint
}

// StreamsGroupHeartbeatResponseStatus tells what keeps the group from working.
type StreamsGroupHeartbeatResponseStatus struct {
	// StatusCode is 0 for a stale topology, 1 for missing source topics, 2 for
	// topics with a wrong number of partitions, 3 for missing internal topics, 4
	// for a shutdown that a member asked for, 5 for a delayed assignment.
	StatusCode   int8
	StatusDetail string
}

// StreamsGroupHeartbeatResponseEndpoint tells what state a member has.
type StreamsGroupHeartbeatResponseEndpoint struct {
	UserEndpoint StreamsEndpoint
	// ActivePartitions and StandbyPartitions are the partitions that it has the
	// state of.
	ActivePartitions  []StreamsGroupHeartbeatResponseTopic
	StandbyPartitions []StreamsGroupHeartbeatResponseTopic
}

// StreamsGroupHeartbeatResponseTopic has partitions of a topic.
type StreamsGroupHeartbeatResponseTopic struct {
	Topic string
	// Partitions are their indexes.
	Partitions []int32
}

// APIKey returns StreamsGroupHeartbeat.
func (*StreamsGroupHeartbeatResponse) APIKey() APIKey { return StreamsGroupHeartbeat }

// Throttle returns for how long the client shall pause.
func (r *StreamsGroupHeartbeatResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *StreamsGroupHeartbeatResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	c.String(&r.MemberID)
	c.Int32(&r.MemberEpoch)
	c.Int32(&r.HeartbeatIntervalMs)
	c.Int32(&r.AcceptableRecoveryLag)
	c.Int32(&r.TaskOffsetIntervalMs)
	wire.NullableArray(c, &r.Status, (*StreamsGroupHeartbeatResponseStatus).code)
	wire.NullableArray(c, &r.ActiveTasks, (*StreamsTasks).code)
	wire.NullableArray(c, &r.StandbyTasks, (*StreamsTasks).code)
	wire.NullableArray(c, &r.WarmupTasks, (*StreamsTasks).code)
	c.Int32(&r.EndpointInformationEpoch)
	wire.NullableArray(c, &r.PartitionsByUserEndpoint, (*StreamsGroupHeartbeatResponseEndpoint).code)
	c.Tags()
}

func (s *StreamsGroupHeartbeatResponseStatus) code(c *wire.Coder) {
	c.Int8(&s.StatusCode)
	c.String(&s.StatusDetail)
	c.Tags()
}

func (e *StreamsGroupHeartbeatResponseEndpoint) code(c *wire.Coder) {
	e.UserEndpoint.code(c)
	wire.Array(c, &e.ActivePartitions, (*StreamsGroupHeartbeatResponseTopic).code)
	wire.Array(c, &e.StandbyPartitions, (*StreamsGroupHeartbeatResponseTopic).code)
	c.Tags()
}

func (t *StreamsGroupHeartbeatResponseTopic) code(c *wire.Coder) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
	c.Tags()
}
