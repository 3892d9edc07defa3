package kafkatest_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/kafkatest"

	"github.com/barnabas-go/kafka/protocol"
)

func BenchmarkStart(b *testing.B) {
	for _, bench := range []struct {
		name string
		opts []kafkatest.Option
	}{
		{"tcp", nil},
		{"memory", []kafkatest.Option{kafkatest.InMemory()}},
		{"tcp-3-brokers", []kafkatest.Option{kafkatest.Brokers(3), kafkatest.Topic("t", 12)}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				c, err := kafkatest.New(bench.opts...)
				if err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
		})
	}
}

func TestStartAndClose(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c, err := kafkatest.New(kafkatest.Brokers(3), kafkatest.Topic("orders", 6))
	must(t, err)
	conn := dial(t, c, 2)
	if n := len(c.BootstrapServers()); n != 3 {
		t.Errorf("%d bootstrap servers, want 3", n)
	}
	c.Close()
	c.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlived the cluster")
	}
	if _, err := c.Dialer().DialContext(t.Context(), "tcp", c.BootstrapServers()[0]); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial after Close: %v, want ECONNREFUSED", err)
	}
	for name, err := range map[string]error{
		"CreateTopic": c.CreateTopic("late", 1),
		"Restart":     c.Restart(0),
		"MoveLeader":  c.MoveLeader("orders", 0, 0),
	} {
		if err == nil {
			t.Errorf("%s after Close: no error", name)
		}
	}
}

func TestPorts(t *testing.T) {
	kafkatest.CheckLeaks(t)
	first := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Ports(9092, 9093))
	want := []string{"127.0.0.1:9092", "127.0.0.1:9093"}
	if got := first.BootstrapServers(); !slices.Equal(got, want) {
		t.Errorf("bootstrap servers %v, want %v", got, want)
	}
	taken := kafkatest.Start(t).BootstrapServers()[0]
	var port int
	for _, d := range taken[strings.LastIndexByte(taken, ':')+1:] {
		port = 10*port + int(d-'0')
	}
	if _, err := kafkatest.New(kafkatest.Ports(port)); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("New on a port in use: %v, want EADDRINUSE", err)
	}
}

func TestBadOptions(t *testing.T) {
	kafkatest.CheckLeaks(t)
	for want, opts := range map[string][]kafkatest.Option{
		"0 brokers":          {kafkatest.Brokers(0)},
		"port 70000":         {kafkatest.Ports(70000)},
		`topic "t" with 0`:   {kafkatest.Topic("t", 0)},
		"AutoCreateTopics":   {kafkatest.AutoCreateTopics(0)},
		`release "2.99"`:     {kafkatest.Release("2.99")},
		`mechanism "GSSAPI"`: {kafkatest.SASL("GSSAPI", "u", "p")},
		"Logger is nil":      {kafkatest.Logger(nil)},
		"names 2 ports":      {kafkatest.Ports(9092, 9093), kafkatest.Brokers(1)},
	} {
		if _, err := kafkatest.New(opts...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestProduceAndConsume(t *testing.T) {
	for name, opts := range map[string][]kafkatest.Option{
		"tcp":    {kafkatest.Brokers(3)},
		"memory": {kafkatest.Brokers(3), kafkatest.InMemory()},
	} {
		t.Run(name, func(t *testing.T) {
			kafkatest.CheckLeaks(t)
			c := kafkatest.Start(t, append(opts, kafkatest.Topic("orders", 1))...)
			mustProduce(t, newClient(t, c), "orders", "a", "b", "c")
			cl := newClient(t, c, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("orders"))
			if got := mustConsume(t, cl, 3); !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("consumed %v", got)
			}
			mustCommit(t, cl)
			if n := highWatermark(t, c, "orders"); n != 3 {
				t.Errorf("high watermark %d, want 3", n)
			}
			if c.Requests(protocol.Produce) < 3 || c.Requests(protocol.Fetch) < 1 {
				t.Errorf("counted %d produce and %d fetch requests", c.Requests(protocol.Produce), c.Requests(protocol.Fetch))
			}
		})
	}
}

// TestVirtualTime lets a client linger and wait for an hour each, which takes
// no time in a bubble: all that the cluster blocks on is durable.
func TestVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(3), kafkatest.Topic("orders", 1))
		start := time.Now()
		producer := newClient(t, c, kgo.ProducerLinger(time.Minute))
		consumer := newClient(t, c, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("orders"))
		go func() {
			<-time.After(time.Hour)
			r := &kgo.Record{Topic: "orders", Value: []byte("late")}
			if err := producer.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Error(err)
			}
		}()
		if got := mustConsume(t, consumer, 1); got[0] != "late" {
			t.Errorf("consumed %v", got)
		}
		if d := time.Since(start); d < 61*time.Minute || d > 62*time.Minute {
			t.Errorf("it took %v of virtual time, want 61 minutes and a bit", d)
		}
	})
}

func TestRawExchangeInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(2), kafkatest.Topic("orders", 4))
		conn := dial(t, c, 1)
		v, err := ask[*kmsg.ApiVersionsResponse](conn, kmsg.NewPtrApiVersionsRequest(), 0)
		if err != nil || len(v.ApiKeys) < 40 {
			t.Fatalf("ApiVersions: %d APIs, %v", len(v.ApiKeys), err)
		}
		req := kmsg.NewPtrMetadataRequest()
		req.Topics = nil
		m, err := ask[*kmsg.MetadataResponse](conn, req, 9)
		must(t, err)
		if len(m.Brokers) != 2 || len(m.Topics) != 1 || len(m.Topics[0].Partitions) != 4 {
			t.Errorf("Metadata: %d brokers, topics %v", len(m.Brokers), m.Topics)
		}
	})
}

func TestTopics(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(2), kafkatest.Topic("b", 2))
	must(t, c.CreateTopic("a", 3))
	if err := c.CreateTopic("a", 3); !errors.Is(err, protocol.ErrTopicAlreadyExists) || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("creating a topic twice: %v", err)
	}
	if got, err := c.Topics(); !slices.Equal(got, []string{"a", "b"}) || err != nil {
		t.Errorf("topics %v, %v", got, err)
	}
	ps, err := c.Partitions("a")
	if err != nil || len(ps) != 3 || ps[2].ID != 2 {
		t.Errorf("partitions %+v, %v", ps, err)
	}
	if _, err := c.Partitions("nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("partitions of no topic: %v", err)
	}
	if _, err := c.Leader("a", 3); err == nil || !strings.Contains(err.Error(), "a-3") {
		t.Errorf("leader of no partition: %v", err)
	}
	must(t, c.DeleteTopic("b"))
	if err := c.DeleteTopic("b"); !errors.Is(err, protocol.ErrUnknownTopicOrPartition) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("deleting a topic twice: %v", err)
	}
}

func TestAutoCreateTopics(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.AutoCreateTopics(5))
	mustProduce(t, newClient(t, c, kgo.AllowAutoTopicCreation()), "new", "x")
	if ps, err := c.Partitions("new"); len(ps) != 5 || err != nil {
		t.Errorf("%d partitions, %v; want 5", len(ps), err)
	}
}

// TestRelease compares with what brokers of those releases answer (Kafka's
// schemas of 2.8 and 3.9).
func TestRelease(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []kafkatest.Option
		want map[protocol.APIKey]int16 // -1: not there
	}{
		{"2.8", []kafkatest.Option{kafkatest.Release("2.8")}, map[protocol.APIKey]int16{0: 9, 1: 12, 3: 11, 9: 7, 10: 3, 18: 3, 68: -1}},
		{"3.9.1", []kafkatest.Option{kafkatest.Release("3.9.1")}, map[protocol.APIKey]int16{0: 11, 1: 17, 3: 12, 18: 4}},
		{"0.10.0", []kafkatest.Option{kafkatest.Release("0.10.0")}, map[protocol.APIKey]int16{0: 2, 1: 2, 3: 1, 18: 0, 22: -1}},
		{"limits", []kafkatest.Option{kafkatest.Release("2.8"), kafkatest.MaxVersion(0, 7), kafkatest.MaxVersion(1, 99), kafkatest.MaxVersion(22, -1)},
			map[protocol.APIKey]int16{0: 7, 1: 12, 22: -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			kafkatest.CheckLeaks(t)
			c := kafkatest.Start(t, append(test.opts, kafkatest.Topic("t", 1))...)
			if names, err := c.Topics(); len(names) != 1 || err != nil { // our own requests keep to the limits too
				t.Errorf("topics %v, %v", names, err)
			}
			v := mustAsk[*kmsg.ApiVersionsResponse](t, c, 0, kmsg.NewPtrApiVersionsRequest(), 0)
			got := make(map[protocol.APIKey]int16)
			for _, k := range v.ApiKeys {
				got[protocol.APIKey(k.ApiKey)] = k.MaxVersion
			}
			for key, want := range test.want {
				have, ok := got[key]
				if !ok {
					have = -1
				}
				if have != want {
					t.Errorf("%s: version %d, want %d", key, have, want)
				}
			}
		})
	}
}

