package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// DescribeQuorumRequest asks for the state of the KRaft quorum (KIP-595).
type DescribeQuorumRequest struct {
	// Topics asked for: there is only "__cluster_metadata".
	Topics []DescribeQuorumRequestTopic
}

// DescribeQuorumRequestTopic is a topic asked for.
type DescribeQuorumRequestTopic struct {
	TopicName  string
	Partitions []DescribeQuorumRequestPartition
}

// DescribeQuorumRequestPartition is a partition asked for: there is only 0.
type DescribeQuorumRequestPartition struct {
	PartitionIndex int32
}

// APIKey returns DescribeQuorum.
func (*DescribeQuorumRequest) APIKey() APIKey { return DescribeQuorum }

// Code codes the request.
func (r *DescribeQuorumRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Topics, (*DescribeQuorumRequestTopic).code)
	c.Tags()
}

func (t *DescribeQuorumRequestTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	wire.Array(c, &t.Partitions, (*DescribeQuorumRequestPartition).code)
	c.Tags()
}

func (p *DescribeQuorumRequestPartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Tags()
}

// DescribeQuorumResponse describes the quorum.
type DescribeQuorumResponse struct {
	// ErrorCode is of the whole request.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none. Since v2.
	ErrorMessage *string
	// Topics of the request.
	Topics []DescribeQuorumResponseTopic
	// Nodes are the controllers of the quorum and where to reach them. Since v2
	// (KIP-853).
	Nodes []DescribeQuorumResponseNode
}

// DescribeQuorumResponseTopic is a topic of the request.
type DescribeQuorumResponseTopic struct {
	TopicName  string
	Partitions []DescribeQuorumResponsePartition
}

// DescribeQuorumResponsePartition is the state of the quorum.
type DescribeQuorumResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
	// ErrorMessage is the broker's text, nil if there is none. Since v2.
	ErrorMessage *string
	// LeaderID is the node id of the leader, -1 if not known.
	LeaderID    int32
	LeaderEpoch int32
	// HighWatermark is the first offset that no majority of voters has.
	HighWatermark int64
	// CurrentVoters are the replicas that vote.
	CurrentVoters []DescribeQuorumResponseReplica
	// Observers are the replicas that only read.
	Observers []DescribeQuorumResponseReplica
}

// DescribeQuorumResponseReplica is the state of a replica of the metadata log.
type DescribeQuorumResponseReplica struct {
	ReplicaID int32
	// ReplicaDirectoryID is the id of its log directory. Since v2 (KIP-853).
	ReplicaDirectoryID wire.UUID
	// LogEndOffset is where its log ends, -1 if not known.
	LogEndOffset int64
	// LastFetchTimestamp is when it last fetched, in milliseconds since 1970 by
	// the leader's clock; -1 for the leader and if not known. Since v1 (KIP-836).
	LastFetchTimestamp int64
	// LastCaughtUpTimestamp is until when it has all that the leader had, in
	// milliseconds since 1970 by the leader's clock; -1 if not known. Since v1
	// (KIP-836).
	LastCaughtUpTimestamp int64
}

// DescribeQuorumResponseNode is a controller.
type DescribeQuorumResponseNode struct {
	NodeID int32
	// Listeners are where to reach it.
	Listeners []DescribeQuorumResponseListener
}

// DescribeQuorumResponseListener is where to reach a controller.
type DescribeQuorumResponseListener struct {
	// Name of the listener.
	Name string
	Host string
	Port uint16
}

// APIKey returns DescribeQuorum.
func (*DescribeQuorumResponse) APIKey() APIKey { return DescribeQuorum }

// Code codes the response.
func (r *DescribeQuorumResponse) Code(c *wire.Coder) {
	c.Int16((*int16)(&r.ErrorCode))
	if c.Version >= 2 {
		c.NullableString(&r.ErrorMessage)
	}
	wire.Array(c, &r.Topics, (*DescribeQuorumResponseTopic).code)
	if c.Version >= 2 {
		wire.Array(c, &r.Nodes, (*DescribeQuorumResponseNode).code)
	} else {
		c.RefuseSet("Nodes", len(r.Nodes) > 0)
	}
	c.Tags()
}

func (t *DescribeQuorumResponseTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	wire.Array(c, &t.Partitions, (*DescribeQuorumResponsePartition).code)
	c.Tags()
}

func (p *DescribeQuorumResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	if c.Version >= 2 {
		c.NullableString(&p.ErrorMessage)
	}
	c.Int32(&p.LeaderID)
	c.Int32(&p.LeaderEpoch)
	c.Int64(&p.HighWatermark)
	wire.Array(c, &p.CurrentVoters, (*DescribeQuorumResponseReplica).code)
	wire.Array(c, &p.Observers, (*DescribeQuorumResponseReplica).code)
	c.Tags()
}

func (s *DescribeQuorumResponseReplica) code(c *wire.Coder) {
	c.Int32(&s.ReplicaID)
	if c.Version >= 2 {
		c.UUID(&s.ReplicaDirectoryID)
	} else {
		c.RefuseSet("ReplicaDirectoryID", !s.ReplicaDirectoryID.IsZero())
	}
	c.Int64(&s.LogEndOffset)
	if c.Version >= 1 {
		c.Int64(&s.LastFetchTimestamp)
		c.Int64(&s.LastCaughtUpTimestamp)
	} else {
		wire.Ignore(c, &s.LastFetchTimestamp, -1)
		wire.Ignore(c, &s.LastCaughtUpTimestamp, -1)
	}
	c.Tags()
}

func (n *DescribeQuorumResponseNode) code(c *wire.Coder) {
	c.Int32(&n.NodeID)
	wire.Array(c, &n.Listeners, (*DescribeQuorumResponseListener).code)
	c.Tags()
}

func (l *DescribeQuorumResponseListener) code(c *wire.Coder) {
	c.String(&l.Name)
	c.String(&l.Host)
	c.Uint16(&l.Port)
	c.Tags()
}
