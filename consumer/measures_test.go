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
// ConsumerCoordinatorMetrics) and of kafka-python that are the consumer's own: those
// of heartbeats and of single requests of the group protocol are not.
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
		partition-assigned-latency-max partition-lost-latency-avg partition-lost-latency-max`,
	groupConsumer: `last-poll-seconds-ago time-between-poll-avg time-between-poll-max
		poll-idle-ratio-avg commit-sync-time-ns-total committed-time-ns-total`,
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
		} {
			if got, ok := s.Value(want.group, want.name, want.tags...); !ok || math.Abs(got-want.value) > 1e-6 {
				t.Errorf("%s %s %v is %v, %t; want %v", want.group, want.name, want.tags, got, ok, want.value)
			}
		}
		if commits, _ := s.Value(groupCoordinator, "commit-total"); commits < 1 {
			t.Errorf("%v commits", commits)
		}
		if fetches, _ := s.Value(groupFetch, "fetch-total"); fetches < 4 {
			t.Errorf("%v fetches", fetches)
		}
	})
}
