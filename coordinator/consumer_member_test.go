package coordinator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// consumerStep is something that happens to a consumerMember, and what is to be
// seen then: the state, what it sends (join, beat with what it has, leave) or
// waits for, and the event that the application is to be told, or is at (in
// brackets).
type consumerStep struct {
	do   func(*consumerMember)
	want string
}

func lookAt(m *consumerMember) string {
	event := "-"
	if ev := m.event; ev != nil {
		event = ev.Kind.String() + fmt.Sprint(ev.Partitions)
		if m.delivered {
			event = "(" + event + ")"
		}
	}
	state, doing := m.where(), "-"
	switch m.next() {
	case doPause:
		doing = "pause"
	case doLeave:
		doing = fmt.Sprintf("leave%d", m.farewell().MemberEpoch)
	case doBeat:
		req := m.heartbeat()
		switch {
		case req.MemberEpoch == 0:
			doing = fmt.Sprintf("join%v", req.SubscribedTopicNames)
		case req.SubscribedTopicNames != nil:
			doing = fmt.Sprintf("all%v%s", req.SubscribedTopicNames, hasOf(req))
		default:
			doing = "beat" + hasOf(req)
		}
	}
	return fmt.Sprintf("%s %s %s", state, doing, event)
}

// hasOf shows what a heartbeat tells that the member has.
func hasOf(req *protocol.ConsumerGroupHeartbeatRequest) string {
	if req.TopicPartitions == nil {
		return ""
	}
	names := map[wire.UUID]string{topicID("t"): "t", topicID("u"): "u", topicID("t2"): "t2"}
	return fmt.Sprint(topicPartitions(newTarget(req.TopicPartitions).named(names)))
}

// assigning returns a response with an assignment. A topic that is named t2 is
// called t, too, as if it had been deleted and made again.
func assigning(epoch int32, tps ...string) func(*consumerMember) {
	return func(m *consumerMember) {
		byTopic := make(map[string][]int32)
		for _, tp := range parts(tps...) {
			byTopic[tp.Topic] = append(byTopic[tp.Topic], tp.Partition)
		}
		a := &protocol.ConsumerGroupHeartbeatResponseAssignment{}
		for topic, list := range byTopic {
			a.TopicPartitions = append(a.TopicPartitions, protocol.AssignedTopic{TopicID: topicID(topic), Partitions: list})
		}
		m.beaten(&protocol.ConsumerGroupHeartbeatResponse{MemberEpoch: epoch, Assignment: a})
	}
}

func unchanged(epoch int32) func(*consumerMember) {
	return func(m *consumerMember) { m.beaten(&protocol.ConsumerGroupHeartbeatResponse{MemberEpoch: epoch}) }
}

func naming(names map[string]string) func(*consumerMember) {
	return func(m *consumerMember) {
		ids := make(map[wire.UUID]string)
		for of, name := range names {
			ids[topicID(of)] = name
		}
		m.learn(ids)
	}
}

func refused(c protocol.ErrorCode) func(*consumerMember) {
	return func(m *consumerMember) { m.beatFailed(code(c)) }
}

func wanting(topics ...string) func(*consumerMember) {
	return func(m *consumerMember) { m.subscribe(topicFilter{topics: topics}) }
}

var (
	taken   = (*consumerMember).eventDelivered
	done    = (*consumerMember).eventDone
	waited  = (*consumerMember).pauseOver
	due     = (*consumerMember).beatDue
	gone    = (*consumerMember).left
	backNow = (*consumerMember).polled
	tooSlow = func(m *consumerMember) { m.pollExpired(errGone) }
	quit    = func(m *consumerMember) { m.unsubscribe("bye") }
	known   = naming(map[string]string{"t": "t", "u": "u", "t2": "t"})
)

// settled are the steps of a member to its first assignment, and after it.
func settled(then ...consumerStep) []consumerStep {
	return append([]consumerStep{
		{wanting("t"), "joining join[t] -"},
		{assigning(1, "t-0", "t-1"), "reconciling - -"},
		{known, "reconciling - assign[t-0 t-1]"},
		{taken, "reconciling - (assign[t-0 t-1])"},
		{done, "acknowledging beat[t-0 t-1] -"},
		{unchanged(1), "stable - -"},
	}, then...)
}

