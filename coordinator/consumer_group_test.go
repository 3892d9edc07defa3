package coordinator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

func heartbeats(c *fakeCluster, of string) []*protocol.ConsumerGroupHeartbeatRequest {
	return slices.DeleteFunc(all[*protocol.ConsumerGroupHeartbeatRequest](c), func(r *protocol.ConsumerGroupHeartbeatRequest) bool {
		return of != "" && r.MemberID != of
	})
}

// awaitOwners waits until the applications have all n partitions of topic t
// between them, and checks that none has two owners at any time.
func awaitOwners(t *testing.T, within time.Duration, n int, apps ...*app) time.Duration {
	t.Helper()
	return await(t, within, "all partitions have an owner", func() bool {
		owners := make(map[cluster.TopicPartition]bool)
		for _, a := range apps {
			for _, tp := range a.partitions() {
				if owners[tp] {
					t.Fatalf("%s has two owners", tp)
				}
				owners[tp] = true
			}
		}
		return len(owners) == n
	})
}

func TestConsumerGroupOfOne(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newConsumerApp(t, c, ConsumerGroupConfig{Rack: "r1", RemoteAssignor: "uniform"})
		a.group.Subscribe([]string{"u", "t", "t"})
		if took := awaitOwners(t, 10*second, 8, a); took > second {
			t.Errorf("joining took %v", took)
		}
		g := a.group.Generation()
		if g.ID != 1 || g.MemberID == "" || g.Unjoined || a.group.State() != Stable {
			t.Errorf("generation is %#v, state %v", g, a.group.State())
		}
		pass(30 * second)
		reqs := heartbeats(c, "")
		if n := len(reqs); n < 7 || n > 9 { // joining, acknowledging, and one each 5 s
			t.Errorf("%d heartbeats in 30s", n)
		}
		join, ack, idle := reqs[0], reqs[1], reqs[2]
		if join.MemberEpoch != 0 || join.MemberID != g.MemberID || !slices.Equal(join.SubscribedTopicNames, []string{"t", "u"}) ||
			*join.RackID != "r1" || *join.ServerAssignor != "uniform" || join.RebalanceTimeoutMs != 300_000 || join.TopicPartitions == nil || len(join.TopicPartitions) != 0 {
			t.Errorf("joined by %+v", join)
		}
		if ack.MemberEpoch != 1 || ack.SubscribedTopicNames != nil || ack.RebalanceTimeoutMs != -1 || ack.RackID != nil || len(ack.TopicPartitions) != 2 {
			t.Errorf("acknowledged by %+v", ack)
		}
		if idle.MemberEpoch != 1 || idle.TopicPartitions != nil || idle.SubscribedTopicNames != nil || idle.ServerAssignor != nil {
			t.Errorf("an idle heartbeat is %+v", idle)
		}
		a.close()
		if last := heartbeats(c, ""); last[len(last)-1].MemberEpoch != protocol.LeaveMemberEpoch || len(c.consumer.memberIDs()) != 0 {
			t.Errorf("left by %+v, members %v", last[len(last)-1], c.consumer.memberIDs())
		}
		if a.group.State() != Unjoined || !a.group.Generation().Unjoined {
			t.Errorf("after close: %v", a.group.State())
		}
		a.callClosed()
	})
}

// Members come, leave and die. Who keeps partitions is not told of them.
func TestConsumerGroupShares(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		var apps []*app
		for range 3 {
			a := newConsumerApp(t, c, ConsumerGroupConfig{})
			a.group.Subscribe([]string{"t"})
			apps = append(apps, a)
			awaitOwners(t, 30*second, 6, apps...)
			pass(15 * second)
		}
		for _, a := range apps {
			if n := len(a.partitions()); n != 2 {
				t.Errorf("a member has %d of 6 partitions", n)
			}
		}
		apps[1].close()
		if took := awaitOwners(t, 20*second, 6, apps[0], apps[2]); took > 11*second {
			t.Errorf("the partitions of a member that left were without owner for %v", took)
		}
		apps[2].crash()
		if took := awaitOwners(t, 60*second, 6, apps[0]); took < 35*second || took > 51*second {
			t.Errorf("the partitions of a member that died went on after %v", took)
		}
		if apps[0].last(Lost) != nil || apps[0].last(Failed) != nil {
			t.Errorf("events %s", apps[0].kinds())
		}
		apps[0].close()
	})
}

