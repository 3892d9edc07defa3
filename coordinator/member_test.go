package coordinator

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// step is something that happens to a member, and what is to be seen then: the
// state, the action that it has begun, and the event that the application is to be
// told, or is at (in brackets).
type step struct {
	do   func(*member)
	want string
}

func look(m *member) string {
	actions := [...]string{doNothing: "-", doPause: "pause", doJoin: "join", doAssign: "assign", doSync: "sync", doLeave: "leave"}
	event := "-"
	if ev := m.event; ev != nil {
		event = ev.Kind.String() + fmt.Sprint(ev.Partitions)
		if m.delivered {
			event = "(" + event + ")"
		}
	}
	action := m.next()
	return fmt.Sprintf("%s %s %s", m.state, actions[action], event)
}

func play(t *testing.T, m *member, steps []step) {
	t.Helper()
	for i, s := range steps {
		s.do(m)
		if got := look(m); got != s.want {
			t.Fatalf("step %d: %q, want %q", i+1, got, s.want)
		}
	}
}

func parts(names ...string) []cluster.TopicPartition {
	tps := make([]cluster.TopicPartition, 0, len(names))
	for _, name := range names {
		topic, number, _ := strings.Cut(name, "-")
		var p int32
		fmt.Sscan(number, &p)
		tps = append(tps, cluster.TopicPartition{Topic: topic, Partition: p})
	}
	return tps
}

func code(c protocol.ErrorCode) error {
	return &protocol.BrokerError{Code: c, API: protocol.JoinGroup, Broker: "b:1", Partition: -1}
}

// What happens, as functions of a member.
var (
	errGone   = errors.New("gone")
	delivered = (*member).eventDelivered
	eventDone = (*member).eventDone
	pauseOver = (*member).pauseOver
	polled    = (*member).polled
	left      = (*member).left
)

func subscribe(topics ...string) func(*member) {
	return func(m *member) { m.subscribe(topics) }
}

func rejoin(reason string) func(*member) { return func(m *member) { m.rejoin(reason) } }

func joined(generation int32, id, leader string) func(*member) {
	return func(m *member) {
		name := "range"
		resp := &protocol.JoinGroupResponse{GenerationID: generation, MemberID: id, Leader: leader, ProtocolName: &name}
		if id == leader {
			resp.Members = []protocol.JoinGroupResponseMember{{MemberID: id}}
		}
		m.joined(resp)
	}
}

func joinFailed(c protocol.ErrorCode, id string) func(*member) {
	return func(m *member) { m.joinFailed(code(c), id) }
}

func divided(counts map[string]int) func(*member) {
	return func(m *member) { m.divided(nil, counts) }
}

func synced(tps ...string) func(*member) { return func(m *member) { m.synced(parts(tps...)) } }

func syncFailed(c protocol.ErrorCode) func(*member) {
	return func(m *member) { m.syncFailed(code(c)) }
}

func beatFailed(c protocol.ErrorCode) func(*member) {
	return func(m *member) { m.heartbeatFailed(code(c), m.generation) }
}

func sessionExpired(m *member) { m.sessionExpired(errGone) }
func pollExpired(m *member)    { m.pollExpired(errGone) }
func unsubscribe(m *member)    { m.unsubscribe("bye") }

// stable are the steps of a follower to its first assignment.
func stable(then ...step) []step {
	return append([]step{
		{subscribe("t"), "joining join -"},
		{joined(1, "m", "other"), "syncing sync -"},
		{synced("t-0", "t-1"), "stable - assign[t-0 t-1]"},
		{delivered, "stable - (assign[t-0 t-1])"},
		{eventDone, "stable - -"},
	}, then...)
}

