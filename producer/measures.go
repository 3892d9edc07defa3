package producer

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/internal/keyed"
	"github.com/barnabas-go/kafka/internal/network"
	"github.com/barnabas-go/kafka/metrics"
	"github.com/barnabas-go/kafka/protocol"
)

// Groups of metrics, by the names of the Java client.
const (
	groupProducer = "producer-metrics"
	groupTopic    = "producer-topic-metrics"
)

// measures are the producer's metrics. They are recorded for each batch and each
// request, never for a single record.
type measures struct {
	registry *metrics.Registry
	log      *slog.Logger
	inFlight atomic.Int64

	batchSize, queueTime, recordSize   *metrics.Sensor
	recordsPerRequest, largestRecord   *metrics.Sensor
	latency, throttle                  *metrics.Sensor
	sends, retries, failures, splits   *metrics.Sensor
	bytes, compression, wait, refusals *metrics.Sensor
	flushes, metadataWait              *metrics.Sensor

	transactions transactionMeasures
	network      *network.Measures

	topics keyed.Map[string, *topicMeasures]
}

// topicMeasures are those of one topic. Their sensors hand on to the producer's.
type topicMeasures struct {
	sends, retries, failures, bytes, compression *metrics.Sensor
}

func newMeasures(cfg *Config, log *slog.Logger) *measures {
	m := &measures{
		registry: metrics.NewRegistry(metrics.Config{
			Samples: cfg.MetricsSamples, Window: cfg.MetricsWindow,
			Tags: []metrics.Tag{{Key: "client-id", Value: cfg.Config.ClientID}},
		}),
		log: log,
	}
	m.batchSize = m.avgAndMax("batch-size", "bytes of a batch as it is sent")
	m.queueTime = m.avgAndMax("record-queue-time", "ms from the first record of a batch to its request")
	m.recordSize = m.sensor(groupProducer, nil, metrics.Measure{Name: "record-size-avg", New: metrics.Avg, Description: "bytes of a record before compression, averaged over each batch first"})
	m.largestRecord = m.sensor(groupProducer, nil, metrics.Measure{Name: "record-size-max", New: metrics.Max, Description: "bytes of the largest record before compression"})
	m.recordsPerRequest = m.sensor(groupProducer, nil, metrics.Measure{Name: "records-per-request-avg", New: metrics.Avg, Description: "records of a request"})
	m.latency = m.avgAndMax("request-latency", "ms from a request to its answer")
	m.throttle = m.avgAndMax("produce-throttle-time", "ms for which a broker throttled the producer")
	m.sends = m.rateAndTotal(groupProducer, "record-send", "records that were sent, retries included", nil)
	m.retries = m.rateAndTotal(groupProducer, "record-retry", "records to be sent again", nil)
	m.failures = m.rateAndTotal(groupProducer, "record-error", "records that were not delivered", nil)
	m.splits = m.rateAndTotal(groupProducer, "batch-split", "batches that were split", nil)
	m.bytes = m.rateAndTotal(groupProducer, "byte", "bytes of batches that were sent", nil)
	m.refusals = m.rateAndTotal(groupProducer, "buffer-exhausted", "records that were refused as the buffer was full", nil)
	m.compression = m.sensor(groupProducer, nil, metrics.Measure{Name: "compression-rate-avg", New: metrics.Avg, Description: "compressed size of a batch by the size before"})
	m.wait = m.sensor(groupProducer, nil,
		metrics.Measure{Name: "bufferpool-wait-ratio", New: metrics.Rate, Description: "share of the time in which a Send waited for memory; several count each"},
		metrics.Measure{Name: "bufferpool-wait-time-ns-total", New: metrics.NanosecondsTotal, Description: "ns that Sends waited for memory"})
	m.flushes = m.sensor(groupProducer, nil, metrics.Measure{Name: "flush-time-ns-total", New: metrics.NanosecondsTotal, Description: "ns that Flush took"})
	m.metadataWait = m.sensor(groupProducer, nil, metrics.Measure{Name: "metadata-wait-time-ns-total", New: metrics.NanosecondsTotal, Description: "ns that Sends waited for the metadata of new topics"})
	m.transactions = m.newTransactionMeasures()
	m.network = network.New(m.registry, "producer", m.latency, log)
	return m
}

// since records the time that has passed, in seconds.
func since(started time.Time, s *metrics.Sensor) { s.Record(time.Since(started).Seconds()) }

func (m *measures) avgAndMax(name, description string) *metrics.Sensor {
	return m.sensor(groupProducer, nil, metrics.AvgAndMax(name, description)...)
}

