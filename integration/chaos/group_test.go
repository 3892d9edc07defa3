package chaos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/record"
)

// groupMembers is how many consumers a group has.
const groupMembers = 2

// group is a consumer group that handles all records of a topic, and commits
// behind what it has handled.
type group struct {
	t          *testing.T
	cfg        consumer.Config
	membership membership
	topic      string
	// again tells that records may come again that were committed.
	again bool
	// work is what a member does from joining to leaving.
	work func(ctx, running context.Context, cfg consumer.Config)
	// watch looks at the group until end, which is called when its members have left.
	watch func(ctx context.Context, shared cluster.Config) (end func() error)

	stop    context.CancelFunc
	members sync.WaitGroup

	mu         sync.Mutex
	handled    map[int32]map[uint64]int // partition and number: how often
	counts     map[int32]int64          // of records by partition, those that came again too
	duplicates int
	problems   int
}

func newGroup(t *testing.T, shared cluster.Config, m membership, topic string) *group {
	g := &group{
		t: t, membership: m, topic: topic,
		cfg: consumer.Config{
			Config: shared, GroupID: kafkabroker.UniqueName(t), AutoOffsetReset: consumer.ResetEarliest, DisableAutoCommit: true,
		},
		handled: make(map[int32]map[uint64]int),
		counts:  make(map[int32]int64),
		watch:   func(context.Context, cluster.Config) func() error { return func() error { return nil } },
	}
	g.work = g.consume
	return g
}

// config is that of the n-th member.
func (g *group) config(n int) consumer.Config {
	cfg := g.cfg
	g.membership.set(&cfg, n)
	return cfg
}

// start has the members join.
func (g *group) start(ctx context.Context) {
	running, stop := context.WithCancel(ctx)
	g.stop = stop
	for n := range groupMembers {
		g.members.Go(func() { g.work(ctx, running, g.config(n)) })
	}
}

// end has them leave.
func (g *group) end() {
	g.stop()
	g.members.Wait()
}

// consume is one member, from joining to leaving. What Poll and Commit tell is no
// reason to give up.
func (g *group) consume(ctx, running context.Context, cfg consumer.Config) {
	c, err := consumer.New(cfg)
	if err != nil {
		g.t.Error(err)
		return
	}
	defer func() {
		if err := c.Close(ctx); err != nil {
			g.problem("close", err)
		}
	}()
	if err := c.Subscribe(g.topic); err != nil {
		g.t.Error(err)
		return
	}
	for running.Err() == nil {
		records, err := c.Poll(running)
		if err != nil {
			if running.Err() == nil {
				g.problem("poll", err)
			}
			continue
		}
		g.handle(records)
		if err := c.Commit(running); err != nil && running.Err() == nil {
			g.problem("commit", err)
		}
	}
}

func (g *group) problem(call string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.problems++; g.problems <= 10 {
		g.t.Logf("%s %s: %v", time.Now().Format(time.TimeOnly), call, err)
	}
}

func (g *group) handle(records []record.Record) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range records {
		rec := &records[i]
		numbers := g.handled[rec.Partition]
		if numbers == nil {
			numbers = make(map[uint64]int)
			g.handled[rec.Partition] = numbers
		}
		number := binary.BigEndian.Uint64(rec.Value)
		if numbers[number]++; numbers[number] > 1 {
			g.duplicates++
		}
		g.counts[rec.Partition]++
	}
}

// has tells whether a record was handled.
func (g *group) has(partition int32, number uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.handled[partition][number] > 0
}

func (g *group) count(partition int32) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.counts[partition]
}

// awaitProgress waits until records of each partition have been handled, and
// returns how long that took.
func (g *group) awaitProgress(ctx context.Context, partitions int32) (time.Duration, error) {
	begun := time.Now()
	before := make(map[int32]int64)
	for p := range partitions {
		before[p] = g.count(p)
	}
	for p := range partitions {
		for g.count(p) == before[p] {
			if err := pass(ctx, 5*time.Millisecond); err != nil {
				return 0, fmt.Errorf("partition %d stands still at %d records: %w", p, before[p], err)
			}
		}
	}
	return time.Since(begun), nil
}

// check reads all that is in the topic, which has as many records as are expected or
// more, and waits until each has been handled.
func (g *group) check(ctx context.Context, shared cluster.Config, expected int64) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c, err := consumer.New(consumer.Config{Config: shared, AutoOffsetReset: consumer.ResetEarliest})
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	numbers, err := c.PartitionsFor(ctx, g.topic)
	if err != nil {
		return err
	}
	var all []cluster.TopicPartition
	for _, p := range numbers {
		all = append(all, cluster.TopicPartition{Topic: g.topic, Partition: p})
	}
	left, read := int64(-1), int64(0)
	for left < expected { // a node that was silent may hold itself for the leader for a moment
		ends, err := c.EndOffsets(ctx, all...)
		if err != nil {
			return fmt.Errorf("%d of %d acknowledged records are in the log: %w", left, expected, err)
		}
		left = 0
		for _, end := range ends {
			left += end
		}
	}
	if err := c.Assign(all...); err != nil {
		return err
	}
	for read < left {
		records, err := c.Poll(ctx)
		if err != nil {
			return fmt.Errorf("read the log, %d of %d records: %w", read, left, err)
		}
		read += int64(len(records))
		for _, rec := range records {
			for !g.has(rec.Partition, binary.BigEndian.Uint64(rec.Value)) {
				if err := pass(ctx, 10*time.Millisecond); err != nil {
					return errors.Join(fmt.Errorf("record %d of partition %d, at offset %d, was not handled",
						binary.BigEndian.Uint64(rec.Value), rec.Partition, rec.Offset), err)
				}
			}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.t.Logf("%d records in the log, all handled; %d came again; %d errors on the way", read, g.duplicates, g.problems)
	if g.duplicates > 0 && !g.again {
		return fmt.Errorf("%d records came again", g.duplicates)
	}
	return nil
}