func TestMember(t *testing.T) {
	tests := []struct {
		name  string
		steps []step
	}{
		{"nothing happens without a subscription", []step{
			{func(*member) {}, "unjoined - -"},
			{rejoin("why"), "unjoined - -"},
		}},
		{"a follower", stable()},
		{"the leader assigns first", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "m"), "syncing assign -"},
			{divided(map[string]int{"t": 2}), "syncing sync -"},
			{synced(), "stable - assign[]"},
		}},
		{"the given member id is used at once", []step{
			{subscribe("t"), "joining join -"},
			{joinFailed(protocol.ErrMemberIDRequired, "m-1"), "joining join -"},
			{func(m *member) { wantID(m, "m-1") }, "joining - -"},
			{joined(1, "m-1", "other"), "syncing sync -"},
		}},
		{"a member id that is required again and again does not make a hot loop", []step{
			{subscribe("t"), "joining join -"},
			{joinFailed(protocol.ErrMemberIDRequired, "m-1"), "joining join -"},
			{joinFailed(protocol.ErrMemberIDRequired, "m-2"), "unjoined pause -"},
			{func(m *member) { wantID(m, "m-2") }, "unjoined - -"},
			{pauseOver, "joining join -"},
		}},
		{"a rebalance: revoke, join, assign", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "preparing - revoke[t-0 t-1]"},
			step{beatFailed(protocol.ErrRebalanceInProgress), "preparing - revoke[t-0 t-1]"},
			step{delivered, "preparing - (revoke[t-0 t-1])"},
			step{eventDone, "joining join -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{synced("t-1"), "stable - assign[t-1]"},
		)},
		{"a member without partitions revokes nothing", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced(), "stable - assign[]"},
			{delivered, "stable - (assign[])"},
			{eventDone, "stable - -"},
			{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
		}},
		{"an assignment that was not delivered yet is overtaken by a rebalance", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0"), "stable - assign[t-0]"},
			{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			{joined(2, "m", "other"), "syncing sync -"},
			{synced("t-1"), "stable - assign[t-1]"},
		}},
		{"an assignment that the application is at is revoked after it", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0"), "stable - assign[t-0]"},
			{delivered, "stable - (assign[t-0])"},
			{beatFailed(protocol.ErrRebalanceInProgress), "stable - (assign[t-0])"},
			{eventDone, "preparing - revoke[t-0]"},
		}},
		{"put out: lost, then a new member", stable(
			step{beatFailed(protocol.ErrUnknownMemberID), "unjoined - lost[t-0 t-1]"},
			step{delivered, "unjoined - (lost[t-0 t-1])"},
			step{eventDone, "joining join -"},
			step{func(m *member) { wantID(m, "") }, "joining - -"},
		)},
		{"an old generation: lost, but the same member", stable(
			step{beatFailed(protocol.ErrIllegalGeneration), "unjoined - lost[t-0 t-1]"},
			step{delivered, "unjoined - (lost[t-0 t-1])"},
			step{eventDone, "joining join -"},
			step{func(m *member) { wantID(m, "m") }, "joining - -"},
		)},
		{"put out before the application saw the revocation: it is lost instead", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "preparing - revoke[t-0 t-1]"},
			step{beatFailed(protocol.ErrUnknownMemberID), "unjoined - lost[t-0 t-1]"},
		)},
		{"put out while the application is at the revocation: it knows already", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "preparing - revoke[t-0 t-1]"},
			step{delivered, "preparing - (revoke[t-0 t-1])"},
			step{beatFailed(protocol.ErrUnknownMemberID), "unjoined - (revoke[t-0 t-1])"},
			step{eventDone, "joining join -"},
		)},
		{"put out while the application is at the assignment: lost after it", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0"), "stable - assign[t-0]"},
			{delivered, "stable - (assign[t-0])"},
			{sessionExpired, "unjoined - (assign[t-0])"},
			{eventDone, "unjoined - lost[t-0]"},
			{delivered, "unjoined - (lost[t-0])"},
			{eventDone, "joining join -"},
		}},
		{"put out before the assignment was delivered: nobody is told", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0"), "stable - assign[t-0]"},
			{sessionExpired, "joining join -"},
		}},
		{"heartbeats of the leader that assigns", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "m"), "syncing assign -"},
			{beatFailed(protocol.ErrRebalanceInProgress), "syncing - -"},
			{beatFailed(protocol.ErrUnknownMemberID), "joining join -"},
		}},
		{"a passing heartbeat failure changes nothing", stable(
			step{beatFailed(protocol.ErrNotCoordinator), "stable - -"},
			step{beatFailed(protocol.ErrCoordinatorNotAvailable), "stable - -"},
			step{beatFailed(protocol.ErrCoordinatorLoadInProgress), "stable - -"},
			step{func(m *member) { m.heartbeatFailed(errors.New("io"), m.generation) }, "stable - -"},
			step{func(m *member) { m.heartbeatFailed(code(protocol.ErrUnknownMemberID), 0) }, "stable - -"},
		)},
		{"join failures that pass wait", []step{
			{subscribe("t"), "joining join -"},
			{joinFailed(protocol.ErrCoordinatorLoadInProgress, ""), "unjoined pause -"},
			{pauseOver, "joining join -"},
			{joinFailed(protocol.ErrNotCoordinator, ""), "unjoined pause -"},
			{pauseOver, "joining join -"},
			{joinFailed(protocol.ErrCoordinatorNotAvailable, ""), "unjoined pause -"},
			{pauseOver, "joining join -"},
			{joinFailed(protocol.ErrRebalanceInProgress, ""), "unjoined pause -"},
			{pauseOver, "joining join -"},
			{func(m *member) { m.joinFailed(errors.New("io"), "") }, "unjoined pause -"},
		}},
		{"join by an unknown member: at once as a new one, then slower", []step{
			{subscribe("t"), "joining join -"},
			{joinFailed(protocol.ErrUnknownMemberID, ""), "joining join -"},
			{joinFailed(protocol.ErrUnknownMemberID, ""), "unjoined pause -"},
		}},
		{"sync failures rejoin", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{syncFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			{func(m *member) { wantID(m, "m") }, "joining - -"},
			{joined(2, "m", "other"), "syncing sync -"},
			{syncFailed(protocol.ErrIllegalGeneration), "unjoined pause -"},
			{pauseOver, "joining join -"},
			{func(m *member) { wantID(m, "m") }, "joining - -"},
			{joined(3, "m", "other"), "syncing sync -"},
			{syncFailed(protocol.ErrUnknownMemberID), "unjoined pause -"},
			{func(m *member) { wantID(m, "") }, "unjoined - -"},
			{pauseOver, "joining join -"},
			{joined(4, "m2", "other"), "syncing sync -"},
			{syncFailed(protocol.ErrNotCoordinator), "unjoined pause -"},
			{pauseOver, "joining join -"},
			{joined(5, "m2", "other"), "syncing sync -"},
			{synced("t-0"), "stable - assign[t-0]"},
		}},
		{"failures in a row end with an assignment", []step{
			{subscribe("t"), "joining join -"},
			{joinFailed(protocol.ErrUnknownMemberID, ""), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced(), "stable - assign[]"},
			{rejoin("why"), "joining join -"},
			{joinFailed(protocol.ErrUnknownMemberID, ""), "joining join -"},
		}},
		{"the leader cannot assign right now", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "m"), "syncing assign -"},
			{func(m *member) { m.divideFailed(errors.New("no metadata")) }, "unjoined pause -"},
			{pauseOver, "joining join -"},
		}},
		{"the same subscription is nothing new", stable(
			step{subscribe("t", "t"), "stable - -"},
		)},
		{"another subscription is a rebalance", stable(
			step{subscribe("u", "t"), "preparing - revoke[t-0 t-1]"},
			step{subscribe("v"), "preparing - revoke[t-0 t-1]"},
			step{delivered, "preparing - (revoke[t-0 t-1])"},
			step{eventDone, "joining join -"},
			step{func(m *member) { wantTopics(m, "v") }, "joining - -"},
		)},
		{"another subscription while joining: the old assignment is not told", []step{
			{subscribe("t"), "joining join -"},
			{subscribe("u"), "joining - -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0"), "joining join -"},
			{func(m *member) { wantTopics(m, "u") }, "joining - -"},
		}},
		{"the application does not poll: it leaves, and is back when it polls", stable(
			step{pollExpired, "leaving leave lost[t-0 t-1]"},
			step{left, "unjoined - lost[t-0 t-1]"},
			step{delivered, "unjoined - (lost[t-0 t-1])"},
			step{eventDone, "unjoined - -"},
			step{polled, "joining join -"},
			step{func(m *member) { wantID(m, "") }, "joining - -"},
		)},
		{"the application is at an event for too long", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "preparing - revoke[t-0 t-1]"},
			step{delivered, "preparing - (revoke[t-0 t-1])"},
			step{pollExpired, "leaving leave (revoke[t-0 t-1])"},
			step{left, "unjoined - (revoke[t-0 t-1])"},
			step{polled, "unjoined - (revoke[t-0 t-1])"},
			step{eventDone, "joining join -"},
		)},
		{"unsubscribe leaves and tells nothing", stable(
			step{unsubscribe, "leaving leave -"},
			step{left, "unjoined - -"},
			step{subscribe("t"), "joining join -"},
		)},
		{"unsubscribe while joining cuts that short", []step{
			{subscribe("t"), "joining join -"},
			{joinFailed(protocol.ErrMemberIDRequired, "m"), "joining join -"},
			{unsubscribe, "leaving leave -"},
		}},
		{"unsubscribe of one that never had a member id", []step{
			{subscribe("t"), "joining join -"},
			{unsubscribe, "unjoined - -"},
			{subscribe("t"), "joining join -"},
		}},
		{"unsubscribe in a pause", []step{
			{subscribe("t"), "joining join -"},
			{joinFailed(protocol.ErrCoordinatorLoadInProgress, ""), "unjoined pause -"},
			{unsubscribe, "unjoined - -"},
			{subscribe("t"), "joining join -"},
		}},
		{"unsubscribe while the application is at an event", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "preparing - revoke[t-0 t-1]"},
			step{delivered, "preparing - (revoke[t-0 t-1])"},
			step{unsubscribe, "leaving leave -"},
		)},
		{"subscribe while leaving", stable(
			step{unsubscribe, "leaving leave -"},
			step{subscribe("t"), "leaving - -"},
			step{left, "joining join -"},
		)},
		{"put out by the poll interval, then unsubscribed", stable(
			step{pollExpired, "leaving leave lost[t-0 t-1]"},
			step{unsubscribe, "leaving - -"},
			step{left, "unjoined - -"},
		)},
		{"fenced: for good, until it subscribes again", stable(
			step{beatFailed(protocol.ErrFencedInstanceID), "fatal - failed[t-0 t-1]"},
			step{delivered, "fatal - (failed[t-0 t-1])"},
			step{eventDone, "fatal - -"},
			step{rejoin("why"), "fatal - -"},
			step{subscribe("t"), "joining join -"},
		)},
		{"failed while the application is at an event", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "preparing - revoke[t-0 t-1]"},
			step{delivered, "preparing - (revoke[t-0 t-1])"},
			step{beatFailed(protocol.ErrGroupAuthorizationFailed), "fatal - (revoke[t-0 t-1])"},
			step{eventDone, "fatal - failed[]"},
		)},
		{"subscribe after a failure that was not told: the partitions are lost", stable(
			step{beatFailed(protocol.ErrGroupAuthorizationFailed), "fatal - failed[t-0 t-1]"},
			step{subscribe("t"), "unjoined - lost[t-0 t-1]"},
			step{delivered, "unjoined - (lost[t-0 t-1])"},
			step{eventDone, "joining join -"},
		)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { play(t, newMember("", false), tt.steps) })
	}
}