// A member is fenced: it gives up what it has, then joins anew.
func TestConsumerGroupFenced(t *testing.T) {
	for _, code := range []protocol.ErrorCode{protocol.ErrUnknownMemberID, protocol.ErrFencedMemberEpoch} {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			a := newConsumerApp(t, c, ConsumerGroupConfig{})
			a.group.Subscribe([]string{"t"})
			awaitOwners(t, 10*second, 6, a)
			before := a.group.Generation()
			a.holdEvents(Lost)
			c.consumer.set(func() { c.consumer.fence[before.MemberID] = code })
			lost := <-a.held
			if protocol.CodeOf(lost.Err) != code || len(lost.Partitions) != 6 || a.group.State() != Fenced || !a.group.Generation().Unjoined {
				t.Errorf("lost %v of %v, state %v", lost.Partitions, lost.Err, a.group.State())
			}
			pass(30 * second)
			if len(c.consumer.memberIDs()) != 0 {
				t.Error("joined before the application was done with what it lost")
			}
			lost.Done()
			awaitOwners(t, 10*second, 6, a)
			if g := a.group.Generation(); g.MemberID != before.MemberID || g.ID <= before.ID {
				t.Errorf("generation is %v, was %v", g, before)
			}
			a.close()
		})
	}
}

// A commit that is still tried when the member is fenced, and is back by the same id,
// is not sent any more: a coordinator may apply it.
func TestCommitEndsWithTheMembership(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newConsumerApp(t, c, ConsumerGroupConfig{})
		a.group.Subscribe([]string{"t"})
		awaitOwners(t, 10*second, 6, a)
		o := NewOffsets(a.client, "g", a.group.Generation)
		c.set(func() { c.script = refuse(protocol.OffsetCommit, 1<<30, protocol.ErrCoordinatorLoadInProgress) })
		outcome := make(chan error, 1)
		o.CommitAsync(context.Background(), offsetMap{a.partitions()[0]: {Offset: 7, LeaderEpoch: -1}}, func(err error) { outcome <- err })
		pass(second)
		before := a.group.Generation()
		c.consumer.set(func() { c.consumer.fence[before.MemberID] = protocol.ErrUnknownMemberID })
		await(t, 30*second, "the next membership", func() bool { g := a.group.Generation(); return g.ID > before.ID && g.MemberID == before.MemberID })
		awaitOwners(t, 10*second, 6, a)
		pass(5 * second) // the back-off of the last try
		sent := c.count(protocol.OffsetCommit)
		c.set(func() { c.script = nil })
		wantRefused(t, "a commit of the membership before", <-outcome)
		if n := c.count(protocol.OffsetCommit); n != sent {
			t.Errorf("%d commits are sent after the membership", n-sent)
		}
		a.close()
	})
}

// An application that does not poll loses its membership, until it polls again.
func TestConsumerGroupPollInterval(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newConsumerApp(t, c, ConsumerGroupConfig{RebalanceTimeout: 10 * second})
		a.group.Subscribe([]string{"t"})
		awaitOwners(t, 10*second, 6, a)
		a.poll(false)
		await(t, 15*second, "the member has left", func() bool { return len(c.consumer.memberIDs()) == 0 })
		pass(60 * second)
		if lost := a.last(Lost); lost == nil || !errors.Is(lost.Err, ErrPollInterval) || a.group.State() != Stale {
			t.Errorf("lost %v, state %v", lost, a.group.State())
		}
		a.poll(true)
		awaitOwners(t, 10*second, 6, a)
		a.close()
	})
}

// The coordinator moves, dies, and does not answer: the member hears nothing.
func TestConsumerGroupCoordinatorLost(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newConsumerApp(t, c, ConsumerGroupConfig{})
		a.group.Subscribe([]string{"t"})
		awaitOwners(t, 10*second, 6, a)
		c.move(2)
		pass(20 * second)
		c.set(func() { c.mute[2] = true })
		pass(7 * second)
		c.set(func() { c.coordinator = 1 })
		pass(20 * second)
		c.kill(1)
		c.set(func() { c.coordinator = -1 })
		pass(20 * second)
		c.set(func() { c.coordinator = 0 })
		pass(60 * second)
		if a.kinds() != "[assign]" || a.group.Generation().ID != 1 {
			t.Errorf("events %s, generation %v", a.kinds(), a.group.Generation())
		}
		reqs := heartbeats(c, "")
		if last := reqs[len(reqs)-1]; last.SubscribedTopicNames != nil {
			t.Errorf("the last heartbeat is %+v", last)
		}
		if !slices.ContainsFunc(reqs, func(r *protocol.ConsumerGroupHeartbeatRequest) bool {
			return r.MemberEpoch == 1 && r.SubscribedTopicNames != nil && len(r.TopicPartitions) == 1
		}) {
			t.Error("no heartbeat after a failure tells everything")
		}
		a.close()
	})
}

