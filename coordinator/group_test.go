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
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/protocol"
)

func TestOneMember(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		if g := a.group.Generation(); g.ID != 1 || g.MemberID == "" || g.Protocol != "range" || g.Unjoined {
			t.Errorf("generation is %#v", g)
		}
		before := c.count(protocol.Heartbeat)
		pass(30 * second)
		if n := c.count(protocol.Heartbeat) - before; n < 9 || n > 11 {
			t.Errorf("%d heartbeats in 30s, want one each 3s", n)
		}
		joins := all[*protocol.JoinGroupRequest](c)
		if len(joins) != 2 || joins[0].MemberID != "" || joins[1].MemberID != a.group.Generation().MemberID {
			t.Errorf("%d joins, want one without and one with the id (KIP-394)", len(joins))
		}
		a.close()
		leaves := all[*protocol.LeaveGroupRequest](c)
		if len(leaves) != 1 || !strings.Contains(*leaves[0].Members[0].Reason, "closed") {
			t.Errorf("left %d times", len(leaves))
		}
		if len(c.group.memberIDs()) != 0 || a.group.State() != Unjoined || !a.group.Generation().Unjoined {
			t.Errorf("after close: %v, members %v", a.group.State(), c.group.memberIDs())
		}
		if _, open := <-a.group.Events(); open {
			t.Error("an event after Close")
		}
		a.callClosed()
	})
}

// Four members share; one leaves, one dies, one comes: the others take over at
// the next heartbeat, after the session timeout, at the next heartbeat.
func TestFourMembers(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		var apps []*app
		for range 4 {
			a := newApp(t, c, Config{})
			a.group.Subscribe([]string{"t"})
			apps = append(apps, a)
		}
		awaitShares(t, 35*second, 6, apps...)
		for _, a := range apps {
			if n := len(a.partitions()); n < 1 || n > 2 {
				t.Errorf("a member has %d of 6 partitions", n)
			}
		}
		apps[1].close()
		rest := []*app{apps[0], apps[2], apps[3]}
		if took := awaitShares(t, 10*second, 6, rest...); took > 4*second {
			t.Errorf("the partitions of a member that left were without owner for %v", took)
		}
		apps[2].crash()
		rest = []*app{apps[0], apps[3]}
		if took := awaitShares(t, 60*second, 6, rest...); took < 40*second || took > 50*second {
			t.Errorf("the partitions of a member that died went on after %v, want SessionTimeout of 45s", took)
		}
		late := newApp(t, c, Config{})
		late.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, append(rest, late)...)
		for _, a := range append(rest, late) {
			if a.last(Lost) != nil || a.last(Failed) != nil {
				t.Errorf("events %s", a.kinds())
			}
			a.close()
		}
	})
}

// The coordinator moves: heartbeats find it, and nobody is told.
func TestCoordinatorMoves(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		c.move(2)
		pass(5 * time.Minute)
		if g := a.group.Generation().ID; g != 1 || a.kinds() != "[assign]" || len(c.group.memberIDs()) != 1 {
			t.Errorf("generation %d, events %s", g, a.kinds())
		}
		a.close()
	})
}

// The coordinator dies, in the middle of a rebalance or between, and another
// broker takes over some seconds later.
func TestCoordinatorDies(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		c.set(func() { c.coordinator = -1 })
		c.kill(0)
		pass(20 * second)
		c.move(1)
		pass(60 * second)
		if a.kinds() != "[assign]" || a.group.Generation().ID != 1 {
			t.Errorf("while stable: generation %d, events %s", a.group.Generation().ID, a.kinds())
		}
		a.holdEvents(Revoke)
		b := newApp(t, c, Config{})
		b.group.Subscribe([]string{"t"})
		ev := <-a.held
		c.set(func() { c.coordinator = -1 })
		c.kill(1)
		pass(second)
		ev.Done()
		pass(5 * second)
		c.move(2)
		awaitShares(t, 30*second, 6, a, b)
		a.close()
		b.close()
	})
}

