package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// EndpointType tells whether brokers or controllers are described (KIP-919).
type EndpointType int8

const (
	// BrokerEndpoints are those of brokers, the default.
	BrokerEndpoints EndpointType = 1
	// ControllerEndpoints are those of KRaft controllers.
	ControllerEndpoints EndpointType = 2
)

// DescribeClusterRequest asks for the nodes of the cluster (KIP-700).
type DescribeClusterRequest struct {
	// IncludeClusterAuthorizedOperations asks what the client may do with the
	// cluster.
	IncludeClusterAuthorizedOperations bool
	// EndpointType is BrokerEndpoints before v1.
	EndpointType EndpointType
	// IncludeFencedBrokers asks for brokers too that are fenced. Since v2
	// (KIP-1073).
	IncludeFencedBrokers bool
}

// APIKey returns DescribeCluster.
func (*DescribeClusterRequest) APIKey() APIKey { return DescribeCluster }

// Code codes the request.
func (r *DescribeClusterRequest) Code(c *wire.Coder) {
	c.Bool(&r.IncludeClusterAuthorizedOperations)
	if c.Version >= 1 {
		c.Int8((*int8)(&r.EndpointType))
	} else {
		wire.Refuse(c, "EndpointType", &r.EndpointType, BrokerEndpoints)
	}
	if c.Version >= 2 {
		c.Bool(&r.IncludeFencedBrokers)
	} else {
		c.RefuseSet("IncludeFencedBrokers", r.IncludeFencedBrokers)
	}
	c.Tags()
}

// DescribeClusterResponse describes the cluster.
type DescribeClusterResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	ErrorCode      ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
	// EndpointType is that of Brokers. Since v1.
	EndpointType EndpointType
	ClusterID    string
	// ControllerID is the node id of the controller, -1 if it is not known.
	ControllerID int32
	// Brokers are the nodes.
	Brokers []DescribeClusterResponseBroker
	// ClusterAuthorizedOperations is a bit field, NoAuthorizedOperations if not
	// asked for.
	ClusterAuthorizedOperations int32
}

// DescribeClusterResponseBroker is a node and where to reach it.
type DescribeClusterResponseBroker struct {
	BrokerID int32
	Host     string
	Port     int32
	// Rack is nil if the node has none.
	Rack *string
	// IsFenced tells that the controller keeps the broker out. Since v2
	// (KIP-1073).
	IsFenced bool
}

// APIKey returns DescribeCluster.
func (*DescribeClusterResponse) APIKey() APIKey { return DescribeCluster }

// Throttle returns for how long the client shall pause.
func (r *DescribeClusterResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *DescribeClusterResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	if c.Version >= 1 {
		c.Int8((*int8)(&r.EndpointType))
	} else {
		wire.Refuse(c, "EndpointType", &r.EndpointType, BrokerEndpoints)
	}
	c.String(&r.ClusterID)
	c.Int32(&r.ControllerID)
	wire.Array(c, &r.Brokers, (*DescribeClusterResponseBroker).code)
	c.Int32(&r.ClusterAuthorizedOperations)
	c.Tags()
}

func (b *DescribeClusterResponseBroker) code(c *wire.Coder) {
	c.Int32(&b.BrokerID)
	c.String(&b.Host)
	c.Int32(&b.Port)
	c.NullableString(&b.Rack)
	if c.Version >= 2 {
		c.Bool(&b.IsFenced)
	} else {
		c.RefuseSet("IsFenced", b.IsFenced)
	}
	c.Tags()
}