// Topics whose names are not known yet are waited for, the others are not.
func TestConsumerGroupUnknownTopic(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.consumer.set(func() { c.consumer.hidden["u"] = true })
		a := newConsumerApp(t, c, ConsumerGroupConfig{})
		a.group.Subscribe([]string{"t", "u"})
		awaitOwners(t, 10*second, 6, a)
		pass(20 * second)
		if a.group.State() != Reconciling || !a.log.has("not known yet", "topic_ids") {
			t.Errorf("state %v", a.group.State())
		}
		c.consumer.set(func() { c.consumer.hidden["u"] = false })
		awaitOwners(t, 5*second, 8, a)
		if a.kinds() != "[assign assign]" {
			t.Errorf("events %s", a.kinds())
		}
		await(t, 5*second, "stable", func() bool { return a.group.State() == Stable })
		a.close()
	})
}

// A pattern goes to the coordinator, unless that is too old.
func TestConsumerGroupPattern(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newConsumerApp(t, c, ConsumerGroupConfig{})
		g := a.group.(*ConsumerGroup)
		if err := g.SubscribePattern(context.Background(), "u|v"); err != nil {
			t.Fatal(err)
		}
		awaitOwners(t, 10*second, 2, a)
		if join := heartbeats(c, "")[0]; *join.SubscribedTopicRegex != "u|v" || len(join.SubscribedTopicNames) != 0 {
			t.Errorf("joined by %+v", join)
		}
		g.Subscribe([]string{"t"})
		await(t, 20*second, "topic t alone", func() bool { return len(a.partitions()) == 6 })
		i := slices.IndexFunc(heartbeats(c, ""), func(r *protocol.ConsumerGroupHeartbeatRequest) bool { return len(r.SubscribedTopicNames) > 0 })
		if change := heartbeats(c, "")[i]; change.SubscribedTopicRegex == nil || *change.SubscribedTopicRegex != "" {
			t.Errorf("the pattern is not taken back by %+v", change)
		}
		a.close()
	})
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.maxVersions[protocol.ConsumerGroupHeartbeat] = 0
		a := newConsumerApp(t, c, ConsumerGroupConfig{})
		g := a.group.(*ConsumerGroup)
		var old *conn.FeatureError
		if err := g.SubscribePattern(context.Background(), "u|v"); !errors.As(err, &old) || old.Since != "4.0" {
			t.Errorf("a broker without patterns: %v", err)
		}
		g.Subscribe([]string{"t"})
		awaitOwners(t, 10*second, 6, a)
		a.close()
	})
}

// What no retry helps with ends the membership, and tells what to do.
func TestConsumerGroupFails(t *testing.T) {
	for code, advice := range map[protocol.ErrorCode]string{
		protocol.ErrUnreleasedInstanceID:     "InstanceID (group.instance.id) \"i\" is in the group",
		protocol.ErrFencedInstanceID:         "must be unique",
		protocol.ErrGroupMaxSizeReached:      "group.consumer.max.size",
		protocol.ErrUnsupportedAssignor:      "RemoteAssignor (group.remote.assignor) is \"best\"",
		protocol.ErrInvalidRegularExpression: "RE2/J",
		protocol.ErrUnsupportedVersion:       "group.version",
		protocol.ErrGroupIDNotFound:          "group.consumer.migration.policy",
		protocol.ErrGroupAuthorizationFailed: "READ on the group",
		protocol.ErrInvalidRequest:           "INVALID_REQUEST",
	} {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.script = refuse(protocol.ConsumerGroupHeartbeat, 1, code)
			a := newConsumerApp(t, c, ConsumerGroupConfig{InstanceID: "i", RemoteAssignor: "best"})
			a.group.Subscribe([]string{"t"})
			await(t, 10*second, "an event", func() bool { return a.last(Failed) != nil })
			if err := a.last(Failed).Err; protocol.CodeOf(err) != code || !strings.Contains(err.Error(), advice) {
				t.Errorf("%v: %v", code, err)
			}
			if a.group.State() != Fatal {
				t.Errorf("%v: state %v", code, a.group.State())
			}
			pass(60 * second)
			a.group.Subscribe([]string{"t"})
			awaitOwners(t, 10*second, 6, a)
			a.close()
		})
	}
}