// The coordinator hangs while it holds JoinGroup or SyncGroup, and another takes
// over: the member does not wait for RebalanceTimeout.
func TestCoordinatorHangs(t *testing.T) {
	for _, key := range []protocol.APIKey{protocol.JoinGroup, protocol.SyncGroup} {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.script = func(req protocol.Request) protocol.Response {
				if req.APIKey() == key {
					c.set(func() { c.mute[0] = true })
				}
				return nil
			}
			a := newApp(t, c, Config{})
			a.group.Subscribe([]string{"t"})
			await(t, 10*second, "the request", func() bool { return c.count(key) == 1 })
			c.set(func() { c.script = nil })
			c.move(1)
			awaitShares(t, 10*second, 6, a)
			a.close()
		})
	}
}

// No answer for longer than the session: the partitions are lost, and come back
// from the coordinator that there is then.
func TestSessionExpires(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{SessionTimeout: 6 * second})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		c.set(func() { c.mute[0] = true })
		time.AfterFunc(3*second, func() { c.move(1) }) // while a heartbeat waits for the old one
		took := await(t, 10*second, "lost", func() bool { return a.last(Lost) != nil })
		if took < 2*second || took > 7*second {
			t.Errorf("lost after %v, want SessionTimeout of 6s", took)
		}
		if ev := a.last(Lost); !errors.Is(ev.Err, ErrSessionExpired) || !strings.Contains(ev.Err.Error(), "session.timeout.ms") || len(ev.Partitions) != 6 {
			t.Errorf("lost %v: %v", ev.Partitions, ev.Err)
		}
		awaitShares(t, 5*second, 6, a)
		a.close()
	})
}

// A heartbeat that is not answered is sent again before the session ends, on
// another connection or to another coordinator.
func TestHeartbeatIsLost(t *testing.T) {
	for name, mend := range map[string]func(*fakeCluster){
		"the connection is dead":    func(c *fakeCluster) { c.set(func() { c.mute[0] = false }) },
		"the coordinator has moved": func(c *fakeCluster) { c.move(1) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *fakeCluster) {
				a := newApp(t, c, Config{SessionTimeout: 30 * second})
				a.group.Subscribe([]string{"t"})
				awaitShares(t, 10*second, 6, a)
				c.set(func() { c.mute[0] = true })
				time.AfterFunc(4*second, func() { mend(c) }) // while a heartbeat waits
				pass(time.Minute)
				if a.kinds() != "[assign]" {
					t.Errorf("events %s, last %v", a.kinds(), a.last(Lost))
				}
				a.close()
			})
		})
	}
}

// An application that does not poll for RebalanceTimeout leaves the group, is
// told why, and comes back when it polls.
func TestPollInterval(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{HeartbeatInterval: 40 * second})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		pass(10 * time.Minute)
		if a.kinds() != "[assign]" {
			t.Errorf("an application that polls: events %s", a.kinds())
		}
		a.poll(false)
		took := await(t, 10*time.Minute, "lost", func() bool { return a.last(Lost) != nil })
		if took < 5*time.Minute-2*second || took > 5*time.Minute+second {
			t.Errorf("lost after %v, want RebalanceTimeout of 5m", took)
		}
		if err := a.last(Lost).Err; !errors.Is(err, ErrPollInterval) {
			t.Error(err)
		}
		if !a.log.has("WARN", "max.poll.interval.ms") {
			t.Error("no warning that names max.poll.interval.ms")
		}
		pass(time.Minute)
		if len(c.group.memberIDs()) != 0 || c.count(protocol.LeaveGroup) != 1 || a.group.State() != Unjoined {
			t.Errorf("still there: %v, %v", c.group.memberIDs(), a.group.State())
		}
		a.poll(true)
		awaitShares(t, 10*second, 6, a)
		a.close()
	})
}