func TestConsumerMember(t *testing.T) {
	tests := map[string][]consumerStep{
		"an idle heartbeat tells nothing": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{unchanged(1), "stable - -"}),
		"what goes goes first, and is told before what comes is taken": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(1, "t-1", "u-0"), "reconciling - revoke[t-0]"},
			consumerStep{known, "reconciling - revoke[t-0]"},
			consumerStep{taken, "reconciling - (revoke[t-0])"},
			consumerStep{done, "reconciling beat[t-1] assign[t-1 u-0]"}, // which the heartbeat withdraws
			consumerStep{unchanged(1), "reconciling - assign[t-1 u-0]"},
			consumerStep{taken, "reconciling - (assign[t-1 u-0])"},
			consumerStep{done, "acknowledging beat[t-1 u-0] -"}),
		"a partition moves": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(1, "t-1"), "reconciling - revoke[t-0]"},
			consumerStep{due, "reconciling beat revoke[t-0]"}, // heartbeats go on
			consumerStep{unchanged(1), "reconciling - revoke[t-0]"},
			consumerStep{taken, "reconciling - (revoke[t-0])"},
			consumerStep{due, "reconciling beat (revoke[t-0])"},
			consumerStep{unchanged(1), "reconciling - (revoke[t-0])"},
			consumerStep{done, "acknowledging beat[t-1] -"},
			consumerStep{unchanged(2), "stable - -"},
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(3, "t-1", "t-2"), "reconciling - assign[t-1 t-2]"},
			consumerStep{taken, "reconciling - (assign[t-1 t-2])"},
			consumerStep{done, "acknowledging beat[t-1 t-2] -"}),
		"a target that comes back before the application heard of it": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(1, "t-1"), "reconciling - revoke[t-0]"},
			consumerStep{due, "reconciling beat revoke[t-0]"},
			consumerStep{assigning(2, "t-0", "t-1"), "acknowledging beat[t-0 t-1] -"},
			consumerStep{unchanged(2), "stable - -"}),
		"a target that comes back while the application gives up": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(1, "t-1"), "reconciling - revoke[t-0]"},
			consumerStep{taken, "reconciling - (revoke[t-0])"},
			consumerStep{due, "reconciling beat (revoke[t-0])"},
			consumerStep{assigning(2, "t-0", "t-1"), "reconciling - (revoke[t-0])"},
			consumerStep{done, "reconciling beat[t-1] assign[t-0 t-1]"},
			consumerStep{unchanged(2), "reconciling - assign[t-0 t-1]"},
			consumerStep{taken, "reconciling - (assign[t-0 t-1])"},
			consumerStep{done, "acknowledging beat[t-0 t-1] -"}),
		"a topic that was deleted and made again": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(2, "t2-0"), "reconciling - revoke[t-0 t-1]"},
			consumerStep{taken, "reconciling - (revoke[t-0 t-1])"},
			consumerStep{done, "reconciling beat[] -"},
			consumerStep{known, "acknowledging - -"}, // the coordinator is hearing that the member has nothing
			consumerStep{unchanged(2), "reconciling - assign[t-0]"},
			consumerStep{taken, "reconciling - (assign[t-0])"},
			consumerStep{done, "acknowledging beat[t2-0] -"}),
		"topics without a name do not hold up others": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(2, "t-0", "t-1", "t-2", "u-0"), "reconciling - assign[t-0 t-1 t-2]"},
			consumerStep{taken, "reconciling - (assign[t-0 t-1 t-2])"},
			consumerStep{done, "reconciling beat[t-0 t-1 t-2] -"},
			consumerStep{unchanged(2), "reconciling - -"},
			consumerStep{known, "reconciling - assign[t-0 t-1 t-2 u-0]"}),
		"a topic without a name is not told to be given up": {
			{wanting("t"), "joining join[t] -"},
			{assigning(1), "reconciling - assign[]"},
			{taken, "reconciling - (assign[])"},
			{done, "acknowledging beat[] -"},
			{unchanged(1), "stable - -"},
			{due, "stable beat -"},
			{assigning(1, "t-0"), "reconciling - -"},
			{known, "reconciling - assign[t-0]"},
		},
		"what a heartbeat tells to be given up is not taken": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(2, "t-0", "t-1", "t-2"), "reconciling - assign[t-0 t-1 t-2]"},
			consumerStep{due, "reconciling beat assign[t-0 t-1 t-2]"},
			consumerStep{refused(protocol.ErrNotCoordinator), "acknowledging pause -"},
			consumerStep{waited, "acknowledging all[t][t-0 t-1] -"},
			consumerStep{assigning(3, "t-0", "t-1"), "acknowledging beat[t-0 t-1] -"}),
		"what is being taken is told to be had": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(2, "t-0", "t-1", "t-2"), "reconciling - assign[t-0 t-1 t-2]"},
			consumerStep{taken, "reconciling - (assign[t-0 t-1 t-2])"},
			consumerStep{(*consumerMember).rejoin, "reconciling all[t][t-0 t-1 t-2] (assign[t-0 t-1 t-2])"}),
		"an empty assignment": {
			{wanting("t"), "joining join[t] -"},
			{assigning(1), "reconciling - assign[]"},
			{taken, "reconciling - (assign[])"},
			{done, "acknowledging beat[] -"},
			{unchanged(1), "stable - -"},
		},
		"another subscription": settled(
			consumerStep{wanting("t", "u"), "acknowledging all[t u][t-0 t-1] -"},
			consumerStep{assigning(2, "t-0", "t-1"), "stable - -"},
			consumerStep{wanting("t", "u"), "stable - -"},
			consumerStep{wanting(), "acknowledging all[][t-0 t-1] -"},
			consumerStep{assigning(3), "reconciling - revoke[t-0 t-1]"}),
		"failures that pass": {
			{wanting("t"), "joining join[t] -"},
			{refused(protocol.ErrCoordinatorLoadInProgress), "joining pause -"},
			{waited, "joining join[t] -"},
			{refused(protocol.ErrNotCoordinator), "joining pause -"},
			{wanting("u"), "joining - -"}, // no sooner
			{waited, "joining join[u] -"},
			{assigning(1, "t-0"), "reconciling - -"},
			{due, "reconciling beat -"},
			{refused(protocol.ErrNotCoordinator), "reconciling pause -"},
			{waited, "reconciling all[u][] -"},
			{unchanged(1), "reconciling - -"},
		},
		"an epoch that there cannot be": {
			{wanting("t"), "joining join[t] -"},
			{unchanged(0), "joining pause -"},
		},
		"fenced": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{refused(protocol.ErrFencedMemberEpoch), "fenced - lost[t-0 t-1]"},
			consumerStep{taken, "fenced - (lost[t-0 t-1])"},
			consumerStep{done, "joining join[t] -"},
			consumerStep{assigning(5, "t-0"), "reconciling - -"},
			consumerStep{refusedOnce(protocol.ErrUnknownMemberID), "joining pause -"}, // had nothing, and not at once again
			consumerStep{waited, "joining join[t] -"}),
		"fenced while the application gives up": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(1, "t-1"), "reconciling - revoke[t-0]"},
			consumerStep{taken, "reconciling - (revoke[t-0])"},
			consumerStep{due, "reconciling beat (revoke[t-0])"},
			consumerStep{refused(protocol.ErrUnknownMemberID), "fenced - (revoke[t-0])"},
			consumerStep{done, "fenced - lost[t-1]"},
			consumerStep{taken, "fenced - (lost[t-1])"},
			consumerStep{done, "joining join[t] -"}),
		"fenced while the application takes": {
			{wanting("t"), "joining join[t] -"},
			{assigning(1, "t-0"), "reconciling - -"},
			{known, "reconciling - assign[t-0]"},
			{taken, "reconciling - (assign[t-0])"},
			{due, "reconciling beat[t-0] (assign[t-0])"},
			{refused(protocol.ErrUnknownMemberID), "fenced - (assign[t-0])"},
			{done, "fenced - lost[t-0]"},
		},
		"the application is too slow": settled(
			consumerStep{tooSlow, "leaving leave-1 lost[t-0 t-1]"},
			consumerStep{gone, "stale - lost[t-0 t-1]"},
			consumerStep{taken, "stale - (lost[t-0 t-1])"},
			consumerStep{done, "stale - -"},
			consumerStep{backNow, "joining join[t] -"}),
		"the application is back before the coordinator has answered": settled(
			consumerStep{tooSlow, "leaving leave-1 lost[t-0 t-1]"},
			consumerStep{backNow, "leaving - lost[t-0 t-1]"},
			consumerStep{gone, "fenced - lost[t-0 t-1]"}),
		"unsubscribed": settled(
			consumerStep{quit, "leaving leave-1 -"},
			consumerStep{wanting("u"), "leaving - -"},
			consumerStep{gone, "joining join[u] -"},
			consumerStep{quit, "leaving leave-1 -"}, // the coordinator may know the member already
			consumerStep{gone, "unjoined - -"},
			consumerStep{quit, "unjoined - -"}),
		"unsubscribed while the application gives up": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{assigning(1, "t-1"), "reconciling - revoke[t-0]"},
			consumerStep{taken, "reconciling - (revoke[t-0])"},
			consumerStep{quit, "leaving leave-1 -"},
			consumerStep{gone, "unjoined - -"}),
		"failed, and subscribed anew": settled(
			consumerStep{wanting("u"), "acknowledging all[u][t-0 t-1] -"},
			consumerStep{refused(protocol.ErrTopicAuthorizationFailed), "fatal leave-1 failed[t-0 t-1]"},
			consumerStep{wanting("t"), "leaving - lost[t-0 t-1]"},
			consumerStep{taken, "leaving - (lost[t-0 t-1])"},
			consumerStep{done, "leaving - -"},
			consumerStep{gone, "joining join[t] -"}),
		"another has taken the place": settled(
			consumerStep{due, "stable beat -"},
			consumerStep{refused(protocol.ErrFencedInstanceID), "fatal - failed[t-0 t-1]"},
			consumerStep{taken, "fatal - (failed[t-0 t-1])"},
			consumerStep{done, "fatal - -"},
			consumerStep{wanting("t"), "joining join[t] -"}),
		"told everything on demand": settled(
			consumerStep{(*consumerMember).rejoin, "acknowledging all[t][t-0 t-1] -"}),
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			m := newConsumerMember(ConsumerGroupConfig{GroupID: "g", RebalanceTimeout: time.Minute}, "m")
			for i, s := range tests[name] {
				s.do(m)
				if got := lookAt(m); got != s.want {
					t.Fatalf("step %d: %q, want %q", i+1, got, s.want)
				}
			}
		})
	}
}