// A broker without the protocol is named, with what it would need. Those of Kafka
// 3.7 to 3.9 know it and refuse.
func TestConsumerGroupNotThere(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.maxVersions[protocol.ConsumerGroupHeartbeat] = -1
		testConsumerGroupNotThere(t, c)
	})
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.maxVersions[protocol.ConsumerGroupHeartbeat] = 0
		c.script = refuse(protocol.ConsumerGroupHeartbeat, 1, protocol.ErrUnsupportedVersion)
		testConsumerGroupNotThere(t, c)
	})
}

func testConsumerGroupNotThere(t *testing.T, c *fakeCluster) {
	a := newConsumerApp(t, c, ConsumerGroupConfig{})
	a.group.Subscribe([]string{"t"})
	await(t, 10*second, "an event", func() bool { return a.last(Failed) != nil })
	var old *conn.FeatureError
	err := a.last(Failed).Err
	if !errors.As(err, &old) || old.Since != "4.0" || !strings.Contains(err.Error(), "group.protocol=classic") || !strings.Contains(err.Error(), "group.version") {
		t.Errorf("the error is %v", err)
	}
	a.close()
}

// A static member leaves so that it can come back.
func TestConsumerGroupStatic(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newConsumerApp(t, c, ConsumerGroupConfig{InstanceID: "i"})
		a.group.Subscribe([]string{"t"})
		awaitOwners(t, 10*second, 6, a)
		if err := a.group.Unsubscribe(context.Background()); err != nil {
			t.Fatal(err)
		}
		reqs := heartbeats(c, "")
		if last := reqs[len(reqs)-1]; last.MemberEpoch != protocol.RejoinMemberEpoch || *last.InstanceID != "i" {
			t.Errorf("left by %+v", last)
		}
		a.group.Subscribe([]string{"t"})
		awaitOwners(t, 10*second, 6, a)
		a.close()
	})
}

// A commit that the member's epoch has overtaken is made under the next one, if
// the member has had the partition all the time.
func TestConsumerGroupCommit(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newConsumerApp(t, c, ConsumerGroupConfig{})
		a.group.Subscribe([]string{"t"})
		awaitOwners(t, 10*second, 6, a)
		offsets := NewOffsets(a.client, "g", a.group.Generation)
		tp := parts("t-0")[0]
		c.consumer.set(func() { // before the member hears of it
			c.consumer.assign()
			c.consumer.members[a.group.Generation().MemberID].epoch++
		})
		if err := offsets.Commit(context.Background(), map[cluster.TopicPartition]OffsetAndMetadata{tp: {Offset: 7}}); err != nil {
			t.Errorf("a commit of a partition that the member keeps: %v", err)
		}
		stale := a.group.Generation()
		b := newConsumerApp(t, c, ConsumerGroupConfig{})
		b.group.Subscribe([]string{"t"})
		await(t, 30*second, "three partitions each", func() bool { return len(a.partitions()) == 3 && len(b.partitions()) == 3 })
		late := NewOffsets(a.client, "g", func() Generation { return stale })
		lost := b.partitions()[0]
		err := late.Commit(context.Background(), map[cluster.TopicPartition]OffsetAndMetadata{lost: {Offset: 9}})
		var failed *CommitFailedError
		if !errors.As(err, &failed) {
			t.Errorf("a late commit of a partition that another member has: %v", err)
		}
		kept := a.partitions()[0]
		if err := late.Commit(context.Background(), map[cluster.TopicPartition]OffsetAndMetadata{kept: {Offset: 9}}); err != nil {
			t.Errorf("a late commit of a partition that the member has kept: %v", err)
		}
		if _, err := offsets.Fetch(context.Background(), []cluster.TopicPartition{kept}); err != nil {
			t.Errorf("fetch of offsets: %v", err)
		}
		a.close()
		b.close()
	})
}

// A member that has joined and waits for others to give up partitions hears of
// them soon; one that there are none for does not ask so often for ever.
func TestConsumerGroupExpectsPartitions(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a, b := newConsumerApp(t, c, ConsumerGroupConfig{}), newConsumerApp(t, c, ConsumerGroupConfig{})
		a.group.Subscribe([]string{"u"})
		awaitOwners(t, second, 2, a)
		pass(8 * second) // the next heartbeat tells to give up one
		b.group.Subscribe([]string{"u"})
		await(t, 3*second, "a partition each", func() bool { return len(a.partitions()) == 1 && len(b.partitions()) == 1 })
		b.close()
		idle := newConsumerApp(t, c, ConsumerGroupConfig{})
		idle.group.Subscribe([]string{"none"})
		pass(60 * second)
		if n := len(heartbeats(c, idle.group.Generation().MemberID)); n < 25 || n > 35 {
			t.Errorf("%d heartbeats in 60s by a member without partitions", n)
		}
		idle.close()
		a.close()
	})
}