func TestOldReleaseCarriesRecords(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Release("2.8"), kafkatest.Topic("t", 1))
	mustProduce(t, newClient(t, c), "t", "old")
	if got := mustConsume(t, newClient(t, c, kgo.ConsumeTopics("t")), 1); got[0] != "old" {
		t.Errorf("consumed %v", got)
	}
}

func TestReleaseWithoutCreateTopics(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Release("0.10.0")) // the API came with 0.10.1
	if err := c.CreateTopic("t", 1); err == nil || !strings.Contains(err.Error(), "no CreateTopics API") {
		t.Errorf("creating a topic: %v", err)
	}
	old := kafkatest.Start(t, kafkatest.MaxVersion(protocol.CreateTopics, 1))
	must(t, old.CreateTopic("t", 1))
}

func TestBrokerConfig(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.BrokerConfig("message.max.bytes", "1000"), kafkatest.Topic("t", 1))
	r := &kgo.Record{Topic: "t", Value: make([]byte, 2000)}
	if err := newClient(t, c, kgo.ProducerBatchCompression(kgo.NoCompression())).ProduceSync(t.Context(), r).FirstErr(); !errors.Is(err, kerr.MessageTooLarge) {
		t.Errorf("a record beyond message.max.bytes: %v", err)
	}
}

func TestLogger(t *testing.T) {
	kafkatest.CheckLeaks(t)
	var log bytes.Buffer
	c, err := kafkatest.New(kafkatest.Logger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	must(t, err)
	conn := dial(t, c, 0)
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("HTTP was answered")
	}
	c.Close()
	if !strings.Contains(log.String(), "bad request") || !strings.Contains(log.String(), "node=0") {
		t.Errorf("the log does not tell of a bad request: %s", &log)
	}
}

func TestBadRequestsCloseTheConnection(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Topic("t", 1))
	for name, bytes := range map[string][]byte{
		"huge size":        {0x7f, 0xff, 0xff, 0xff, 0, 0},
		"negative size":    {0xff, 0xff, 0xff, 0xff, 0, 0},
		"short header":     {0, 0, 0, 3, 0, 18, 0},
		"unknown API":      {0, 0, 0, 10, 0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff},
		"unknown version":  {0, 0, 0, 10, 0, 3, 0x7f, 0xff, 0, 0, 0, 1, 0xff, 0xff},
		"4G header tags":   {0, 0, 0, 15, 0, 18, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"body cut short":   {0, 0, 0, 12, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0},
		"array beyond end": {0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff},
	} {
		conn := dial(t, c, 0)
		if _, err := conn.Write(bytes); err != nil {
			t.Fatal(err)
		}
		must(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
		if n, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %d bytes of answer, %v; want the connection closed", name, n, err)
		}
	}
	mustProduce(t, newClient(t, c), "t", "still here")
}

// TestHangUp sees to it that what a client sent before it hung up is applied.
func TestHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := kafkatest.Start(t, kafkatest.InMemory())
		conn := dial(t, c, 0)
		topic := kmsg.NewCreateTopicsRequestTopic()
		topic.Topic, topic.NumPartitions, topic.ReplicationFactor = "t", 1, 1
		create := kmsg.NewPtrCreateTopicsRequest()
		create.Topics = append(create.Topics, topic)
		must(t, send(conn, create, 4))
		conn.Close()
		synctest.Wait()
		if _, err := c.Partitions("t"); err != nil {
			t.Error(err)
		}
	})
}

func TestAwaitRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := kafkatest.Start(t, kafkatest.InMemory())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := c.AwaitRequests(ctx, protocol.Metadata, 1)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "0 of 1 Metadata") {
			t.Errorf("waiting in vain: %v", err)
		}
		must(t, send(dial(t, c, 0), kmsg.NewPtrMetadataRequest(), 1))
		must(t, c.AwaitRequests(t.Context(), protocol.Metadata, 1))
		if n := c.Requests(protocol.Metadata); n != 1 {
			t.Errorf("counted %d, want 1", n)
		}
	})
}
