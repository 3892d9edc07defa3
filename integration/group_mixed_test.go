package integration

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// franzMember is a member of a group that runs franz-go.
type franzMember struct {
	client  *kgo.Client
	cancel  context.CancelFunc
	stopped chan struct{}

	mu    sync.Mutex
	owned []cluster.TopicPartition
}

// joinFranz starts a member that tells the ledger of its records. It commits
// what it got before it lets a rebalance happen.
func joinFranz(t *testing.T, target kafkabroker.Target, groupID string, topics []string, balancer kgo.GroupBalancer, l *ledger) *franzMember {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	m := &franzMember{cancel: cancel, stopped: make(chan struct{})}
	m.client = newFranz(t, target, kgo.ConsumerGroup(groupID), kgo.ConsumeTopics(topics...), kgo.Balancers(balancer),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.HeartbeatInterval(100*time.Millisecond),
		kgo.SessionTimeout(30*time.Second), // the longest that Kafka 0.9 allows
		kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(), kgo.OnPartitionsAssigned(m.assigned),
		kgo.OnPartitionsRevoked(m.revoked), kgo.OnPartitionsLost(m.revoked))
	go func() {
		defer close(m.stopped)
		for ctx.Err() == nil {
			m.client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
				l.add(cluster.TopicPartition{Topic: r.Topic, Partition: r.Partition}, r.Offset)
			})
			if err := m.client.CommitUncommittedOffsets(context.Background()); err != nil {
				t.Errorf("franz-go's commit: %v", err)
			}
			m.client.AllowRebalance()
		}
	}()
	t.Cleanup(m.leave)
	return m
}

func (m *franzMember) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owned = append(m.owned, flatten(partitions)...)
	slices.SortFunc(m.owned, compare)
}

func (m *franzMember) revoked(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := flatten(partitions)
	m.owned = slices.DeleteFunc(m.owned, func(tp cluster.TopicPartition) bool { return slices.Contains(gone, tp) })
}

func (m *franzMember) Assignment() []cluster.TopicPartition {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.owned)
}

func (m *franzMember) leave() {
	m.cancel()
	<-m.stopped
	m.client.CloseAllowingRebalance()
}

func flatten(partitions map[string][]int32) []cluster.TopicPartition {
	var list []cluster.TopicPartition
	for topic, numbers := range partitions {
		for _, n := range numbers {
			list = append(list, cluster.TopicPartition{Topic: topic, Partition: n})
		}
	}
	slices.SortFunc(list, compare)
	return list
}

// TestMixedGroup has a member of franz-go's in a group with one of ours, by each
// assignor that both have and with either as the group's leader, which is who
// joins first.
func TestMixedGroup(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		for _, protocol := range []mixedProtocol{
			{assignors.Range(), kgo.RangeBalancer(), [2][]int{{0, 1, 3, 4}, {2, 5}}},
			{assignors.RoundRobin(), kgo.RoundRobinBalancer(), [2][]int{{0, 2, 4}, {1, 3, 5}}},
			{ours: assignors.Sticky(), theirs: kgo.StickyBalancer()},
			{ours: assignors.CooperativeSticky(), theirs: kgo.CooperativeStickyBalancer()},
		} {
			for _, oursLeads := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, we lead: %v", protocol.ours.Name(), oursLeads), func(t *testing.T) {
					testMixedGroup(t, target, protocol, oursLeads)
				})
			}
		}
	})
}

// mixedProtocol is an assignor and what it makes of two members and six
// partitions: three of each of two topics, numbered in a row. Who of the members
// gets which half depends on their random ids. The sticky ones may make any halves.
type mixedProtocol struct {
	ours   assignors.Assignor
	theirs kgo.GroupBalancer
	halves [2][]int
}

func testMixedGroup(t *testing.T, target kafkabroker.Target, protocol mixedProtocol, oursLeads bool) {
	groupID := kafkabroker.UniqueName(t)
	topics := []string{groupID + ".a", groupID + ".b"}
	var all []cluster.TopicPartition
	for _, topic := range topics {
		createTopic(t, target, topic, 3)
		all = append(all, partitionsOf(topic, 3)...)
	}
	var l ledger
	joinOurs := func() *member {
		c := newConsumer(t, target, group(groupID), quickly, func(cfg *consumer.Config) { cfg.Assignors = []assignors.Assignor{protocol.ours} })
		must(t, c.Subscribe(topics...))
		return startMember(t, c, &l)
	}
	joinTheirs := func() *franzMember { return joinFranz(t, target, groupID, topics, protocol.theirs, &l) }
	p := newProducer(t, target)
	var sent []producer.Metadata
	more := func() {
		sent = append(sent, send(t, p, append(numbered(topics[0], 100), numbered(topics[1], 100)...)...)...)
	}

	more()
	var ours *member
	var theirs *franzMember
	if oursLeads {
		ours = joinOurs()
		eventually(t, patience, func() error { return shared(all, ours) })
		theirs = joinTheirs()
	} else {
		theirs = joinTheirs()
		eventually(t, patience, func() error { return shared(all, theirs) })
		ours = joinOurs()
	}
	more()
	eventually(t, patience, func() error {
		if protocol.halves[0] == nil {
			return shared(all, ours, theirs)
		}
		return protocol.agreed(all, ours.Assignment(), theirs.Assignment())
	})
	more()
	if oursLeads {
		ours.leave(t)
		eventually(t, patience, func() error { return shared(all, theirs) })
	} else {
		theirs.leave()
		eventually(t, patience, func() error { return shared(all, ours) })
	}
	more()
	eventually(t, patience, func() error { return l.missing(sent) })
	l.checkOnce(t, sent)
}

// agreed is nil if each member has one of the halves.
func (p *mixedProtocol) agreed(all, one, other []cluster.TopicPartition) error {
	var halves [2][]cluster.TopicPartition
	for i := range halves {
		for _, n := range p.halves[i] {
			halves[i] = append(halves[i], all[n])
		}
	}
	if slices.Equal(one, halves[0]) && slices.Equal(other, halves[1]) || slices.Equal(one, halves[1]) && slices.Equal(other, halves[0]) {
		return nil
	}
	return fmt.Errorf("the members have %v and %v, want %v and %v", one, other, halves[0], halves[1])
}