// refusedOnce sends a heartbeat, which fails.
func refusedOnce(c protocol.ErrorCode) func(*consumerMember) {
	return func(m *consumerMember) {
		m.beatDue()
		m.next()
		m.beatFailed(code(c))
	}
}

// Commits are renewed as long as the member has the partitions.
func TestEpochs(t *testing.T) {
	e := newEpochs()
	offsets := func(tps ...string) map[cluster.TopicPartition]OffsetAndMetadata {
		m := make(map[cluster.TopicPartition]OffsetAndMetadata)
		for _, tp := range parts(tps...) {
			m[tp] = OffsetAndMetadata{}
		}
		return m
	}
	check := func(of int32, tps []string, want int32) {
		t.Helper()
		g, ok := e.renew(Generation{ID: of}, offsets(tps...))
		if !ok && want != 0 || ok && g.ID != want {
			t.Errorf("a commit of epoch %d of %v is renewed to %d, %v, want %d", of, tps, g.ID, ok, want)
		}
	}
	e.enter(3)
	e.assign(parts("t-0", "t-1"))
	e.enter(4)
	check(3, []string{"t-0", "t-1"}, 4)
	e.revoke(parts("t-1"))
	check(3, []string{"t-0"}, 4)
	check(3, []string{"t-0", "t-1"}, 0)
	e.enter(5)
	e.assign(parts("t-0", "t-1"))
	check(3, []string{"t-1"}, 0) // another may have had it meanwhile
	check(5, []string{"t-1"}, 5)
	check(3, []string{"t-0"}, 5)
	check(5, []string{"u-0"}, 0)
	e.end()
	check(5, []string{"t-0"}, 0)
}

func TestConsumerGroupConfig(t *testing.T) {
	_, err := NewConsumerGroup(&cluster.Client{}, ConsumerGroupConfig{RebalanceTimeout: -1, RetryBackoff: -1})
	for _, want := range []string{"GroupID (group.id) is empty", "RebalanceTimeout (max.poll.interval.ms) is -1ns", "RetryBackoff (retry.backoff.ms) is -1ns"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want it to tell %q", err, want)
		}
	}
}
