package integration

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/parallel"
	"github.com/barnabas-go/kafka/record"
)

// TestParallel has processes that handle records in any order come and go, in good
// order, while records are produced: each record is handled by one of them, once,
// and all of them are committed in the end.
func TestParallel(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		for _, order := range []parallel.Order{parallel.ByPartition, parallel.ByKey, parallel.Unordered} {
			t.Run(order.String(), func(t *testing.T) { handleInParallel(t, target, order) })
		}
	})
}

func handleInParallel(t *testing.T, target kafkabroker.Target, order parallel.Order) {
	const partitions = 6
	topic, groupID := newTopic(t, target, partitions), kafkabroker.UniqueName(t)
	var handled ledger
	var count atomic.Int64
	process := func() (end func()) {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		cfg := consumer.Config{Config: clusterConfig(t, target), GroupID: groupID, AutoOffsetReset: consumer.ResetEarliest}
		quickly(&cfg)
		go func() {
			ended <- parallel.Run(ctx, parallel.Config{
				Consumer: cfg, Topics: []string{topic}, Order: order, Concurrency: 8, MaxPending: 200, CommitInterval: 50 * time.Millisecond,
				Handle: func(_ context.Context, rec *record.Record) error {
					<-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond)
					handled.add(cluster.TopicPartition{Topic: rec.Topic, Partition: rec.Partition}, rec.Offset)
					count.Add(1)
					return nil
				},
			})
		}()
		return func() {
			t.Helper()
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("Run: %v", err)
			}
		}
	}
	p := newProducer(t, target)
	handledMore := func(than int64) {
		eventually(t, patience, func() error {
			if n := count.Load(); n <= than {
				return fmt.Errorf("only %d records are handled", n)
			}
			return nil
		})
	}
	endFirst := process()
	sent := send(t, p, numbered(topic, 1000)...)
	handledMore(100)
	endSecond := process()
	handledMore(500)
	endFirst()
	sent = append(sent, send(t, p, numbered(topic, 1000)...)...)
	endThird := process()
	eventually(t, patience, func() error { return handled.missing(sent) })
	endSecond()
	endThird()

	if order != parallel.ByPartition {
		handled.backwards = nil
	}
	handled.checkOnce(t, sent)
	c := newConsumer(t, target, group(groupID))
	all := partitionsOf(topic, partitions)
	ends, err := c.EndOffsets(soon(t), all...)
	must(t, err)
	committed, err := c.Committed(soon(t), all...)
	must(t, err)
	for tp, end := range ends {
		if committed[tp].Offset != end {
			t.Errorf("%s: committed %d, want %d", tp, committed[tp].Offset, end)
		}
	}
}
