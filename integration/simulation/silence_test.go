package simulation

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// TestSilentLeader has a leader fall silent with a request in flight, and
// another take over after some seconds. What was in flight must get there soon
// after that, whether or not the request or an attempt to connect times out before.
func TestSilentLeader(t *testing.T) {
	for name, tt := range map[string]struct {
		silence func(*kafkatest.Cluster, int32) error
		timeout time.Duration // of requests
	}{
		"does not answer": {func(c *kafkatest.Cluster, _ int32) error {
			c.Intercept(protocol.Produce, kafkatest.Times(1, kafkatest.HangAfter()))
			return nil
		}, 0},
		"stands still":                        {(*kafkatest.Cluster).Pause, 0},
		"stands still, and requests time out": {(*kafkatest.Cluster).Pause, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) { testSilentLeader(t, tt.silence, tt.timeout) })
	}
}

func testSilentLeader(t *testing.T, silence func(*kafkatest.Cluster, int32) error, timeout time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(brokers), kafkatest.Topic(topic, partitions))
		p, err := producer.New(producer.Config{
			Config: cluster.Config{
				BootstrapServers: c.BootstrapServers(), Dialer: c.Dialer(), Logger: slog.New(slog.DiscardHandler),
				RequestTimeout: timeout,
			},
			Partitioner: partitioner.Manual,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(context.WithoutCancel(t.Context()))
		rec := record.Record{Topic: topic, Partition: 1, Value: []byte("in time")}
		if _, err := p.SendSync(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
		leader, err := c.Leader(topic, 1)
		if err != nil {
			t.Fatal(err)
		}
		next := (leader + 1) % brokers

		if err := silence(c, leader); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		f, err := p.Send(t.Context(), rec)
		if err != nil {
			t.Fatal(err)
		}
		const electedAfter = 9 * time.Second // broker.session.timeout.ms
		time.AfterFunc(electedAfter, func() {
			if err := c.MoveLeader(topic, 1, next); err != nil {
				t.Error(err)
			}
		})
		m, err := f.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < electedAfter || took > electedAfter+4*time.Second {
			t.Errorf("acknowledged after %v; the leader had moved after %v", took, electedAfter)
		}
		if _, err := p.SendSync(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
		infos, err := c.Partitions(topic)
		if err != nil {
			t.Fatal(err)
		}
		if hw := infos[1].HighWatermark; hw != 3 {
			t.Errorf("%d records in the log, want 3; the one in flight was at %d", hw, m.Offset)
		}
	})
}
