package integration

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/protocol"
)

// calls notes what a listener was told.
type calls struct {
	mu   sync.Mutex
	list []string
}

func (c *calls) note(what string) func(context.Context, *consumer.Consumer, []consumer.TopicPartition) {
	return func(_ context.Context, _ *consumer.Consumer, partitions []consumer.TopicPartition) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(partitions) > 0 {
			c.list = append(c.list, what)
		}
	}
}

func (c *calls) have(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.list, what)
}

// TestGroupLosesTheSlow has a member take longer over a record than
// MaxPollInterval. Another takes over and goes on; what the slow one commits then
// is refused and changes nothing, its listener is told that its partitions are
// lost, and it joins again.
func TestGroupLosesTheSlow(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		for _, assignor := range []assignors.Assignor{assignors.Range(), assignors.CooperativeSticky()} {
			t.Run(assignor.Name(), func(t *testing.T) { testGroupLosesTheSlow(t, target, assignor) })
		}
	})
}

func testGroupLosesTheSlow(t *testing.T, target kafkabroker.Target, assignor assignors.Assignor) {
	topic := newTopic(t, target, 1)
	all := partitionsOf(topic, 1)
	groupID := kafkabroker.UniqueName(t)
	p := newProducer(t, target)
	sent := send(t, p, numbered(topic, 50)...)
	var told calls
	slow := newConsumer(t, target, group(groupID), quickly, by(assignor), manually, most(1), func(cfg *consumer.Config) {
		cfg.MaxPollInterval = time.Second
		cfg.RebalanceListener = consumer.RebalanceListener{Revoked: told.note("revoked"), Lost: told.note("lost")}
	})
	must(t, slow.Subscribe(topic))
	records, err := slow.Poll(soon(t))
	must(t, err)

	var l ledger
	other := join(t, target, groupID, topic, &l, by(assignor), func(cfg *consumer.Config) { cfg.AutoCommitInterval = 100 * time.Millisecond })
	eventually(t, patience, func() error { return errors.Join(l.missing(sent), shared(all, other)) })
	eventually(t, patience, func() error { return committedAt(t, other, all[0], int64(len(sent))-1) })

	var failed *coordinator.CommitFailedError
	if err := slow.Commit(soon(t)); !errors.As(err, &failed) {
		t.Errorf("a commit of what is another's: %v", err)
	}
	must(t, committedAt(t, other, all[0], int64(len(sent))-1))
	other.leave(t)
	send(t, p, numbered(topic, 1)...)
	again := within(t, patience)
	for records[0].Offset == 0 && again.Err() == nil {
		if records, err = slow.Poll(again); err != nil {
			t.Fatalf("the slow member does not come back: %v", err)
		}
	}
	if first := records[0].Offset; first < int64(len(sent))-1 {
		t.Errorf("the slow member goes on at %d, though %d were committed by another", first, len(sent)-1)
	}
	if !told.have("lost") || told.have("revoked") {
		t.Errorf("the listener was told %v", told.list)
	}
}

// committedAt is nil if the group has committed at least an offset.
func committedAt(t *testing.T, c *member, tp cluster.TopicPartition, offset int64) error {
	t.Helper()
	committed, err := c.Committed(soon(t), tp)
	if err == nil && committed[tp].Offset < offset {
		err = errors.New("the group has committed less")
	}
	return err
}

// TestStaticMemberIsReplaced has a second member with the InstanceID of one that is
// at work: the first is told and ends, the second has its partitions.
func TestStaticMemberIsReplaced(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, staticMembers) {
			return
		}
		topic := newTopic(t, target, 2)
		groupID := kafkabroker.UniqueName(t)
		as := func(cfg *consumer.Config) { cfg.GroupInstanceID = "one" }
		first := newConsumer(t, target, group(groupID), quickly, as)
		must(t, first.Subscribe(topic))
		failure := make(chan error, 1)
		go func() {
			_, err := first.Poll(soon(t))
			failure <- err
		}()
		eventually(t, patience, func() error { return shared(partitionsOf(topic, 2), first) })
		var l ledger
		second := join(t, target, groupID, topic, &l, as)
		eventually(t, patience, func() error { return shared(partitionsOf(topic, 2), second) })
		if err := <-failure; !errors.Is(err, protocol.ErrFencedInstanceID) {
			t.Errorf("the one that was replaced: %v", err)
		}
		commit := first.CommitOffsets(soon(t), map[cluster.TopicPartition]consumer.OffsetAndMetadata{{Topic: topic}: {Offset: 1, LeaderEpoch: -1}})
		wantError(t, commit, "not a member", groupID)
	})
}
