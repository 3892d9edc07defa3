// Package network measures connections, by the names of the Java client.
package network

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/keyed"
	"github.com/barnabas-go/kafka/metrics"
)

// Measures are those of a client's connections: of all, in the group
// "prefix-metrics", and of those to each broker, in "prefix-node-metrics".
type Measures struct {
	registry *metrics.Registry
	log      *slog.Logger
	prefix   string

	created, closed        *metrics.Sensor
	io, outgoing, incoming *metrics.Sensor
	requests, responses    *metrics.Sensor
	requestSize, latency   *metrics.Sensor
	connections            atomic.Int64

	nodes keyed.Map[int32, *Node]
}

// New adds the measures to a registry. prefix is "producer" or "consumer". What
// nodes take to answer is handed on to latency.
func New(registry *metrics.Registry, prefix string, latency *metrics.Sensor, log *slog.Logger) *Measures {
	m := &Measures{registry: registry, log: log, prefix: prefix, latency: latency}
	group := prefix + "-metrics"
	counted := func(name, description string, parents ...*metrics.Sensor) *metrics.Sensor {
		return m.sensor(group, nil, metrics.RateAndTotal(name, description), parents...)
	}
	m.created = counted("connection-creation", "connections that were made")
	m.closed = counted("connection-close", "connections that ended")
	m.io = counted("network-io", "requests and responses")
	m.outgoing = counted("outgoing-byte", "bytes of requests")
	m.incoming = counted("incoming-byte", "bytes of responses")
	m.requests = counted("request", "requests of all kinds", m.io)
	m.responses = counted("response", "responses", m.io)
	m.requestSize = m.sensor(group, nil, metrics.AvgAndMax("request-size", "bytes of a request"))
	name := metrics.Name{Group: group, Name: "connection-count", Description: "connections that there are"}
	m.check(registry.Gauge(name, func() float64 { return float64(m.connections.Load()) }))
	return m
}

func (m *Measures) sensor(group string, tags []metrics.Tag, all []metrics.Measure, parents ...*metrics.Sensor) *metrics.Sensor {
	s := m.registry.Sensor(parents...)
	m.check(s.AddAll(group, tags, all...))
	return s
}

// check reports that a metric could not be added, which takes two of one name.
func (m *Measures) check(err error) {
	if err != nil {
		m.log.Error("a metric is missing", "err", err)
	}
}

// Node are the measures of the connections to one broker. Their sensors hand on to
// those of all.
type Node struct {
	// Latency is for the time, in ms, that the broker takes to answer what the client
	// is there for: Produce or Fetch.
	Latency *metrics.Sensor

	all                 *Measures
	outgoing, incoming  *metrics.Sensor
	requests, responses *metrics.Sensor
	requestSize         *metrics.Sensor
}

// Node returns the measures of a broker.
func (m *Measures) Node(id int32) *Node { return m.nodes.Get(id, m.newNode) }

// Meter returns what connections to a broker are measured by.
func (m *Measures) Meter(node int32) conn.Meter { return m.Node(node) }

func (m *Measures) newNode(id int32) *Node {
	group, tags := m.prefix+"-node-metrics", []metrics.Tag{{Key: "node-id", Value: fmt.Sprintf("node-%d", id)}}
	counted := func(name, description string, parent *metrics.Sensor) *metrics.Sensor {
		return m.sensor(group, tags, metrics.RateAndTotal(name, description), parent)
	}
	return &Node{
		all:         m,
		outgoing:    counted("outgoing-byte", "bytes of requests to the broker", m.outgoing),
		incoming:    counted("incoming-byte", "bytes of the broker's responses", m.incoming),
		requests:    counted("request", "requests of all kinds to the broker", m.requests),
		responses:   counted("response", "responses of the broker", m.responses),
		requestSize: m.sensor(group, tags, metrics.AvgAndMax("request-size", "bytes of a request to the broker"), m.requestSize),
		Latency:     m.sensor(group, tags, metrics.AvgAndMax("request-latency", "ms from a request for records, or of some, to its answer"), m.latency),
	}
}

// Opened makes it a [conn.Meter].
func (n *Node) Opened() {
	n.all.connections.Add(1)
	n.all.created.Record(1)
}

// Closed counts the end of a connection.
func (n *Node) Closed() {
	n.all.connections.Add(-1)
	n.all.closed.Record(1)
}

// Sent counts a request.
func (n *Node) Sent(bytes int) {
	now := time.Now()
	n.requests.RecordAt(1, now)
	n.outgoing.RecordAt(float64(bytes), now)
	n.requestSize.RecordAt(float64(bytes), now)
}

// Received counts a response.
func (n *Node) Received(bytes int) {
	now := time.Now()
	n.responses.RecordAt(1, now)
	n.incoming.RecordAt(float64(bytes), now)
}