// wantID and wantTopics stop the test if the member joins with something else.
func wantID(m *member, id string) {
	if m.memberID != id {
		panic(fmt.Sprintf("member id is %q, want %q", m.memberID, id))
	}
}

func wantTopics(m *member, topics ...string) {
	if fmt.Sprint(m.joinTopics) != fmt.Sprint(topics) {
		panic(fmt.Sprintf("joins with topics %v, want %v", m.joinTopics, topics))
	}
}

// Codes that no retry helps with make the member fail, with advice that names
// the setting.
func TestMemberFails(t *testing.T) {
	tests := []struct {
		code   protocol.ErrorCode
		advice string
	}{
		{protocol.ErrInvalidSessionTimeout, "session.timeout.ms"},
		{protocol.ErrInconsistentGroupProtocol, "partition.assignment.strategy"},
		{protocol.ErrGroupMaxSizeReached, "group.max.size"},
		{protocol.ErrGroupAuthorizationFailed, "READ"},
		{protocol.ErrInvalidGroupID, "group.id"},
		{protocol.ErrFencedInstanceID, `group.instance.id) "i"`},
		{protocol.ErrUnsupportedVersion, "UNSUPPORTED_VERSION"},
		{protocol.ErrUnknownServerError, "UNKNOWN_SERVER_ERROR"},
	}
	for _, tt := range tests {
		t.Run(tt.code.Name(), func(t *testing.T) {
			m := newMember("i", false)
			play(t, m, []step{
				{subscribe("t"), "joining join -"},
				{joinFailed(tt.code, ""), "fatal - failed[]"},
			})
			if err := m.event.Err; !errors.Is(err, tt.code) || !strings.Contains(err.Error(), tt.advice) || !strings.Contains(err.Error(), "b:1") {
				t.Errorf("error %q, want it to wrap %v and to name %s and the broker", err, tt.code, tt.advice)
			}
		})
	}
}

