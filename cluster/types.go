package cluster

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/barnabas-go/kafka/protocol"
)

// ErrClosed is what every call on a closed [Client] fails with.
var ErrClosed = errors.New("client is closed")

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// String returns topic and partition as Kafka's logs have it: "orders-3".
func (tp TopicPartition) String() string {
	return tp.Topic + "-" + strconv.Itoa(int(tp.Partition))
}

// NoNode is the id that stands for "none": of a partition without a leader, or
// a cluster without a controller.
const NoNode int32 = -1

// seedNode is the id of a bootstrap server that stands in for the brokers of a
// cluster which does not tell them: Kafka 0.8 before its first topic.
const seedNode int32 = -2

// Node is a broker and where it can be reached.
type Node struct {
	ID   int32
	Host string
	Port int32
	// Rack is where the broker stands (its broker.rack), empty if not known.
	Rack string
}

// Addr returns host:port, with brackets around an IPv6 host.
func (n Node) Addr() string {
	return net.JoinHostPort(n.Host, strconv.Itoa(int(n.Port)))
}

// String returns the id and the address, as in "2 (kafka-2:9092)".
func (n Node) String() string { return fmt.Sprintf("%d (%s)", n.ID, n.Addr()) }

// Use tells what a connection is for. A broker has one connection for each, so
// that a long fetch never delays a heartbeat.
type Use uint8

const (
	// UseGeneral is for metadata, administration and committed offsets.
	UseGeneral Use = iota
	// UseProduce is for Produce requests.
	UseProduce
	// UseFetch is for Fetch requests, which the broker may hold back.
	UseFetch
	// UseCoordinator is for group membership, whose requests the coordinator may
	// hold back, and transactions.
	UseCoordinator

	uses
)

var useNames = [uses]string{"general", "produce", "fetch", "coordinator"}

// String returns the use in one lower-case word.
func (u Use) String() string {
	if u < uses {
		return useNames[u]
	}
	return fmt.Sprintf("use %d", uint8(u))
}

// CoordinatorKind is what a coordinator coordinates.
type CoordinatorKind = protocol.CoordinatorType

const (
	// GroupCoordinator is for a consumer group: the key is the group id.
	GroupCoordinator = protocol.GroupCoordinator
	// TransactionCoordinator is for a producer: the key is the transactional id.
	TransactionCoordinator = protocol.TransactionCoordinator
)
