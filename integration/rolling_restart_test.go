package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// staticMembers came with KIP-345.
var staticMembers = ability{2, 3}

// longestStall is how long a partition that stays with its member may rest.
const longestStall = time.Second

// TestRollingRestart closes the members of a group and starts them anew, one after
// the other, while records come all the time. Each is handled once, and partitions
// that stay where they are rest for less than a second: all those of other members
// if the members are static ones, and most if they are cooperative or of KIP-848.
func TestRollingRestart(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		for _, mode := range []struct {
			name   string
			needs  ability
			set    func(*consumer.Config)
			static bool
		}{
			{"cooperative", groups, by(assignors.CooperativeSticky()), false},
			{"cooperative, static", staticMembers, by(assignors.CooperativeSticky()), true},
			{"eager, static", staticMembers, by(assignors.Range()), true},
			{"consumer", consumerProtocol, byConsumerProtocol, false},
			{"consumer, static", consumerProtocol, byConsumerProtocol, true},
		} {
			if can(target, mode.needs) {
				t.Run(mode.name, func(t *testing.T) { testRollingRestart(t, target, mode.set, mode.static) })
			}
		}
	})
}

// by has a group divide partitions so.
func by(assignor assignors.Assignor) func(*consumer.Config) {
	return func(cfg *consumer.Config) { cfg.Assignors = []assignors.Assignor{assignor} }
}

func testRollingRestart(t *testing.T, target kafkabroker.Target, set func(*consumer.Config), static bool) {
	const members, partitions = 20, 40
	topic := newTopic(t, target, partitions)
	all := partitionsOf(topic, partitions)
	groupID := kafkabroker.UniqueName(t)
	var l ledger
	w := newStallWatch()
	var leaving [members]atomic.Bool
	start := func(i int) *member {
		c := newConsumer(t, target, group(groupID), quickly, set, func(cfg *consumer.Config) {
			cfg.AutoCommitInterval = 200 * time.Millisecond
			if static {
				cfg.GroupInstanceID = fmt.Sprintf("instance-%d", i)
			}
			cfg.RebalanceListener = w.listener(t, &leaving[i])
		})
		must(t, c.Subscribe(topic))
		return startMemberWith(t, c, func(rec record.Record) {
			tp := cluster.TopicPartition{Topic: rec.Topic, Partition: rec.Partition}
			l.add(tp, rec.Offset)
			w.came(tp)
		})
	}
	run := make([]*member, members)
	for i := range run {
		run[i] = start(i)
	}
	assignees := func() []assignee {
		list := make([]assignee, members)
		for i, m := range run {
			list[i] = m
		}
		return list
	}
	eventually(t, patience, func() error { return shared(all, assignees()...) })
	outside := newStallWatch() // shows how long a busy machine rests by itself
	onlooker := newConsumer(t, target, manually)
	must(t, onlooker.Assign(all...))
	startMemberWith(t, onlooker, func(rec record.Record) {
		outside.came(cluster.TopicPartition{Topic: rec.Topic, Partition: rec.Partition})
	})
	stop := trickle(t, target, all)
	eventually(t, patience, func() error { return errors.Join(w.heardOf(all), outside.heardOf(all)) })
	w.countAnew()
	for i := range run {
		own := run[i].Assignment()
		leaving[i].Store(true)
		run[i].leave(t)
		w.forget(own)
		leaving[i].Store(false)
		if !static { // the others take over
			eventually(t, patience, func() error { return shared(all, slices.Delete(assignees(), i, i+1)...) })
		}
		run[i] = start(i)
		eventually(t, patience, func() error { return shared(all, assignees()...) })
	}
	sent := stop()
	eventually(t, patience, func() error { return l.missing(sent) })
	l.checkOnce(t, sent)
	longest, moved := w.seen()
	busy, _ := outside.seen()
	rest := longest - busy
	t.Logf("partitions that stayed with their members rested for %v at most, without a group for %v; %d changed hands", longest, busy, moved)
	if rest > longestStall {
		t.Errorf("a partition that stayed with its member rested for %v longer than without a group, want %v at most", rest, longestStall)
	}
	if _, real := target.(*kafkabroker.Cluster); static && real && moved > 0 { // the embedded broker rebalances
		t.Errorf("%d partitions of static members changed hands", moved)
	}
}

// trickle sends a record to each partition 20 times a second, until stop, which
// returns where they are.
func trickle(t *testing.T, target kafkabroker.Target, partitions []cluster.TopicPartition) (stop func() []producer.Metadata) {
	p := newProducer(t, target, func(cfg *producer.Config) { cfg.Partitioner = partitioner.Manual })
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	sent := make(chan []producer.Future, 1)
	go func() {
		var futures []producer.Future
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			for _, tp := range partitions {
				f, err := p.Send(context.Background(), record.Record{Topic: tp.Topic, Partition: tp.Partition, Value: []byte("drop")})
				if err != nil {
					t.Errorf("send: %v", err)
					continue
				}
				futures = append(futures, f)
			}
			<-tick.C
		}
		sent <- futures
	}()
	return func() (places []producer.Metadata) {
		t.Helper()
		cancel()
		for _, f := range <-sent {
			place, err := f.Get(soon(t))
			must(t, err)
			places = append(places, place)
		}
		return places
	}
}

// stallWatch knows when the last record of each partition came, as long as the
// partition stays with its member.
type stallWatch struct {
	mu      sync.Mutex
	last    map[cluster.TopicPartition]time.Time
	longest time.Duration
	moved   int
}

func newStallWatch() *stallWatch {
	return &stallWatch{last: make(map[cluster.TopicPartition]time.Time)}
}

func (w *stallWatch) came(tp cluster.TopicPartition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if last, ok := w.last[tp]; ok {
		w.longest = max(w.longest, now.Sub(last))
	}
	w.last[tp] = now
}

// heardOf is nil once a record of each partition came.
func (w *stallWatch) heardOf(partitions []cluster.TopicPartition) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.IndexFunc(partitions, func(tp cluster.TopicPartition) bool { return w.last[tp].IsZero() }); i >= 0 {
		return fmt.Errorf("no record of %s came", partitions[i])
	}
	return nil
}

// countAnew leaves out what moved until now, as the members came.
func (w *stallWatch) countAnew() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.longest, w.moved = 0, 0
}

// seen returns how long a partition rested at most, and how many moved.
func (w *stallWatch) seen() (longest time.Duration, moved int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.longest, w.moved
}

// forget ends the watch over partitions until their next record.
func (w *stallWatch) forget(partitions []cluster.TopicPartition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, tp := range partitions {
		delete(w.last, tp)
	}
}

// listener has partitions forgotten that a member gives up, and counts them unless
// it is about to leave.
func (w *stallWatch) listener(t *testing.T, leaving *atomic.Bool) consumer.RebalanceListener {
	return consumer.RebalanceListener{
		Revoked: func(_ context.Context, _ *consumer.Consumer, revoked []consumer.TopicPartition) {
			w.forget(revoked)
			w.mu.Lock()
			defer w.mu.Unlock()
			if !leaving.Load() {
				w.moved += len(revoked)
			}
		},
		Lost: func(_ context.Context, _ *consumer.Consumer, lost []consumer.TopicPartition) {
			t.Errorf("a member lost %v", lost)
		},
	}
}
