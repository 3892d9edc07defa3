package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
)

// Cluster describes a cluster.
type Cluster struct {
	// ID is empty before Kafka 0.10.1.
	ID string
	// Controller is the node id of the controller, [cluster.NoNode] if there is
	// none. A cluster without ZooKeeper names any broker, which passes requests on.
	Controller int32
	// Nodes are the brokers that are alive, by ascending id.
	Nodes []cluster.Node
}

// DescribeCluster returns the cluster as it is now.
func (c *Client) DescribeCluster(ctx context.Context) (Cluster, error) {
	if err := c.cluster.Refresh(ctx); err != nil {
		return Cluster{}, err
	}
	s := c.cluster.Metadata().Snapshot()
	return Cluster{ID: s.ClusterID, Controller: s.Controller, Nodes: s.Nodes()}, nil
}

// BrokerVersion tells which Kafka a broker runs. See [BrokerVersion.Table] and
// [BrokerVersion.MarshalJSON] for all of it as text.
type BrokerVersion struct {
	// Node is the broker.
	Node cluster.Node
	// Release is the release of Kafka, such as "2.8", by the APIs that the broker
	// has: see [conn.Versions.Release].
	Release string
	// Versions are the broker's APIs and features.
	Versions *conn.Versions
}

// String returns the release and the broker, as in "Kafka 4.3 at 1 (kafka-1:9092)".
func (v BrokerVersion) String() string { return fmt.Sprintf("Kafka %s at %s", v.Release, v.Node) }

// BrokerVersions tells which Kafka the brokers run that are alive, by ascending
// id. The error joins those of all that cannot be asked; the result has the
// others.
func (c *Client) BrokerVersions(ctx context.Context) ([]BrokerVersion, error) {
	described, err := c.DescribeCluster(ctx)
	if err != nil {
		return nil, err
	}
	return c.brokerVersions(ctx, described.Nodes)
}

func (c *Client) brokerVersions(ctx context.Context, nodes []cluster.Node) ([]BrokerVersion, error) {
	var versions []BrokerVersion
	var errs []error
	for _, node := range nodes {
		v, err := c.brokerVersion(ctx, node)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		versions = append(versions, v)
	}
	return versions, errors.Join(errs...)
}

func (c *Client) brokerVersion(ctx context.Context, node cluster.Node) (BrokerVersion, error) {
	cn, err := c.cluster.Conn(ctx, node.ID, cluster.UseGeneral)
	if err != nil {
		return BrokerVersion{}, err
	}
	return BrokerVersion{Node: node, Release: cn.Versions().Release(), Versions: cn.Versions()}, nil
}
