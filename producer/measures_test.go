package producer

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/metrics"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// producerMetrics are those of kafka-python's KafkaProducer that are the
// producer's own. It has record-size-max, too, which would take a look at each
// record.
const producerMetrics = `batch-size-avg batch-size-max compression-rate-avg record-queue-time-avg
	record-queue-time-max produce-throttle-time-avg produce-throttle-time-max record-send-rate
	records-per-request-avg byte-rate record-retry-rate record-error-rate record-size-avg
	requests-in-flight metadata-age bufferpool-wait-ratio request-latency-avg request-latency-max
	request-rate flush-time-ns-total metadata-wait-time-ns-total`

func TestMetricsNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newOldBroker(3).configured(t, Config{})
		s := p.Metrics()
		for name := range strings.FieldsSeq(producerMetrics) {
			if _, ok := s.Value("producer-metrics", name); !ok {
				t.Errorf("there is no %s", name)
			}
		}
	})
}

// What a broker was sent, and how it answered, shows in the metrics.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		p := b.configured(t, Config{Compression: codec.Gzip, MetricsWindow: time.Minute, DisableIdempotence: true, Linger: 10 * time.Millisecond})
		b.refuse = []protocol.ErrorCode{protocol.ErrNotEnoughReplicas} // sent again
		if _, err := sendAll(t, p, compressible("orders", 10)...); err != nil {
			t.Fatal(err)
		}
		b.refuse = []protocol.ErrorCode{protocol.ErrInvalidRecord}
		if _, err := p.SendSync(t.Context(), record.Record{Topic: "bills"}); !errors.Is(err, protocol.ErrInvalidRecord) {
			t.Fatal(err)
		}
		s := p.Metrics()
		size := float64(len(b.sets()[0]))
		tag := func(key, value string) metrics.Tag { return metrics.Tag{Key: key, Value: value} }
		for _, want := range []struct {
			group, name string
			tags        []metrics.Tag
			value       float64
		}{
			{"producer-metrics", "record-send-total", nil, 21},
			{"producer-metrics", "record-send-rate", nil, 21.0 / 60},
			{"producer-metrics", "record-retry-total", nil, 10},
			{"producer-metrics", "record-error-total", nil, 1},
			{"producer-metrics", "request-total", nil, 3},
			{"producer-metrics", "requests-in-flight", nil, 0},
			{"producer-metrics", "records-per-request-avg", nil, 7},
			{"producer-metrics", "batch-size-max", nil, size},
			{"producer-metrics", "buffer-available-bytes", nil, defaultBufferMemory},
			{"producer-topic-metrics", "record-send-total", []metrics.Tag{tag("topic", "orders")}, 20},
			{"producer-topic-metrics", "record-error-total", []metrics.Tag{tag("topic", "orders")}, 0},
			{"producer-topic-metrics", "record-error-total", []metrics.Tag{tag("topic", "bills")}, 1},
			{"producer-topic-metrics", "byte-total", []metrics.Tag{tag("topic", "orders")}, 2 * size},
			{"producer-node-metrics", "request-total", []metrics.Tag{tag("node-id", "node-0")}, 3},
		} {
			if got, ok := s.Value(want.group, want.name, want.tags...); !ok || math.Abs(got-want.value) > 0.01*want.value {
				t.Errorf("%s %s %v = %v, %t; want %v", want.group, want.name, want.tags, got, ok, want.value)
			}
		}
		if rate, _ := s.Value("producer-topic-metrics", "compression-rate", tag("topic", "orders")); rate > 0.3 {
			t.Errorf("compression rate %v", rate)
		}
		if avg, _ := s.Value("producer-metrics", "record-size-avg"); !(avg > 30 && avg < 110) {
			t.Errorf("average record size %v", avg) // records of 100 bytes and one that is empty
		}
		if !slices.ContainsFunc(s, func(m metrics.Metric) bool { return m.Name.Tag("client-id") == p.cfg.Config.ClientID }) {
			t.Errorf("no client-id: %v", s)
		}
	})
}

// The time that a broker takes, and that Send waits for memory, is measured.
func TestMetricsTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		p := b.configured(t, Config{BufferMemory: 10 << 10, MaxBlock: 3 * time.Second})
		if _, err := p.PartitionsFor(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
		answer := b.hold()
		var err error
		for err == nil {
			_, err = p.Send(t.Context(), record.Record{Topic: "t", Value: make([]byte, 4<<10)})
		}
		if got, _ := p.Metrics().Value("producer-metrics", "requests-in-flight"); got == 0 {
			t.Error("nothing is in flight")
		}
		time.AfterFunc(time.Second, answer)
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := p.Metrics()
		for name, want := range map[string]float64{
			"flush-time-ns-total": 1e9, "request-latency-max": 4000, "bufferpool-wait-time-ns-total": 3e9, "bufferpool-wait-ratio": 0.1, "buffer-exhausted-total": 1,
		} {
			if got, _ := s.Value("producer-metrics", name); math.Abs(got-want) > 0.05*want {
				t.Errorf("%s = %v, want about %v", name, got, want)
			}
		}
	})
}
