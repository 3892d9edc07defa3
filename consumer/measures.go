package consumer

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/internal/keyed"
	"github.com/barnabas-go/kafka/internal/network"
	"github.com/barnabas-go/kafka/metrics"
	"github.com/barnabas-go/kafka/protocol"
)

// Groups of metrics, by the names of the Java client.
const (
	groupConsumer    = "consumer-metrics"
	groupFetch       = "consumer-fetch-manager-metrics"
	groupCoordinator = "consumer-coordinator-metrics"
)

// measures are the consumer's metrics. They are recorded for each request, commit,
// rebalance, and row of batches that are handed out, never for a single record.
type measures struct {
	registry *metrics.Registry
	log      *slog.Logger

	latency, throttle, size, perRequest *metrics.Sensor
	bytes, records                      *metrics.Sensor
	commits, commitSync, committed      *metrics.Sensor
	rebalances, failedRebalances        *metrics.Sensor
	listeners                           map[string]*metrics.Sensor // by what they were told
	betweenPolls, idle                  *metrics.Sensor

	network *network.Measures
	group   *groupMeasures

	lastPoll      atomic.Int64 // when the application was last there for records, in ns since 1970, 0 for never
	lastRebalance atomic.Int64
	called        time.Time // when Poll or Records was called last; of who is polling
	revoked       time.Time // when a rebalance began, zero if none is under way; of who is polling

	topics keyed.Map[string, *topicMeasures]
}

// topicMeasures are those of one topic. Their sensors hand on to the consumer's.
type topicMeasures struct{ size, perRequest, bytes, records *metrics.Sensor }

func newMeasures(cfg *Config, log *slog.Logger) *measures {
	m := &measures{
		registry: metrics.NewRegistry(metrics.Config{
			Samples: cfg.MetricsSamples, Window: cfg.MetricsWindow,
			Tags: []metrics.Tag{{Key: "client-id", Value: cfg.ClientID}},
		}),
		log: log,
	}
	m.latency = m.sensor(groupFetch, nil, nil, append(metrics.AvgAndMax("fetch-latency", "ms from a fetch to its answer"),
		counted("fetch", "fetches")...)...)
	m.network = network.New(m.registry, "consumer", m.latency, log)
	m.throttle = m.sensor(groupFetch, nil, nil, metrics.AvgAndMax("fetch-throttle-time", "ms for which a broker throttled the consumer")...)
	m.size = m.sensor(groupFetch, nil, nil, metrics.AvgAndMax("fetch-size", "bytes of batches in the answer to a fetch")...)
	m.perRequest = m.sensor(groupFetch, nil, nil, metrics.Measure{Name: "records-per-request-avg", New: metrics.Avg, Description: "records in the answer to a fetch"})
	m.bytes = m.sensor(groupFetch, nil, nil, metrics.RateAndTotal("bytes-consumed", "bytes of batches that were handed out")...)
	m.records = m.sensor(groupFetch, nil, nil, metrics.RateAndTotal("records-consumed", "records that were handed out")...)
	m.coordinator()
	m.group = m.newGroupMeasures()
	m.betweenPolls = m.sensor(groupConsumer, nil, nil, metrics.AvgAndMax("time-between-poll", "ms from one call of Poll to the next")...)
	m.idle = m.sensor(groupConsumer, nil, nil, metrics.Measure{Name: "poll-idle-ratio-avg", New: metrics.Rate, Description: "share of the time in which the application waited for records"})
	return m
}

// coordinator adds the measures of commits and rebalances.
func (m *measures) coordinator() {
	m.commits = m.sensor(groupCoordinator, nil, nil, append(metrics.AvgAndMax("commit-latency", "ms that a commit took"),
		counted("commit", "commits")...)...)
	m.commitSync = m.sensor(groupConsumer, nil, nil, metrics.Measure{Name: "commit-sync-time-ns-total", New: metrics.NanosecondsTotal, Description: "ns that Commit and CommitOffsets took"})
	m.committed = m.sensor(groupConsumer, nil, nil, metrics.Measure{Name: "committed-time-ns-total", New: metrics.NanosecondsTotal, Description: "ns that Committed took"})
	m.rebalances = m.sensor(groupCoordinator, nil, nil, append(metrics.AvgAndMax("rebalance-latency", "ms from the revocation to the assignment, 0 without one"),
		metrics.Measure{Name: "rebalance-latency-total", New: metrics.Total, Description: "ms that rebalances took"},
		metrics.Measure{Name: "rebalance-total", New: each(metrics.Total), Description: "rebalances"},
		metrics.Measure{Name: "rebalance-rate-per-hour", New: perHour, Description: "rebalances per hour"})...)
	m.failedRebalances = m.sensor(groupCoordinator, nil, nil,
		metrics.Measure{Name: "failed-rebalance-total", New: metrics.Total, Description: "memberships that were lost"},
		metrics.Measure{Name: "failed-rebalance-rate-per-hour", New: perHour, Description: "memberships that were lost, per hour"})
	m.listeners = make(map[string]*metrics.Sensor)
	for _, what := range []string{"assigned", "revoked", "lost"} {
		m.listeners[what] = m.sensor(groupCoordinator, nil, nil, metrics.AvgAndMax("partition-"+what+"-latency", "ms that the listener took for partitions that were "+what)...)
	}
}

