package coordinator

import (
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
)

// claims stops the test if the member told other partitions to be its own when it
// joined.
func claims(names ...string) func(*member) {
	return func(m *member) {
		if fmt.Sprint(m.claimed) != fmt.Sprint(parts(names...)) {
			panic(fmt.Sprintf("claims %v, want %v", m.claimed, names))
		}
	}
}

// The rules of KIP-429.
func TestCooperativeMember(t *testing.T) {
	tests := []struct {
		name  string
		steps []step
	}{
		{"a rebalance that changes nothing", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{claims("t-0", "t-1"), "joining - -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{synced("t-0", "t-1"), "stable - assign[t-0 t-1]"},
			step{delivered, "stable - (assign[t-0 t-1])"},
			step{eventDone, "stable - -"},
		)},
		{"what is another's now is given up after the rebalance, then the member joins again", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{synced("t-1"), "preparing - revoke[t-0]"},
			step{delivered, "preparing - (revoke[t-0])"},
			step{eventDone, "joining join assign[t-1]"},
			step{claims("t-1"), "joining - assign[t-1]"},
			step{delivered, "joining - (assign[t-1])"},
			step{eventDone, "joining - -"},
			step{joined(3, "m", "other"), "syncing sync -"},
			step{synced("t-1"), "stable - assign[t-1]"},
		)},
		{"what is added needs no second rebalance", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{synced("t-0", "t-1", "t-2"), "stable - assign[t-0 t-1 t-2]"},
		)},
		{"an application that is slow to take its partitions does not hold up a rebalance", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0", "t-1"), "stable - assign[t-0 t-1]"},
			{beatFailed(protocol.ErrRebalanceInProgress), "joining join assign[t-0 t-1]"},
			{claims("t-0", "t-1"), "joining - assign[t-0 t-1]"},
			{joined(2, "m", "other"), "syncing sync assign[t-0 t-1]"},
			{synced("t-1"), "joining join assign[t-1]"},
		}},
		{"an application that is at its partitions gives them up later", []step{
			{subscribe("t"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0", "t-1"), "stable - assign[t-0 t-1]"},
			{delivered, "stable - (assign[t-0 t-1])"},
			{beatFailed(protocol.ErrRebalanceInProgress), "joining join (assign[t-0 t-1])"},
			{joined(2, "m", "other"), "syncing sync (assign[t-0 t-1])"},
			{synced("t-1"), "stable - (assign[t-0 t-1])"},
			{eventDone, "preparing - revoke[t-0]"},
			{delivered, "preparing - (revoke[t-0])"},
			{eventDone, "joining join assign[t-1]"},
		}},
		{"a topic that is not wanted any more is given up before the member joins", []step{
			{subscribe("t", "u"), "joining join -"},
			{joined(1, "m", "other"), "syncing sync -"},
			{synced("t-0", "u-0"), "stable - assign[t-0 u-0]"},
			{delivered, "stable - (assign[t-0 u-0])"},
			{eventDone, "stable - -"},
			{subscribe("t"), "preparing - revoke[u-0]"},
			{delivered, "preparing - (revoke[u-0])"},
			{eventDone, "joining join -"},
			{claims("t-0"), "joining - -"},
			{joined(2, "m", "other"), "syncing sync -"},
			{synced("t-0"), "stable - assign[t-0]"},
		}},
		{"partitions are kept while joining fails, and while the group begins anew", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joinFailed(protocol.ErrCoordinatorNotAvailable, ""), "joining pause -"},
			step{pauseOver, "joining join -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{syncFailed(protocol.ErrRebalanceInProgress), "joining pause -"},
			step{pauseOver, "joining join -"},
			step{claims("t-0", "t-1"), "joining - -"},
			step{joined(3, "m", "other"), "syncing sync -"},
			step{synced("t-0", "t-1"), "stable - assign[t-0 t-1]"},
		)},
		{"put out while joining: all is lost", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joinFailed(protocol.ErrUnknownMemberID, ""), "unjoined - lost[t-0 t-1]"},
			step{delivered, "unjoined - (lost[t-0 t-1])"},
			step{eventDone, "joining join -"},
			step{claims(), "joining - -"},
			step{func(m *member) { wantID(m, "") }, "joining - -"},
		)},
		{"the group went on without the member: all is lost", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{syncFailed(protocol.ErrIllegalGeneration), "unjoined - lost[t-0 t-1]"},
			step{delivered, "unjoined - (lost[t-0 t-1])"},
			step{eventDone, "joining join -"},
			step{claims(), "joining - -"},
		)},
		{"the session ends while joining: all is lost", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joinFailed(protocol.ErrCoordinatorNotAvailable, ""), "joining pause -"},
			step{sessionExpired, "unjoined - lost[t-0 t-1]"},
		)},
		{"put out: lost, and nothing is claimed", stable(
			step{beatFailed(protocol.ErrUnknownMemberID), "unjoined - lost[t-0 t-1]"},
			step{delivered, "unjoined - (lost[t-0 t-1])"},
			step{eventDone, "joining join -"},
			step{claims(), "joining - -"},
		)},
		{"put out while the application gives up a part: the rest is lost", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{synced("t-1"), "preparing - revoke[t-0]"},
			step{delivered, "preparing - (revoke[t-0])"},
			step{beatFailed(protocol.ErrUnknownMemberID), "unjoined - (revoke[t-0])"},
			step{eventDone, "unjoined - lost[t-1]"},
		)},
		{"the application does not poll: leave, lost", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joined(2, "m", "other"), "syncing sync -"},
			step{synced("t-1"), "preparing - revoke[t-0]"},
			step{pollExpired, "leaving leave lost[t-0 t-1]"},
			step{left, "unjoined - lost[t-0 t-1]"},
		)},
		{"refused while joining: failed", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{joinFailed(protocol.ErrInconsistentGroupProtocol, ""), "fatal - failed[t-0 t-1]"},
		)},
		{"unsubscribe while joining", stable(
			step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"},
			step{unsubscribe, "leaving leave -"},
			step{left, "unjoined - -"},
		)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { play(t, newMember("", true), tt.steps) })
	}
}

// What a cooperative member keeps, it commits under the generation of its last
// assignment: the coordinator takes that until the next is made.
func TestCooperativeMemberCommits(t *testing.T) {
	m := newMember("", true)
	check := func(id int32) {
		t.Helper()
		if m.commits.ID != id || m.commits.Unjoined != (id < 0) {
			t.Errorf("%v: commits under %#v, want generation %d", m.state, m.commits, id)
		}
	}
	play(t, m, stable(step{beatFailed(protocol.ErrRebalanceInProgress), "joining join -"}))
	check(1)
	play(t, m, []step{{joined(2, "m", "other"), "syncing sync -"}})
	check(1)
	play(t, m, []step{{syncFailed(protocol.ErrRebalanceInProgress), "joining join -"}})
	check(1)
	play(t, m, []step{{joined(3, "m", "other"), "syncing sync -"}, {synced("t-0"), "preparing - revoke[t-1]"}})
	check(3)
	play(t, m, []step{{sessionExpired, "unjoined - lost[t-0 t-1]"}})
	check(-1)
}