func (m *measures) rateAndTotal(group, name, description string, parent *metrics.Sensor, tags ...metrics.Tag) *metrics.Sensor {
	s := m.registry.Sensor(parents(parent)...)
	m.add(s, group, tags, metrics.RateAndTotal(name, description)...)
	return s
}

func (m *measures) sensor(group string, parent *metrics.Sensor, all ...metrics.Measure) *metrics.Sensor {
	s := m.registry.Sensor(parents(parent)...)
	m.add(s, group, nil, all...)
	return s
}

func parents(parent *metrics.Sensor) []*metrics.Sensor {
	if parent == nil {
		return nil
	}
	return []*metrics.Sensor{parent}
}

func (m *measures) add(s *metrics.Sensor, group string, tags []metrics.Tag, all ...metrics.Measure) {
	m.check(s.AddAll(group, tags, all...))
}

// check reports that a metric could not be added, which takes two of one name.
func (m *measures) check(err error) {
	if err != nil {
		m.log.Error("a metric is missing", "err", err)
	}
}

// gauges adds what is looked up when it is asked for.
func (m *measures) gauges(p *Producer) {
	for name, f := range map[string]func() float64{
		"buffer-total-bytes":     func() float64 { return float64(p.cfg.BufferMemory) },
		"buffer-available-bytes": func() float64 { return float64(p.memory.free.Load()) },
		"waiting-threads":        func() float64 { return float64(p.memory.waiting.Load()) },
		"requests-in-flight":     func() float64 { return float64(m.inFlight.Load()) },
		"metadata-age":           func() float64 { return p.client.Metadata().Age().Seconds() },
	} {
		m.check(m.registry.Gauge(metrics.Name{Group: groupProducer, Name: name}, f))
	}
}

// topic returns the measures of a topic.
func (m *measures) topic(name string) *topicMeasures { return m.topics.Get(name, m.newTopic) }

func (m *measures) newTopic(name string) *topicMeasures {
	tag := metrics.Tag{Key: "topic", Value: name}
	t := &topicMeasures{
		sends:       m.rateAndTotal(groupTopic, "record-send", "records that were sent, retries included", m.sends, tag),
		retries:     m.rateAndTotal(groupTopic, "record-retry", "records to be sent again", m.retries, tag),
		failures:    m.rateAndTotal(groupTopic, "record-error", "records that were not delivered", m.failures, tag),
		bytes:       m.rateAndTotal(groupTopic, "byte", "bytes of batches that were sent", m.bytes, tag),
		compression: m.registry.Sensor(m.compression),
	}
	m.add(t.compression, groupTopic, []metrics.Tag{tag}, metrics.Measure{Name: "compression-rate", New: metrics.Avg, Description: "compressed size of a batch by the size before"})
	return t
}

// sent takes a request that goes out.
func (m *measures) sent(batches []*batch) {
	now := time.Now()
	m.inFlight.Add(1)
	records := 0
	for _, b := range batches {
		t := m.topic(b.partition.tp.Topic)
		size, count := b.builder.Size(), b.builder.Count()
		whole := max(b.uncompressed, size) // not set without compression
		records += count
		t.sends.RecordAt(float64(count), now)
		t.bytes.RecordAt(float64(size), now)
		t.compression.RecordAt(float64(size)/float64(whole), now)
		m.batchSize.RecordAt(float64(size), now)
		m.queueTime.RecordAt(milliseconds(now.Sub(b.created)), now)
		m.recordSize.RecordAt(float64(whole)/float64(max(count, 1)), now)
		m.largestRecord.RecordAt(float64(b.builder.Largest()), now)
	}
	m.recordsPerRequest.RecordAt(float64(records), now)
}

// answered takes the outcome of a request.
func (m *measures) answered(n *network.Node, r *request) {
	now := time.Now()
	m.inFlight.Add(-1)
	if r.call.Err != nil {
		return
	}
	n.Latency.RecordAt(milliseconds(now.Sub(r.call.Started)), now)
	if resp, ok := r.call.Response.(protocol.Throttled); ok {
		m.throttle.RecordAt(milliseconds(resp.Throttle()), now)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Metrics returns what the producer has measured, over the last samples as
// Config.MetricsSamples and Config.MetricsWindow say, by the names that the Java
// client and kafka-python have, in the groups producer-metrics,
// producer-topic-metrics and producer-node-metrics. Times are in milliseconds but
// where the name says otherwise, sizes in bytes.
func (p *Producer) Metrics() metrics.Snapshot { return p.measures.registry.Snapshot() }
