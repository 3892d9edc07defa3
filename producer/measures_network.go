package producer

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/metrics"
)

// networkMeasures are those of all connections.
type networkMeasures struct {
	created, closed        *metrics.Sensor
	io, outgoing, incoming *metrics.Sensor
	requests, responses    *metrics.Sensor
	requestSize            *metrics.Sensor
	connections            *atomic.Int64
}

func (m *measures) newNetworkMeasures() networkMeasures {
	n := networkMeasures{connections: new(atomic.Int64)}
	n.created = m.rateAndTotal(groupProducer, "connection-creation", "connections that were made", nil)
	n.closed = m.rateAndTotal(groupProducer, "connection-close", "connections that ended", nil)
	n.io = m.rateAndTotal(groupProducer, "network-io", "requests and responses", nil)
	n.outgoing = m.rateAndTotal(groupProducer, "outgoing-byte", "bytes of requests", nil)
	n.incoming = m.rateAndTotal(groupProducer, "incoming-byte", "bytes of responses", nil)
	n.requests = m.rateAndTotal(groupProducer, "request", "requests of all kinds", n.io)
	n.responses = m.rateAndTotal(groupProducer, "response", "responses", n.io)
	n.requestSize = m.avgAndMax("request-size", "bytes of a request")
	name := metrics.Name{Group: groupProducer, Name: "connection-count", Description: "connections that there are"}
	m.check(m.registry.Gauge(name, func() float64 { return float64(n.connections.Load()) }))
	return n
}

// nodeMeasures are those of the connections to one broker. Their sensors hand on to
// those of all.
type nodeMeasures struct {
	all                 *networkMeasures
	outgoing, incoming  *metrics.Sensor
	requests, responses *metrics.Sensor
	requestSize         *metrics.Sensor
	latency             *metrics.Sensor
}

// node returns the measures of a broker.
func (m *measures) node(id int32) *nodeMeasures { return m.nodes.Get(id, m.newNode) }

func (m *measures) newNode(id int32) *nodeMeasures {
	tag := metrics.Tag{Key: "node-id", Value: fmt.Sprintf("node-%d", id)}
	n := &nodeMeasures{
		all:         &m.network,
		outgoing:    m.rateAndTotal(groupNode, "outgoing-byte", "bytes of requests to the broker", m.network.outgoing, tag),
		incoming:    m.rateAndTotal(groupNode, "incoming-byte", "bytes of the broker's responses", m.network.incoming, tag),
		requests:    m.rateAndTotal(groupNode, "request", "requests of all kinds to the broker", m.network.requests, tag),
		responses:   m.rateAndTotal(groupNode, "response", "responses of the broker", m.network.responses, tag),
		requestSize: m.registry.Sensor(m.network.requestSize),
		latency:     m.registry.Sensor(m.latency),
	}
	m.add(n.requestSize, groupNode, []metrics.Tag{tag}, metrics.AvgAndMax("request-size", "bytes of a request to the broker")...)
	m.add(n.latency, groupNode, []metrics.Tag{tag}, metrics.AvgAndMax("request-latency", "ms from a Produce request to its answer")...)
	return n
}

// meter returns what connections to a broker are measured by.
func (m *measures) meter(node int32) conn.Meter { return m.node(node) }

// Opened makes it a [conn.Meter].
func (n *nodeMeasures) Opened() {
	n.all.connections.Add(1)
	n.all.created.Record(1)
}

// Closed counts the end of a connection.
func (n *nodeMeasures) Closed() {
	n.all.connections.Add(-1)
	n.all.closed.Record(1)
}

// Sent counts a request.
func (n *nodeMeasures) Sent(bytes int) {
	now := time.Now()
	n.requests.RecordAt(1, now)
	n.outgoing.RecordAt(float64(bytes), now)
	n.requestSize.RecordAt(float64(bytes), now)
}

// Received counts a response.
func (n *nodeMeasures) Received(bytes int) {
	now := time.Now()
	n.responses.RecordAt(1, now)
	n.incoming.RecordAt(float64(bytes), now)
}
