package producer

import (
	"errors"
	"math"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/metrics"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// producerMetrics are those of kafka-python's KafkaProducer and of the Java client
// (KafkaProducerMetrics, Selector) that mean something here: there is no loop that
// selects, as io-ratio and its like measure.
const producerMetrics = `batch-size-avg batch-size-max compression-rate-avg record-queue-time-avg
	record-queue-time-max produce-throttle-time-avg produce-throttle-time-max record-send-rate
	records-per-request-avg byte-rate record-retry-rate record-error-rate record-size-avg
	requests-in-flight metadata-age bufferpool-wait-ratio request-latency-avg request-latency-max
	request-rate flush-time-ns-total metadata-wait-time-ns-total record-size-max
	txn-init-time-ns-total txn-begin-time-ns-total txn-send-offsets-time-ns-total
	txn-commit-time-ns-total txn-abort-time-ns-total connection-count connection-close-rate
	connection-close-total connection-creation-rate connection-creation-total incoming-byte-rate
	incoming-byte-total outgoing-byte-rate outgoing-byte-total network-io-rate network-io-total
	request-size-avg request-size-max request-total response-rate response-total`

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
			{"producer-metrics", "record-size-max", nil, 109}, // a value of 100 bytes, lengths, and the offset
			{"producer-metrics", "requests-in-flight", nil, 0},
			{"producer-metrics", "records-per-request-avg", nil, 7},
			{"producer-metrics", "batch-size-max", nil, size},
			{"producer-metrics", "buffer-available-bytes", nil, defaultBufferMemory},
			{"producer-topic-metrics", "record-send-total", []metrics.Tag{tag("topic", "orders")}, 20},
			{"producer-topic-metrics", "record-error-total", []metrics.Tag{tag("topic", "orders")}, 0},
			{"producer-topic-metrics", "record-error-total", []metrics.Tag{tag("topic", "bills")}, 1},
			{"producer-topic-metrics", "byte-total", []metrics.Tag{tag("topic", "orders")}, 2 * size},
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

// counted counts the bytes that go over a connection.
type counted struct {
	net.Conn
	read, written *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n))
	return n, err
}

// What goes over the network is measured for each broker and for all.
func TestMetricsNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		var read, written atomic.Int64
		b.secure = func(c net.Conn) net.Conn { return counted{c, &read, &written} }
		p := b.configured(t, Config{DisableIdempotence: true})
		for range 3 {
			if _, err := p.SendSync(t.Context(), record.Record{Topic: "t", Value: make([]byte, 1000)}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		s := p.Metrics()
		total := func(group, name string) float64 {
			sum := 0.0
			for _, m := range s {
				if m.Name.Group == group && m.Name.Name == name {
					sum += m.Value
				}
			}
			return sum
		}
		for _, group := range []string{"producer-metrics", "producer-node-metrics"} {
			if got, want := total(group, "outgoing-byte-total"), float64(read.Load()); got != want {
				t.Errorf("%s: %v bytes were sent, want %v", group, got, want)
			}
			if got, want := total(group, "incoming-byte-total"), float64(written.Load()); got != want {
				t.Errorf("%s: %v bytes were received, want %v", group, got, want)
			}
		}
		if requests, responses := total("producer-metrics", "request-total"), total("producer-metrics", "response-total"); requests < 5 || responses != requests {
			t.Errorf("%v requests, %v responses", requests, responses)
		}
		if largest := total("producer-metrics", "request-size-max"); !(largest > 1000 && largest < 1200) {
			t.Errorf("the largest request has %v bytes", largest)
		}
		live := 0
		b.set(func() { live = len(b.conns) })
		created, closed, count := total("producer-metrics", "connection-creation-total"), total("producer-metrics", "connection-close-total"), total("producer-metrics", "connection-count")
		if created != float64(live) || count != created-closed || count == 0 {
			t.Errorf("%v connections created, %v closed, %v there; the broker had %d", created, closed, count, live)
		}
	})
}