// While the application gives up its partitions, heartbeats go on and commits
// work, however many heartbeats tell of the rebalance.
func TestRevokeWaits(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		a.holdEvents(Revoke)
		b := newApp(t, c, Config{})
		b.group.Subscribe([]string{"t"})
		ev := <-a.held
		if len(ev.Partitions) != 6 || ev.Err != nil {
			t.Errorf("revokes %v", ev.Partitions)
		}
		before := c.count(protocol.Heartbeat)
		pass(60 * second)
		if n := c.count(protocol.Heartbeat) - before; n < 18 {
			t.Errorf("%d heartbeats in 60s", n)
		}
		offsets := NewOffsets(a.client, "g", a.group.Generation)
		tp := cluster.TopicPartition{Topic: "t", Partition: 3}
		if err := offsets.Commit(context.Background(), map[cluster.TopicPartition]OffsetAndMetadata{tp: {Offset: 7}}); err != nil {
			t.Errorf("commit before Done: %v", err)
		}
		if len(b.partitions()) != 0 {
			t.Error("another member has partitions already")
		}
		ev.Done()
		ev.Done()
		awaitShares(t, 5*second, 6, a, b)
		if a.kinds() != "[assign revoke assign]" {
			t.Errorf("events %s", a.kinds())
		}
		a.close()
		b.close()
	})
}

// An application that is at an assignment while the group rebalances gives it up
// afterwards.
func TestAssignIsOvertaken(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.holdEvents(Assign)
		a.group.Subscribe([]string{"t"})
		ev := <-a.held
		b := newApp(t, c, Config{})
		b.group.Subscribe([]string{"t"})
		pass(30 * second)
		a.mu.Lock()
		a.hold = nil
		a.mu.Unlock()
		ev.Done()
		awaitShares(t, 10*second, 6, a, b)
		if a.kinds() != "[assign revoke assign]" {
			t.Errorf("events %s", a.kinds())
		}
		a.close()
		b.close()
	})
}

// A member that the coordinator has put out is told and joins as a new one.
func TestEvicted(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		id := a.group.Generation().MemberID
		c.group.evict(id)
		await(t, 5*second, "lost", func() bool { return a.last(Lost) != nil })
		awaitShares(t, 10*second, 6, a)
		if !errors.Is(a.last(Lost).Err, protocol.ErrUnknownMemberID) || a.group.Generation().MemberID == id {
			t.Errorf("lost: %v; is %v again", a.last(Lost).Err, a.group.Generation())
		}
		a.close()
	})
}

// A static member that restarts is the same to the group, and does not leave
// it; a second one with the same instance id puts it out for good.
func TestStaticMembers(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{InstanceID: "one"})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		a.close()
		if n := c.count(protocol.LeaveGroup); n != 0 || len(c.group.memberIDs()) != 1 {
			t.Errorf("left %d times", n)
		}
		b := newApp(t, c, Config{InstanceID: "one"})
		b.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, b)
		fencer := newApp(t, c, Config{InstanceID: "one"})
		fencer.group.Subscribe([]string{"t"})
		await(t, 10*second, "failed", func() bool { return b.last(Failed) != nil })
		if ev := b.last(Failed); !errors.Is(ev.Err, protocol.ErrFencedInstanceID) || !strings.Contains(ev.Err.Error(), `"one"`) || len(ev.Partitions) != 6 {
			t.Errorf("failed: %v, %v", ev.Err, ev.Partitions)
		}
		if b.group.State() != Fatal {
			t.Errorf("is %v", b.group.State())
		}
		awaitShares(t, 10*second, 6, fencer)
		b.close()
		fencer.close()
	})
}

// The reason of a rebalance is in the JoinGroup that starts it (KIP-800).
func TestRejoinReasons(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		reason := func() string {
			joins := all[*protocol.JoinGroupRequest](c)
			return *joins[len(joins)-1].Reason
		}
		a.group.Rejoin("the operator wants it " + strings.Repeat("é", 200))
		await(t, 10*second, "another generation", func() bool { return a.group.Generation().ID == 2 })
		if r := reason(); !strings.HasPrefix(r, "the operator wants it") || len(r) > 255 {
			t.Errorf("reason %q of %d bytes", r, len(r))
		}
		a.group.Subscribe([]string{"t", "u"})
		awaitShares(t, 10*second, 8, a)
		if !strings.Contains(reason(), "subscription") {
			t.Errorf("reason %q", reason())
		}
		c.set(func() { c.topics["u"] = 5 })
		awaitShares(t, 10*time.Minute, 11, a)
		if !strings.Contains(reason(), "topic u has 5 partitions instead of 2") {
			t.Errorf("reason %q", reason())
		}
		generation := a.group.Generation().ID
		c.set(func() { c.topics["u"] = -1 }) // which passes
		pass(12 * time.Minute)
		if g := a.group.Generation().ID; g != generation {
			t.Errorf("generation %d since a topic had no leaders: %s", g, reason())
		}
		c.set(func() { delete(c.topics, "u") })
		awaitShares(t, 10*time.Minute, 6, a)
		a.close()
	})
}