func (m *measures) sensor(group string, parent *metrics.Sensor, tags []metrics.Tag, all ...metrics.Measure) *metrics.Sensor {
	var s *metrics.Sensor
	if parent == nil {
		s = m.registry.Sensor()
	} else {
		s = m.registry.Sensor(parent)
	}
	m.check(s.AddAll(group, tags, all...))
	return s
}

// check reports that a metric could not be added, which takes two of one name.
func (m *measures) check(err error) {
	if err != nil {
		m.log.Error("a metric is missing", "err", err)
	}
}

// counted returns the measures of how many values there were: name-rate and
// name-total.
func counted(name, description string) []metrics.Measure {
	all := metrics.RateAndTotal(name, description)
	for i := range all {
		all[i].New = each(all[i].New)
	}
	return all
}

// each returns a stat that takes each value for one.
func each(stat metrics.NewStat) metrics.NewStat {
	return func(cfg metrics.Config) metrics.Stat { return ones{stat(cfg)} }
}

type ones struct{ metrics.Stat }

func (o ones) Record(_ float64, now time.Time) { o.Stat.Record(1, now) }

// perHour is how many values there are per hour.
func perHour(cfg metrics.Config) metrics.Stat { return hourly{each(metrics.Rate)(cfg)} }

type hourly struct{ metrics.Stat }

func (h hourly) Measure(now time.Time) float64 { return h.Stat.Measure(now) * 3600 }

// gauges adds what is looked up when it is asked for.
func (m *measures) gauges(c *Consumer) {
	m.gauge(groupConsumer, "last-poll-seconds-ago", "s since the application came back for records; -1: never", func() float64 { return ago(&m.lastPoll) })
	m.gauge(groupCoordinator, "last-rebalance-seconds-ago", "s since the last assignment; -1: none", func() float64 { return ago(&m.lastRebalance) })
	m.gauge(groupCoordinator, "assigned-partitions", "partitions that the consumer has", func() float64 {
		c.fetcher.mu.Lock()
		defer c.fetcher.mu.Unlock()
		return float64(len(c.fetcher.partitions))
	})
}

// ago returns the seconds since a time in ns since 1970, -1 for 0.
func ago(at *atomic.Int64) float64 {
	if at.Load() == 0 {
		return -1
	}
	return time.Since(time.Unix(0, at.Load())).Seconds()
}

func (m *measures) gauge(group, name, description string, f func() float64) {
	m.check(m.registry.Gauge(metrics.Name{Group: group, Name: name, Description: description}, f))
}

// topic returns the measures of a topic.
func (m *measures) topic(name string) *topicMeasures { return m.topics.Get(name, m.newTopic) }

func (m *measures) newTopic(name string) *topicMeasures {
	tags := []metrics.Tag{{Key: "topic", Value: name}}
	return &topicMeasures{ // the sizes of requests are those of all their topics, so these do not hand on
		size:       m.sensor(groupFetch, nil, tags, metrics.AvgAndMax("fetch-size", "bytes of batches of the topic in the answer to a fetch")...),
		perRequest: m.sensor(groupFetch, nil, tags, metrics.Measure{Name: "records-per-request-avg", New: metrics.Avg, Description: "records of the topic in the answer to a fetch"}),
		bytes:      m.sensor(groupFetch, m.bytes, tags, metrics.RateAndTotal("bytes-consumed", "bytes of batches of the topic that were handed out")...),
		records:    m.sensor(groupFetch, m.records, tags, metrics.RateAndTotal("records-consumed", "records of the topic that were handed out")...),
	}
}

// fetched takes a node's answer to a fetch.
func (m *measures) fetched(node int32, took time.Duration, resp *protocol.FetchResponse, parts []parsedPartition) {
	now := time.Now()
	m.network.Node(node).Latency.RecordAt(milliseconds(took), now)
	m.throttle.RecordAt(milliseconds(resp.Throttle()), now)
	bytes, records := 0, 0
	for i := 0; i < len(parts); {
		topic := parts[i].asked.Topic
		topicBytes, topicRecords := 0, 0
		for ; i < len(parts) && parts[i].asked.Topic == topic; i++ {
			b, r := volume(parts[i].batches)
			topicBytes, topicRecords = topicBytes+b, topicRecords+r
		}
		if topicBytes > 0 {
			t := m.topic(topic)
			t.size.RecordAt(float64(topicBytes), now)
			t.perRequest.RecordAt(float64(topicRecords), now)
		}
		bytes, records = bytes+topicBytes, records+topicRecords
	}
	m.size.RecordAt(float64(bytes), now)
	m.perRequest.RecordAt(float64(records), now)
}

