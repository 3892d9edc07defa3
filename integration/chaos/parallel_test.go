package chaos

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/parallel"
	"github.com/barnabas-go/kafka/record"
)

// parallelFaults come over members that handle records in an order each.
var parallelFaults = []struct {
	name   string
	happen func(ctx context.Context, s *scene) error
	where  place
	order  parallel.Order
}{
	{"leader killed", killLeader, everywhere, parallel.ByKey},
	{"connections cut", resetConnections, onDemand, parallel.ByPartition},
	{"coordinator killed", killCoordinator, onDemand, parallel.Unordered},
	{"partitions added", addPartitions, inCI, parallel.ByKey},
}

// TestParallelFaults is TestConsumerFaults with members that handle many records at
// a time, which end in any order. Nothing is committed that is not handled, nor
// anything behind it.
func TestParallelFaults(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.FaultyTarget) {
		for i, fault := range parallelFaults {
			if !fault.where.tried(target) {
				continue
			}
			for _, m := range membershipsFor(t, target, i) {
				if !t.Run(fmt.Sprintf("%s, %s, %s", fault.name, m.name, fault.order), func(t *testing.T) {
					endure(t, target, m, fault.happen, handlingBy(fault.order))
				}) {
					return // the cluster may still be broken
				}
			}
		}
	})
}

// handlingBy has a group handle records in parallel, and its commits watched.
func handlingBy(order parallel.Order) func(*group) {
	return func(g *group) {
		g.work = func(ctx, running context.Context, cfg consumer.Config) { g.handleInParallel(running, cfg, order) }
		g.watch = g.watchCommits
	}
}

// handleInParallel is one member. One record of eight takes some time.
func (g *group) handleInParallel(running context.Context, cfg consumer.Config, order parallel.Order) {
	err := parallel.Run(running, parallel.Config{
		Consumer: cfg, Topics: []string{g.topic}, Order: order, CommitInterval: 100 * time.Millisecond,
		Handle: func(ctx context.Context, rec *record.Record) error {
			if number := binary.BigEndian.Uint64(rec.Value); number%8 == 0 {
				if err := pass(ctx, time.Duration(number%5)*time.Millisecond); err != nil {
					return nil // the partition is another member's, which handles the record
				}
			}
			g.handle([]record.Record{*rec})
			return nil
		},
		OnError: func(err error) error {
			g.problem("poll", err)
			return nil
		},
	})
	if running.Err() == nil {
		g.t.Errorf("Run: %v", err)
	}
}

// watchCommits holds what the group commits against what it has handled, until ctx
// ends. The offset of each record is its number.
func (g *group) watchCommits(ctx context.Context, shared cluster.Config) (end func() error) {
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	var failed error
	watch.Go(func() {
		c, err := consumer.New(consumer.Config{Config: shared, GroupID: g.cfg.GroupID})
		if err != nil {
			failed = err
			return
		}
		defer c.Close(ctx)
		next := make(map[int32]int64) // behind what was looked at
		for failed == nil && pass(watching, 20*time.Millisecond) == nil {
			failed = g.holdCommitted(watching, c, next)
		}
		if failed == nil {
			failed = g.holdCommitted(ctx, c, next)
		}
		if failed == nil && len(next) < partitions {
			failed = fmt.Errorf("%d of %d partitions were committed", len(next), partitions)
		}
		for p, offset := range next {
			if handled := g.handledUpTo(p); failed == nil && offset < handled {
				failed = fmt.Errorf("partition %d: committed %d, though all up to %d is handled and the members have left", p, offset, handled)
			}
		}
	})
	return func() error {
		stop()
		watch.Wait()
		return failed
	}
}

// holdCommitted fails if something is committed that is not handled. It goes on at
// next.
func (g *group) holdCommitted(ctx context.Context, c *consumer.Consumer, next map[int32]int64) error {
	var all []cluster.TopicPartition
	for p := range int32(partitions) {
		all = append(all, cluster.TopicPartition{Topic: g.topic, Partition: p})
	}
	committed, err := c.Committed(ctx, all...)
	if err != nil {
		return nil // of a moment in which brokers are broken, or of the end
	}
	for tp, offset := range committed {
		if offset.Offset < next[tp.Partition] {
			return fmt.Errorf("%s: committed %d after %d", tp, offset.Offset, next[tp.Partition])
		}
		for ; next[tp.Partition] < offset.Offset; next[tp.Partition]++ {
			if number := next[tp.Partition]; !g.has(tp.Partition, uint64(number)) {
				return fmt.Errorf("%s: committed %d, though record %d is not handled", tp, offset.Offset, number)
			}
		}
	}
	return nil
}

// handledUpTo is the first number of a partition that was not handled.
func (g *group) handledUpTo(partition int32) int64 {
	for number := uint64(0); ; number++ {
		if !g.has(partition, number) {
			return int64(number)
		}
	}
}