// A static member does not tell the coordinator that it leaves.
func TestStaticMember(t *testing.T) {
	for name, leaving := range map[string]func(*member){"unsubscribe": unsubscribe, "poll interval": pollExpired} {
		t.Run(name, func(t *testing.T) {
			m := newMember("i", false)
			play(t, m, stable())
			if leaving(m); m.next() != doNothing || m.state != Unjoined {
				t.Errorf("is %v and leaves", m.state)
			}
			if g := m.commits; !g.Unjoined || g.ID != -1 {
				t.Errorf("commits under %v", g)
			}
		})
	}
}

// The identity to commit under holds until the member is put out, and changes
// with the assignment.
func TestMemberCommits(t *testing.T) {
	m := newMember("i", false)
	check := func(want Generation) {
		t.Helper()
		if got := m.commits; !sameIdentity(got, want) {
			t.Errorf("commits under %#v, want %#v", m.commits, want)
		}
	}
	first := Generation{ID: 1, MemberID: "m", InstanceID: "i", Protocol: "range"}
	check(Generation{ID: -1, Unjoined: true})
	play(t, m, stable())
	check(first)
	play(t, m, []step{
		{rejoin("why"), "preparing - revoke[t-0 t-1]"},
		{delivered, "preparing - (revoke[t-0 t-1])"},
		{eventDone, "joining join -"},
		{joined(2, "m", "other"), "syncing sync -"},
	})
	check(first)
	play(t, m, []step{{synced("t-0"), "stable - assign[t-0]"}})
	check(Generation{ID: 2, MemberID: "m", InstanceID: "i", Protocol: "range"})
	play(t, m, []step{{beatFailed(protocol.ErrIllegalGeneration), "joining join -"}})
	check(Generation{ID: -1, InstanceID: "i", Unjoined: true})
}

