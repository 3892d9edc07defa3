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

// TestSlowBroker has one of three brokers take half a second for each request,
// and then nothing at all. Its partition gets few of the records without a key,
// and with a timeout for its availability next to none.
func TestSlowBroker(t *testing.T) {
	for name, test := range map[string]struct {
		options partitioner.StickyOptions
		verdict kafkatest.Verdict
		atLeast float64 // share of the slow broker's partition
		atMost  float64
	}{
		"adaptive, slow":        {partitioner.StickyOptions{}, kafkatest.Delay(500 * time.Millisecond), 0.01, 0.2},
		"uniform, slow":         {partitioner.StickyOptions{Uniform: true}, kafkatest.Delay(500 * time.Millisecond), 0.25, 0.42},
		"uniform, silent, time": {partitioner.StickyOptions{Uniform: true, AvailabilityTimeout: time.Second}, kafkatest.Hang(), 0.01, 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if share := slowShare(t, test.options, test.verdict); share < test.atLeast || share > test.atMost {
					t.Errorf("the slow broker got %.2f of the bytes, want %.2f to %.2f", share, test.atLeast, test.atMost)
				}
			})
		})
	}
}

// slowShare sends for ten seconds and returns which share the partition of a
// broker got that handles each Produce request as the verdict says.
func slowShare(t *testing.T, options partitioner.StickyOptions, verdict kafkatest.Verdict) float64 {
	c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(3), kafkatest.Topic(topic, 3))
	for n := range int32(3) {
		if err := c.MoveLeader(topic, n, n); err != nil {
			t.Fatal(err)
		}
	}
	p, err := producer.New(producer.Config{
		Config: cluster.Config{
			BootstrapServers: c.BootstrapServers(), Dialer: c.Dialer(), Logger: slog.New(slog.DiscardHandler),
			RequestTimeout: time.Minute,
		},
		Partitioner: partitioner.Sticky(options), BufferMemory: 256 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer p.Close(ctx) // does not wait for a silent broker
	c.Intercept(protocol.Produce, func(r kafkatest.Request) kafkatest.Verdict {
		if r.Node == 1 {
			return verdict
		}
		return kafkatest.Pass()
	})
	var futures []producer.Future
	for range 1000 {
		f, err := p.Send(t.Context(), record.Record{Topic: topic, Value: make([]byte, 64<<10)})
		if err != nil {
			t.Fatal(err)
		}
		futures = append(futures, f)
		time.Sleep(10 * time.Millisecond) // virtual
	}
	elsewhere := 0
	for _, f := range futures {
		select {
		case <-f.Done():
			if m, err := f.Get(t.Context()); err != nil {
				t.Fatal(err)
			} else if m.Partition != 1 {
				elsewhere++
			}
		default: // only the slow broker owes answers by now
		}
	}
	return 1 - float64(elsewhere)/float64(len(futures))
}
