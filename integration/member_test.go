package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// A ledger notes which records the members of a group got.
type ledger struct {
	mu   sync.Mutex
	got  map[cluster.TopicPartition]map[int64]int // how often, by offset
	last map[cluster.TopicPartition]int64
	// backwards are partitions in which a record came that is older than the one
	// before it.
	backwards []string
}

func (l *ledger) add(tp cluster.TopicPartition, offset int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.got == nil {
		l.got = make(map[cluster.TopicPartition]map[int64]int)
		l.last = make(map[cluster.TopicPartition]int64)
	}
	if l.got[tp] == nil {
		l.got[tp] = make(map[int64]int)
	}
	if last, ok := l.last[tp]; ok && offset <= last {
		l.backwards = append(l.backwards, fmt.Sprintf("%s: %d after %d", tp, offset, last))
	}
	l.got[tp][offset]++
	l.last[tp] = offset
}

// forget begins anew.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got, l.last, l.backwards = nil, nil, nil
}

func (l *ledger) has(p producer.Metadata) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.got[p.TopicPartition][p.Offset] > 0
}

// missing is nil once all of the records came.
func (l *ledger) missing(places []producer.Metadata) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lacking []producer.Metadata
	for _, p := range places {
		if l.got[p.TopicPartition][p.Offset] == 0 {
			lacking = append(lacking, p)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d records did not come, such as %s", len(lacking), len(places), lacking[0])
}

// checkOnce checks that records came exactly once and in order, and no others.
func (l *ledger) checkOnce(t *testing.T, places []producer.Metadata) {
	t.Helper()
	if err := l.missing(places); err != nil {
		t.Error(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.backwards {
		t.Errorf("out of order: %s", b)
	}
	total := 0
	for tp, offsets := range l.got {
		for offset, n := range offsets {
			total += n
			if n > 1 {
				t.Errorf("%s@%d came %d times", tp, offset, n)
			}
		}
	}
	if total != len(places) {
		t.Errorf("%d records came, want %d", total, len(places))
	}
}

// A member is a consumer that a goroutine polls.
type member struct {
	*consumer.Consumer
	cancel  context.CancelFunc
	stopped chan struct{}
}

// join starts a member that subscribes to a topic and tells the ledger of its
// records. It ends with the test, or when it leaves.
func join(t *testing.T, target kafkabroker.Target, groupID, topic string, l *ledger, change ...func(*consumer.Config)) *member {
	t.Helper()
	c := newConsumer(t, target, append([]func(*consumer.Config){group(groupID), quickly}, change...)...)
	must(t, c.Subscribe(topic))
	return startMember(t, c, l)
}

// startMember polls a consumer in a goroutine.
func startMember(t *testing.T, c *consumer.Consumer, l *ledger) *member {
	return startMemberWith(t, c, func(rec record.Record) {
		l.add(cluster.TopicPartition{Topic: rec.Topic, Partition: rec.Partition}, rec.Offset)
	})
}

// startMemberWith is startMember that does something else with records.
func startMemberWith(t *testing.T, c *consumer.Consumer, handle func(record.Record)) *member {
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{Consumer: c, cancel: cancel, stopped: make(chan struct{})}
	go func() {
		defer close(m.stopped)
		for rec, err := range c.Records(ctx) {
			if err == nil {
				handle(rec)
			} else if !errors.Is(err, context.Canceled) {
				t.Errorf("a member's loop: %v", err)
			}
		}
	}()
	t.Cleanup(m.stop)
	return m
}

// stop ends the loop: the application is done with all records that it got.
func (m *member) stop() {
	m.cancel()
	<-m.stopped
}

// leave ends the member in good order.
func (m *member) leave(t *testing.T) {
	t.Helper()
	m.stop()
	must(t, m.Close(soon(t)))
}

// quickly has a member notice rebalances soon. Its session remains longer than
// patience, so that who relies on its end, instead of on the member's farewell,
// waits in vain.
func quickly(cfg *consumer.Config) { cfg.HeartbeatInterval = 100 * time.Millisecond }

// missedSoon has a member missed soon that dies: brokers allow no shorter session
// by default.
func missedSoon(cfg *consumer.Config) { cfg.SessionTimeout = 6 * time.Second }

// An assignee is who has partitions: a member, or one of another client.
type assignee interface {
	Assignment() []cluster.TopicPartition
}

// shared is nil if each of the partitions is one assignee's, and each of them
// has a fair share.
func shared(partitions []cluster.TopicPartition, assignees ...assignee) error {
	var all []cluster.TopicPartition
	for i, a := range assignees {
		own := a.Assignment()
		all = append(all, own...)
		if n := len(own); n < len(partitions)/len(assignees) || n > (len(partitions)+len(assignees)-1)/len(assignees) {
			return fmt.Errorf("member %d of %d has %v", i+1, len(assignees), own)
		}
	}
	slices.SortFunc(all, compare)
	if !slices.Equal(all, partitions) {
		return fmt.Errorf("the members have %v, want %v", all, partitions)
	}
	return nil
}

func compare(a, b cluster.TopicPartition) int {
	if a.Topic != b.Topic {
		return strings.Compare(a.Topic, b.Topic)
	}
	return int(a.Partition - b.Partition)
}

// numbered are n records of a topic whose keys spread over its partitions.
func numbered(topic string, n int) []record.Record {
	list := make([]record.Record, n)
	for i := range list {
		list[i] = record.Record{Topic: topic, Key: fmt.Append(nil, i), Value: fmt.Append(nil, i)}
	}
	return list
}