// consumed takes batches that were handed out.
func (m *measures) consumed(topic string, batches []batch) {
	if len(batches) == 0 {
		return
	}
	now := time.Now()
	bytes, records := volume(batches)
	t := m.topic(topic)
	t.bytes.RecordAt(float64(bytes), now)
	t.records.RecordAt(float64(records), now)
}

// volume returns the size of batches, and how many records they have as far as that
// is known: of a compressed message of before Kafka 0.11 only once it was decoded.
func volume(batches []batch) (bytes, records int) {
	for i := range batches {
		bytes += batches[i].Size()
		if !batches[i].Attributes.Control() {
			records += max(int(batches[i].Count), 0)
		}
	}
	return bytes, records
}

// returned notes that the application has called Poll or Records.
func (m *measures) returned() {
	now := time.Now()
	if !m.called.IsZero() {
		m.betweenPolls.RecordAt(milliseconds(now.Sub(m.called)), now)
	}
	m.called = now
}

// event takes an event of the membership. It is called by who is polling.
func (m *measures) event(kind coordinator.EventKind) {
	now := time.Now()
	switch kind {
	case coordinator.Revoke:
		if m.revoked.IsZero() {
			m.revoked = now
		}
	case coordinator.Assign:
		took := time.Duration(0)
		if !m.revoked.IsZero() {
			took = now.Sub(m.revoked)
		}
		m.revoked = time.Time{}
		m.lastRebalance.Store(now.UnixNano())
		m.rebalances.RecordAt(milliseconds(took), now)
	default:
		m.revoked = time.Time{}
		m.failedRebalances.RecordAt(1, now)
	}
}

// timed returns a listener that measures how long l takes.
func (m *measures) timed(l RebalanceListener) RebalanceListener {
	measured := func(what string, f func(context.Context, *Consumer, []TopicPartition)) func(context.Context, *Consumer, []TopicPartition) {
		if f == nil {
			return nil
		}
		return func(ctx context.Context, c *Consumer, partitions []TopicPartition) {
			begun := time.Now()
			f(ctx, c, partitions)
			m.listeners[what].Record(milliseconds(time.Since(begun)))
		}
	}
	return RebalanceListener{Assigned: measured("assigned", l.Assigned), Revoked: measured("revoked", l.Revoked), Lost: measured("lost", l.Lost)}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Metrics returns what the consumer has measured, over the last samples as
// Config.MetricsSamples and Config.MetricsWindow say, by the names that the Java
// client and kafka-python have, in the groups consumer-metrics, consumer-node-metrics,
// consumer-fetch-manager-metrics and consumer-coordinator-metrics. Times are in
// milliseconds but where the name says otherwise, sizes in bytes. Lags are those of
// the moment, as Lag and TimeLag have them: of each assigned partition, with the
// tags topic and partition, and the largest of all. It is safe for concurrent use.
func (c *Consumer) Metrics() metrics.Snapshot {
	return append(c.measures.registry.Snapshot(), c.lags()...)
}

// lags returns the metrics of partitions.
func (c *Consumer) lags() metrics.Snapshot {
	f := c.fetcher
	client := metrics.Tag{Key: "client-id", Value: c.cfg.ClientID}
	var s metrics.Snapshot
	largest := map[string]float64{}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	for _, p := range sortedPartitions(f.partitions) {
		tags := []metrics.Tag{client, {Key: "topic", Value: p.Topic}, {Key: "partition", Value: strconv.Itoa(int(p.Partition))}}
		add := func(name string, value float64) {
			s = append(s, metrics.Metric{Name: metrics.Name{Group: groupFetch, Name: name, Tags: tags}, Value: value})
		}
		offset, ok := p.position()
		if ok && p.logStartOffset != noOffset {
			lead := float64(max(offset-p.logStartOffset, 0))
			add("records-lead", lead)
			if least, ok := largest["records-lead-min"]; !ok || lead < least {
				largest["records-lead-min"] = lead
			}
		}
		if lag, ok := p.lag(f.cfg.IsolationLevel); ok {
			add("records-lag", float64(lag))
			largest["records-lag-max"] = max(largest["records-lag-max"], float64(lag))
		}
		if age, ok := p.timeLag(f.cfg.IsolationLevel, now); ok {
			add("time-lag", milliseconds(age))
			largest["time-lag-max"] = max(largest["time-lag-max"], milliseconds(age))
		}
		add("preferred-read-replica", float64(p.replica))
	}
	for name, value := range largest {
		s = append(s, metrics.Metric{Name: metrics.Name{Group: groupFetch, Name: name, Tags: []metrics.Tag{client}}, Value: value})
	}
	return s
}
