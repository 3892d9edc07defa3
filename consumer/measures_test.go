package consumer

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/metrics"
)

// Metrics of the Java client (FetchMetricsRegistry, KafkaConsumerMetrics,
// ConsumerCoordinatorMetrics, AbstractCoordinator, Selector) and of kafka-python.
var javaMetrics = map[string]string{
	groupFetch: `fetch-size-avg fetch-size-max bytes-consumed-rate bytes-consumed-total
		records-per-request-avg records-consumed-rate records-consumed-total fetch-latency-avg
		fetch-latency-max fetch-rate fetch-total records-lag-max records-lead-min
		fetch-throttle-time-avg fetch-throttle-time-max records-lag records-lead
		preferred-read-replica`,
	groupCoordinator: `commit-latency-avg commit-latency-max commit-rate commit-total
		assigned-partitions rebalance-latency-avg rebalance-latency-max rebalance-latency-total
		rebalance-total rebalance-rate-per-hour failed-rebalance-total
		failed-rebalance-rate-per-hour last-rebalance-seconds-ago partition-revoked-latency-avg
		partition-revoked-latency-max partition-assigned-latency-avg
		partition-assigned-latency-max partition-lost-latency-avg partition-lost-latency-max
		heartbeat-rate heartbeat-total heartbeat-response-time-max last-heartbeat-seconds-ago
		join-time-avg join-time-max join-rate join-total sync-time-avg sync-time-max sync-rate
		sync-total`,
	groupConsumer: `last-poll-seconds-ago time-between-poll-avg time-between-poll-max
		poll-idle-ratio-avg commit-sync-time-ns-total committed-time-ns-total connection-count
		connection-close-rate connection-close-total connection-creation-rate
		connection-creation-total incoming-byte-rate incoming-byte-total outgoing-byte-rate
		outgoing-byte-total network-io-rate network-io-total request-size-avg request-size-max
		request-rate request-total response-rate response-total`,
	"consumer-node-metrics": `incoming-byte-rate incoming-byte-total outgoing-byte-rate
		outgoing-byte-total request-size-avg request-size-max request-rate request-total
		response-rate response-total request-latency-avg request-latency-max`,
}

// What is fetched, handed out, committed and rebalanced shows in the metrics.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b", "c")
		k.produce(tp(0), "d")
		bytes := func() (n float64) {
			for _, b := range k.log(tp(0)).batches {
				n += float64(len(b.bytes))
			}
			return n
		}
		first := bytes()
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 3, MetricsWindow: time.Hour,
			RebalanceListener: RebalanceListener{
				Assigned: func(_ context.Context, _ *Consumer, _ []TopicPartition) { pass(20 * time.Millisecond) },
				Revoked:  func(_ context.Context, _ *Consumer, _ []TopicPartition) { pass(30 * time.Millisecond) },
			}})
		g.send(coordinator.Assign, nil, tp(0), tp(1))
		poll(t, c)
		g.send(coordinator.Revoke, nil, tp(1))
		pass(2 * time.Second)
		poll(t, c)
		must(t, c.Commit(t.Context()))
		g.send(coordinator.Assign, nil, tp(0))
		k.produce(tp(0), "e", "f")
		expect(t, "the rest", pollAll(t, c, 2), []string{"0:4=e", "0:5=f"})
		size := bytes()
		c.measures.group.HeartbeatSent()
		c.measures.group.HeartbeatAnswered(40 * time.Millisecond)
		c.measures.group.Joined(50 * time.Millisecond)
		c.measures.group.Synced(60 * time.Millisecond)
		k.produce(tp(0), "g", "h", "i")
		pass(time.Second)

		s := c.Metrics()
		for group, names := range javaMetrics {
			for name := range strings.FieldsSeq(names) {
				if _, ok := s.Value(group, name); !ok {
					t.Errorf("there is no %s in %s", name, group)
				}
			}
		}
		topic, partition := metrics.Tag{Key: "topic", Value: "t"}, metrics.Tag{Key: "partition", Value: "0"}
		for _, want := range []struct {
			group, name string
			tags        []metrics.Tag
			value       float64
		}{
			{groupFetch, "records-consumed-total", nil, 6},
			{groupFetch, "records-consumed-total", []metrics.Tag{topic}, 6},
			{groupFetch, "bytes-consumed-total", []metrics.Tag{topic}, size},
			{groupFetch, "fetch-size-max", []metrics.Tag{topic}, first},
			{groupFetch, "records-lag", []metrics.Tag{topic, partition}, 3},
			{groupFetch, "records-lag-max", nil, 3},
			{groupFetch, "records-lead", []metrics.Tag{topic, partition}, 6},
			{groupFetch, "time-lag-max", nil, milliseconds(time.Since(time.UnixMilli(1000)))},
			{groupCoordinator, "assigned-partitions", nil, 1},
			{groupCoordinator, "rebalance-total", nil, 2},
			{groupCoordinator, "failed-rebalance-total", nil, 0},
			{groupCoordinator, "partition-assigned-latency-max", nil, 20},
			{groupCoordinator, "partition-revoked-latency-max", nil, 30},
			{groupConsumer, "time-between-poll-max", nil, 2020},
			{groupCoordinator, "heartbeat-total", nil, 1},
			{groupCoordinator, "heartbeat-response-time-max", nil, 40},
			{groupCoordinator, "last-heartbeat-seconds-ago", nil, 1},
			{groupCoordinator, "join-total", nil, 1},
			{groupCoordinator, "join-time-avg", nil, 50},
			{groupCoordinator, "sync-time-max", nil, 60},
		} {
			if got, ok := s.Value(want.group, want.name, want.tags...); !ok || math.Abs(got-want.value) > 1e-6 {
				t.Errorf("%s %s %v is %v, %t; want %v", want.group, want.name, want.tags, got, ok, want.value)
			}
		}
		if commits, _ := s.Value(groupCoordinator, "commit-total"); commits < 1 {
			t.Errorf("%v commits", commits)
		}
		fetches, _ := s.Value(groupFetch, "fetch-total")
		if requests, _ := s.Value("consumer-node-metrics", "request-total", metrics.Tag{Key: "node-id", Value: "node-0"}); fetches < 4 || requests < fetches {
			t.Errorf("%v fetches, %v requests to node 0", fetches, requests)
		}
		live := 0
		k.set(func() { live = len(k.conns[0]) })
		if created, _ := s.Value(groupConsumer, "connection-creation-total"); live == 0 || created != float64(live) {
			t.Errorf("%v connections were created; the broker has had %d", created, live)
		}
	})
}
