package protocol

import (
	"math"
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// NoAuthorizedOperations is the value of a field of authorized operations that
// were not asked for.
const NoAuthorizedOperations = math.MinInt32

// MetadataRequest asks for the brokers of the cluster and for topics with the
// leaders of their partitions.
type MetadataRequest struct {
	// Topics that are asked for: nil means all, empty none. Version 0 cannot
	// ask for none.
	Topics []MetadataRequestTopic
	// AllowAutoTopicCreation lets the broker create topics that it does not
	// have, if it is configured to; versions before 4 always do.
	AllowAutoTopicCreation bool
	// IncludeClusterAuthorizedOperations asks what the client may do with the
	// cluster; from v8 to v10 only, DescribeCluster has it since (KIP-430,
	// KIP-700).
	IncludeClusterAuthorizedOperations bool
	// IncludeTopicAuthorizedOperations asks what the client may do with each
	// topic. Since v8 (KIP-430).
	IncludeTopicAuthorizedOperations bool
}

// MetadataRequestTopic names a topic by name or by id.
type MetadataRequestTopic struct {
	// TopicID is zero if the topic is asked for by name. Brokers take it since
	// v12 (KIP-516).
	TopicID wire.UUID
	// Name is nil if the topic is asked for by id.
	Name *string
}

// APIKey returns Metadata.
func (*MetadataRequest) APIKey() APIKey { return Metadata }

// MaxVersion returns 10 if the cluster's authorized operations are asked for,
// which later versions do not tell.
func (r *MetadataRequest) MaxVersion() int16 {
	if r.IncludeClusterAuthorizedOperations {
		return 10
	}
	return 13
}

// Code codes the request.
func (r *MetadataRequest) Code(c *wire.Coder) {
	if c.Version >= 1 {
		wire.NullableArray(c, &r.Topics, (*MetadataRequestTopic).code)
	} else {
		c.RefuseSet("asking for no topic", r.Topics != nil && len(r.Topics) == 0)
		wire.Array(c, &r.Topics, (*MetadataRequestTopic).code)
	}
	if c.Version >= 4 {
		c.Bool(&r.AllowAutoTopicCreation)
	} else {
		wire.Refuse(c, "AllowAutoTopicCreation", &r.AllowAutoTopicCreation, true)
	}
	if c.Version >= 8 && c.Version <= 10 {
		c.Bool(&r.IncludeClusterAuthorizedOperations)
	} else {
		c.RefuseSet("IncludeClusterAuthorizedOperations", r.IncludeClusterAuthorizedOperations)
	}
	if c.Version >= 8 {
		c.Bool(&r.IncludeTopicAuthorizedOperations)
	} else {
		c.RefuseSet("IncludeTopicAuthorizedOperations", r.IncludeTopicAuthorizedOperations)
	}
	c.Tags()
}

func (t *MetadataRequestTopic) code(c *wire.Coder) {
	if c.Version >= 10 {
		c.UUID(&t.TopicID)
		c.NullableString(&t.Name)
	} else {
		c.NonNullString("topic name", &t.Name)
	}
	c.Tags()
}

// MetadataResponse describes the cluster.
type MetadataResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v3.
	ThrottleTimeMs int32
	// Brokers that are alive.
	Brokers []MetadataResponseBroker
	// ClusterID is nil if the broker does not know it. Since v2 (KIP-78).
	ClusterID *string
	// ControllerID is the node id of the controller, -1 if it is not known; a
	// KRaft cluster names any broker. Since v1.
	ControllerID int32
	// Topics that were asked for.
	Topics []MetadataResponseTopic
	// ClusterAuthorizedOperations is a bit field, NoAuthorizedOperations if not
	// asked for. From v8 to v10 (KIP-430).
	ClusterAuthorizedOperations int32
	// ErrorCode may ask the client to bootstrap anew. Since v13 (KIP-1102).
	ErrorCode ErrorCode
}

// MetadataResponseBroker is a broker and where to reach it.
type MetadataResponseBroker struct {
	NodeID int32
	Host   string
	Port   int32
	// Rack is nil if the broker has none. Since v1.
	Rack *string
}

