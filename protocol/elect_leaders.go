package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ElectionType tells which replicas may become leader (KIP-460).
type ElectionType int8

const (
	// PreferredElection makes the first of the replicas the leader.
	PreferredElection ElectionType = 0
	// UncleanElection makes any live replica the leader of a partition that has
	// none, even if it lacks records.
	UncleanElection ElectionType = 1
)

var electionTypes = [...]string{"PREFERRED", "UNCLEAN"}

// String returns the type by Kafka's name, such as "PREFERRED".
func (t ElectionType) String() string { return enumName(electionTypes[:], "election type", t) }

// ElectLeadersRequest elects leaders of partitions (KIP-183, KIP-460); the
// controller takes it, and in a KRaft cluster any broker.
type ElectLeadersRequest struct {
	// ElectionType is PreferredElection before v1.
	ElectionType ElectionType
	// TopicPartitions are the partitions to elect leaders of, nil for all.
	TopicPartitions []ElectLeadersRequestTopic
	// TimeoutMs is for how long the broker waits for the elections.
	TimeoutMs int32
}

// ElectLeadersRequestTopic is a topic with partitions to elect leaders of.
type ElectLeadersRequestTopic struct {
	Topic string
	// Partitions are their indexes.
	Partitions []int32
}

// APIKey returns ElectLeaders.
func (*ElectLeadersRequest) APIKey() APIKey { return ElectLeaders }

// Code codes the request.
func (r *ElectLeadersRequest) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int8((*int8)(&r.ElectionType))
	} else {
		wire.Refuse(c, "ElectionType", &r.ElectionType, PreferredElection)
	}
	wire.NullableArray(c, &r.TopicPartitions, (*ElectLeadersRequestTopic).code)
	c.Int32(&r.TimeoutMs)
	c.Tags()
}

func (t *ElectLeadersRequestTopic) code(c *wire.Coder) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// ElectLeadersResponse tells which leaders were elected.
type ElectLeadersResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is of the whole request. Since v1.
	ErrorCode ErrorCode
	// ReplicaElectionResults has the topics of the request, or those where a
	// leader was to elect if all were asked for.
	ReplicaElectionResults []ElectLeadersResponseTopic
}

// ElectLeadersResponseTopic is a topic with elections.
type ElectLeadersResponseTopic struct {
	Topic string
	// PartitionResult has the partitions with elections.
	PartitionResult []ElectLeadersResponsePartition
}

// ElectLeadersResponsePartition tells the outcome of an election.
type ElectLeadersResponsePartition struct {
	PartitionID int32
	// ErrorCode is ErrElectionNotNeeded if the right replica leads already.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns ElectLeaders.
func (*ElectLeadersResponse) APIKey() APIKey { return ElectLeaders }

// Throttle returns for how long the client shall pause.
func (r *ElectLeadersResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *ElectLeadersResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	if c.Version >= 1 {
		c.Int16((*int16)(&r.ErrorCode))
	} else {
		c.RefuseSet("ErrorCode", r.ErrorCode != ErrNone)
	}
	wire.Array(c, &r.ReplicaElectionResults, (*ElectLeadersResponseTopic).code)
	c.Tags()
}

func (t *ElectLeadersResponseTopic) code(c *wire.Coder) {
	c.String(&t.Topic)
	wire.Array(c, &t.PartitionResult, (*ElectLeadersResponsePartition).code)
	c.Tags()
}

func (p *ElectLeadersResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionID)
	c.Int16((*int16)(&p.ErrorCode))
	c.NullableString(&p.ErrorMessage)
	c.Tags()
}