// The leader assigns topics that others subscribed to, and watches them.
func TestLeaderOfOtherTopics(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a, b := newApp(t, c, Config{}), newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		b.group.Subscribe([]string{"u"})
		awaitShares(t, 10*second, 8, a, b)
		if len(b.partitions()) != 2 {
			t.Errorf("has %v", b.partitions())
		}
		a.client.SetTopics([]string{"t"}) // as a consumer may, who does not know of the leader's
		c.set(func() { c.topics["u"] = 3 })
		awaitShares(t, 10*time.Minute, 9, a, b)
		a.close()
		b.close()
	})
}

// Brokers of all times: JoinGroup from 0 (before 0.10.1) to 9.
func TestOldBrokers(t *testing.T) {
	for version := range int16(10) {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.set(func() {
				c.maxVersions[protocol.JoinGroup] = version
				c.maxVersions[protocol.SyncGroup] = min(version, 5)
				c.maxVersions[protocol.Heartbeat] = min(version, 4)
				c.maxVersions[protocol.LeaveGroup] = min(version, 5)
				c.maxVersions[protocol.FindCoordinator] = min(version, 4)
			})
			a := newApp(t, c, Config{SessionTimeout: 10 * second, RebalanceTimeout: 10 * second})
			a.group.Subscribe([]string{"t"})
			awaitShares(t, 10*second, 6, a)
			a.close()
			if len(c.group.memberIDs()) != 0 {
				t.Errorf("JoinGroup v%d: did not leave", version)
			}
		})
	}
}

// There are no groups before Kafka 0.9, nor coordinators before 0.8.2.
func TestGroupsOfOldBrokers(t *testing.T) {
	for _, missing := range []protocol.APIKey{protocol.JoinGroup, protocol.FindCoordinator} {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.set(func() { c.maxVersions[missing] = -1 })
			a := newApp(t, c, Config{})
			a.group.Subscribe([]string{"t"})
			await(t, 10*second, "failed", func() bool { return a.last(Failed) != nil })
			var lack *conn.FeatureError
			if err := a.last(Failed).Err; !errors.As(err, &lack) || lack.Since != "0.9" || !strings.Contains(err.Error(), "node") {
				t.Errorf("without %s: error %v", missing, err)
			}
			a.close()
		})
	}
}

// Brokers before Kafka 0.10.1 do not allow the default session timeout.
func TestSessionOfOldBrokers(t *testing.T) {
	for _, tt := range []struct {
		cfg     Config
		version int16
		want    []time.Duration // of the requests; the last one succeeds if there are two
	}{
		{Config{}, 0, []time.Duration{45 * second, 30 * second}},
		{Config{}, 1, []time.Duration{45 * second}},
		{Config{SessionTimeout: 40 * second}, 0, []time.Duration{40 * second}},
		{Config{HeartbeatInterval: 31 * second}, 0, []time.Duration{45 * second}},
	} {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.set(func() {
				c.maxVersions[protocol.JoinGroup] = tt.version
				c.script = refuse(protocol.JoinGroup, 1, protocol.ErrInvalidSessionTimeout)
			})
			a := newApp(t, c, tt.cfg)
			a.group.Subscribe([]string{"t"})
			if len(tt.want) == 1 {
				await(t, 10*second, "failed", func() bool { return a.last(Failed) != nil })
			} else {
				awaitShares(t, 10*second, 6, a)
			}
			var got []time.Duration
			for _, req := range all[*protocol.JoinGroupRequest](c) {
				got = append(got, time.Duration(req.SessionTimeoutMs)*time.Millisecond)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%+v, JoinGroup v%d: session timeouts are %v, want %v", tt.cfg, tt.version, got, tt.want)
			}
			a.close()
		})
	}
}