// MetadataResponseTopic is a topic and its partitions.
type MetadataResponseTopic struct {
	ErrorCode ErrorCode
	// Name is nil, since v12, if the topic was asked for by an id that the broker
	// does not know.
	Name *string
	// TopicID is zero if the broker has none. Since v10 (KIP-516).
	TopicID wire.UUID
	// IsInternal is set for topics of Kafka itself. Since v1.
	IsInternal bool
	// Partitions in no particular order.
	Partitions []MetadataResponsePartition
	// TopicAuthorizedOperations is a bit field, NoAuthorizedOperations if not
	// asked for. Since v8 (KIP-430).
	TopicAuthorizedOperations int32
}

// MetadataResponsePartition is a partition and its replicas.
type MetadataResponsePartition struct {
	ErrorCode      ErrorCode
	PartitionIndex int32
	// LeaderID is the leader's node id, -1 if there is none.
	LeaderID int32
	// LeaderEpoch is -1 if it is not known. Since v7 (KIP-320).
	LeaderEpoch int32
	// ReplicaNodes are the node ids of all replicas, the preferred leader first.
	ReplicaNodes []int32
	// ISRNodes are those in sync with the leader.
	ISRNodes []int32
	// OfflineReplicas are those whose broker or disk is down. Since v5
	// (KIP-112).
	OfflineReplicas []int32
}

// APIKey returns Metadata.
func (*MetadataResponse) APIKey() APIKey { return Metadata }

// Throttle returns for how long the client shall pause.
func (r *MetadataResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *MetadataResponse) Code(c *wire.Coder) {
	if c.Version >= 3 {
		c.Int32(&r.ThrottleTimeMs)
	}
	wire.Array(c, &r.Brokers, (*MetadataResponseBroker).code)
	if c.Version >= 2 {
		c.NullableString(&r.ClusterID)
	}
	if c.Version >= 1 {
		c.Int32(&r.ControllerID)
	} else {
		wire.Ignore(c, &r.ControllerID, -1)
	}
	wire.Array(c, &r.Topics, (*MetadataResponseTopic).code)
	if c.Version >= 8 && c.Version <= 10 {
		c.Int32(&r.ClusterAuthorizedOperations)
	} else {
		wire.Refuse(c, "ClusterAuthorizedOperations", &r.ClusterAuthorizedOperations, NoAuthorizedOperations)
	}
	if c.Version >= 13 {
		c.Int16((*int16)(&r.ErrorCode))
	}
	c.Tags()
}

func (b *MetadataResponseBroker) code(c *wire.Coder) {
	c.Int32(&b.NodeID)
	c.String(&b.Host)
	c.Int32(&b.Port)
	if c.Version >= 1 {
		c.NullableString(&b.Rack)
	}
	c.Tags()
}

func (t *MetadataResponseTopic) code(c *wire.Coder) {
	c.Int16((*int16)(&t.ErrorCode))
	if c.Version >= 12 {
		c.NullableString(&t.Name)
	} else {
		c.NonNullString("topic name", &t.Name)
	}
	if c.Version >= 10 {
		c.UUID(&t.TopicID)
	}
	if c.Version >= 1 {
		c.Bool(&t.IsInternal)
	}
	wire.Array(c, &t.Partitions, (*MetadataResponsePartition).code)
	if c.Version >= 8 {
		c.Int32(&t.TopicAuthorizedOperations)
	} else {
		wire.Refuse(c, "TopicAuthorizedOperations", &t.TopicAuthorizedOperations, NoAuthorizedOperations)
	}
	c.Tags()
}

func (p *MetadataResponsePartition) code(c *wire.Coder) {
	c.Int16((*int16)(&p.ErrorCode))
	c.Int32(&p.PartitionIndex)
	c.Int32(&p.LeaderID)
	if c.Version >= 7 {
		c.Int32(&p.LeaderEpoch)
	} else {
		wire.Ignore(c, &p.LeaderEpoch, -1)
	}
	c.Int32s(&p.ReplicaNodes)
	c.Int32s(&p.ISRNodes)
	if c.Version >= 5 {
		c.Int32s(&p.OfflineReplicas)
	}
	c.Tags()
}