// The leader rejoins when a topic has other partitions than it assigned, and
// only for what is known.
func TestMemberWatchesTopics(t *testing.T) {
	counts := map[string]int{"t": 2, "u": 3}
	known := map[string]bool{"t": true, "u": true}
	count := func(topic string) (int, bool) { return counts[topic], known[topic] }
	m := newMember("", false)
	play(t, m, []step{
		{subscribe("t"), "joining join -"},
		{joined(1, "m", "m"), "syncing assign -"},
		{divided(map[string]int{"t": 2, "u": 3}), "syncing sync -"},
		{synced(), "stable - assign[]"},
		{delivered, "stable - (assign[])"},
		{eventDone, "stable - -"},
		{func(m *member) { m.countsChanged(count) }, "stable - -"},
		{func(m *member) { counts["u"], known["u"] = 0, false; m.countsChanged(count) }, "stable - -"},
		{func(m *member) { counts["u"], known["u"] = 4, true; m.countsChanged(count) }, "joining join -"},
	})
	if want := "topic u has 4 partitions instead of 3"; m.joinedBy != want {
		t.Errorf("joins because %q, want %q", m.joinedBy, want)
	}
	play(t, m, []step{
		{joined(2, "m", "other"), "syncing sync -"},
		{synced(), "stable - assign[]"},
		{func(m *member) { counts["t"] = 9; m.countsChanged(count) }, "stable - assign[]"},
	})
}

// A group of another type cannot be joined.
func TestMemberOtherProtocolType(t *testing.T) {
	m := newMember("", false)
	connect := "connect"
	play(t, m, []step{
		{subscribe("t"), "joining join -"},
		{func(m *member) { m.joined(&protocol.JoinGroupResponse{ProtocolType: &connect}) }, "fatal - failed[]"},
	})
}

// Heartbeats are due while the coordinator holds no request of the member.
func TestMemberHeartbeating(t *testing.T) {
	m := newMember("", false)
	check := func(want bool) {
		t.Helper()
		if got := m.heartbeating(); got != want {
			t.Errorf("%v: heartbeating is %v, want %v", m.state, got, want)
		}
	}
	check(false)
	play(t, m, []step{{subscribe("t"), "joining join -"}})
	check(false)
	play(t, m, []step{{joined(1, "m", "m"), "syncing assign -"}})
	check(true)
	play(t, m, []step{{divided(nil), "syncing sync -"}})
	check(false)
	play(t, m, []step{{synced("t-0"), "stable - assign[t-0]"}, {delivered, "stable - (assign[t-0])"}})
	check(true)
	play(t, m, []step{{eventDone, "stable - -"}, {rejoin("why"), "preparing - revoke[t-0]"}, {delivered, "preparing - (revoke[t-0])"}})
	check(true)
	play(t, m, []step{{eventDone, "joining join -"}})
	check(false)
}

// sameIdentity compares what a commit tells.
func sameIdentity(a, b Generation) bool {
	a.epochs, b.epochs = nil, nil
	return a == b
}