// What a broker refuses for good is told with the setting to change, and a new
// Subscribe tries again.
func TestJoinIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.script = refuse(protocol.JoinGroup, 1, protocol.ErrInvalidSessionTimeout)
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		await(t, 10*second, "failed", func() bool { return a.last(Failed) != nil })
		if err := a.last(Failed).Err; !errors.Is(err, protocol.ErrInvalidSessionTimeout) || !strings.Contains(err.Error(), "30s") || !strings.Contains(err.Error(), "node0:9092") ||
			!strings.Contains(err.Error(), "group g with session timeout 45s and assignors range,cooperative-sticky") {
			t.Errorf("error %q", err)
		}
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		a.close()
	})
}

// Brokers before 2.3 know no static members, which the error says.
func TestStaticMemberOfOldBroker(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.set(func() { c.maxVersions[protocol.JoinGroup] = 4 })
		a := newApp(t, c, Config{InstanceID: "one"})
		a.group.Subscribe([]string{"t"})
		await(t, 10*second, "failed", func() bool { return a.last(Failed) != nil })
		if err := a.last(Failed).Err; !strings.Contains(err.Error(), "group.instance.id) need brokers of Kafka 2.3") {
			t.Error(err)
		}
		a.close()
	})
}

// Errors that pass cost time, and nothing else.
func TestPassingErrors(t *testing.T) {
	for _, tt := range []struct {
		key  protocol.APIKey
		code protocol.ErrorCode
	}{
		{protocol.JoinGroup, protocol.ErrCoordinatorLoadInProgress},
		{protocol.JoinGroup, protocol.ErrNotCoordinator},
		{protocol.JoinGroup, protocol.ErrUnknownMemberID},
		{protocol.SyncGroup, protocol.ErrCoordinatorNotAvailable},
		{protocol.SyncGroup, protocol.ErrRebalanceInProgress},
		{protocol.SyncGroup, protocol.ErrIllegalGeneration},
		{protocol.Heartbeat, protocol.ErrCoordinatorLoadInProgress},
		{protocol.Heartbeat, protocol.ErrNotCoordinator},
	} {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.script = refuse(tt.key, 4, tt.code)
			a := newApp(t, c, Config{})
			a.group.Subscribe([]string{"t"})
			awaitShares(t, 30*second, 6, a)
			pass(30 * second)
			if a.kinds() != "[assign]" {
				t.Errorf("%v %v: events %s", tt.key, tt.code.Name(), a.kinds())
			}
			a.close()
		})
	}
}

// Unsubscribe leaves, also in the middle of a JoinGroup, which the coordinator
// holds.
func TestUnsubscribe(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		await(t, second, "joining", func() bool { return len(c.group.memberIDs()) == 1 })
		ctx, cancel := context.WithTimeout(context.Background(), second)
		defer cancel()
		if err := a.group.Unsubscribe(ctx); err != nil {
			t.Error(err)
		}
		if len(c.group.memberIDs()) != 0 {
			t.Error("still a member")
		}
		pass(20 * second)
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		if err := a.group.Unsubscribe(context.Background()); err != nil {
			t.Error(err)
		}
		if len(c.group.memberIDs()) != 0 || a.kinds() != "[assign]" {
			t.Errorf("members %v, events %s", c.group.memberIDs(), a.kinds())
		}
		c.set(func() { c.mute[0] = true })
		a.group.Subscribe([]string{"t"})
		a.close()
	})
}

// The leader waits for no back-off: it takes metadata of just now as they are, and
// asks for others at once.
func TestLeaderDoesNotWaitForMetadata(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.client.AddTopics("t")
		if _, err := a.client.WaitTopic(within(t, 10*second), "t"); err != nil {
			t.Fatal(err)
		}
		for _, age := range []time.Duration{0, second} {
			pass(age)
			asked, begin := c.count(protocol.Metadata), time.Now()
			topics, err := a.group.(*Group).topics(within(t, 10*second), []assignors.Member{{Topics: []string{"t"}}})
			if err != nil || len(topics) != 1 || len(topics[0].Partitions) != 6 {
				t.Errorf("topics %v, %v", topics, err)
			}
			if took := time.Since(begin); took > 10*time.Millisecond {
				t.Errorf("with metadata %v old, the leader took %v to know them", age, took)
			}
			if n := c.count(protocol.Metadata) - asked; n != int(age/second) {
				t.Errorf("with metadata %v old, the leader asked %d times", age, n)
			}
		}
		a.close()
	})
}
