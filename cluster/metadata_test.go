package cluster

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// respond returns the answer of a cluster of brokers 0 (foo:12) and 1 (bar:34),
// as kafka-python's tests have it.
func respond(topics ...protocol.MetadataResponseTopic) *protocol.MetadataResponse {
	return &protocol.MetadataResponse{
		Brokers: []protocol.MetadataResponseBroker{
			{NodeID: 0, Host: "foo", Port: 12},
			{NodeID: 1, Host: "bar", Port: 34, Rack: ptr("r1")},
		},
		ClusterID:    ptr("the-cluster"),
		ControllerID: 1,
		Topics:       topics,
	}
}

// topicOf returns a topic whose partitions have these leaders.
func topicOf(name string, leaders ...int32) protocol.MetadataResponseTopic {
	t := protocol.MetadataResponseTopic{Name: &name}
	for i, leader := range leaders {
		t.Partitions = append(t.Partitions, protocol.MetadataResponsePartition{
			PartitionIndex: int32(i), LeaderID: leader, LeaderEpoch: 5, ReplicaNodes: []int32{0, 1}, ISRNodes: []int32{1},
		})
	}
	return t
}

func failedTopic(name string, code protocol.ErrorCode) protocol.MetadataResponseTopic {
	return protocol.MetadataResponseTopic{Name: &name, ErrorCode: code}
}

func ptr[T any](v T) *T { return &v }

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// found returns the value of a lookup that must know it.
func found[T any](t *testing.T, what string) func(v T, ok bool) T {
	return func(v T, ok bool) T {
		t.Helper()
		if !ok {
			t.Errorf("%s is not known", what)
		}
		return v
	}
}

func TestMetadataLookups(t *testing.T) {
	m := NewMetadata(Config{})
	if m.PartitionsForTopic("a") != nil || m.PartitionsForBroker(0) != nil || len(m.Brokers()) != 0 {
		t.Error("empty metadata know something")
	}
	if _, ok := m.LeaderForPartition(TopicPartition{"a", 0}); ok {
		t.Error("the leader of an unknown partition is known")
	}
	internal := topicOf("__consumer_offsets", 1)
	internal.IsInternal = true
	a := topicOf("a", 0, -1, 1)
	slices.Reverse(a.Partitions) // brokers promise no order
	if err := m.Update(respond(a, internal, failedTopic("secret", protocol.ErrTopicAuthorizationFailed),
		failedTopic("a b", protocol.ErrInvalidTopicException), failedTopic("new", protocol.ErrLeaderNotAvailable))); err != nil {
		t.Fatal(err)
	}
	equal(t, "partitions", m.PartitionsForTopic("a"), []int32{0, 1, 2})
	equal(t, "available partitions", m.AvailablePartitionsForTopic("a"), []int32{0, 2})
	equal(t, "leader", found[int32](t, "a-2")(m.LeaderForPartition(TopicPartition{"a", 2})), 1)
	equal(t, "no leader", found[int32](t, "a-1")(m.LeaderForPartition(TopicPartition{"a", 1})), NoNode)
	if _, ok := m.LeaderForPartition(TopicPartition{"a", 3}); ok {
		t.Error("a-3 is known")
	}
	equal(t, "partitions of broker 1", m.PartitionsForBroker(1), []TopicPartition{{"__consumer_offsets", 0}, {"a", 2}})
	equal(t, "partitions of broker 9", m.PartitionsForBroker(9), []TopicPartition(nil))
	equal(t, "topics", m.Topics(true), []string{"a"})
	equal(t, "topics with internal ones", m.Topics(false), []string{"__consumer_offsets", "a"})
	equal(t, "partitions of a failed topic", m.PartitionsForTopic("new"), []int32(nil))
	equal(t, "brokers", m.Brokers(), []Node{{ID: 0, Host: "foo", Port: 12}, {ID: 1, Host: "bar", Port: 34, Rack: "r1"}})
	equal(t, "controller", found[Node](t, "controller")(m.Controller()).Addr(), "bar:34")

	s := m.Snapshot()
	equal(t, "cluster id", s.ClusterID, "the-cluster")
	equal(t, "internal topics", s.InternalTopics(), []string{"__consumer_offsets"})
	equal(t, "unauthorized topics", s.UnauthorizedTopics(), []string{"secret"})
	equal(t, "invalid topics", s.InvalidTopics(), []string{"a b"})
	if node, epoch, ok := s.Leader(TopicPartition{"a", 2}); node != 1 || epoch != 5 || !ok {
		t.Errorf("Leader: got %d, %d, %v", node, epoch, ok)
	}
	for _, tp := range []TopicPartition{{"a", 1}, {"a", 3}, {"a", -1}, {"new", 0}, {"b", 0}} {
		if node, _, ok := s.Leader(tp); ok || node != NoNode {
			t.Errorf("%v is led by %d", tp, node)
		}
	}
	p, _ := found[*Topic](t, "a")(s.Topic("a")).Partition(2)
	equal(t, "partition", *p, Partition{Partition: 2, Leader: 1, LeaderEpoch: 5, Replicas: []int32{0, 1}, ISR: []int32{1}})
	if topic, ok := s.Topic("new"); !ok || topic.Err != protocol.ErrLeaderNotAvailable {
		t.Errorf("failed topic: got %+v, %v", topic, ok)
	}
	names := 0
	for topic := range s.Topics() {
		equal(t, topic.Name, topic.Err, protocol.ErrNone)
		names++
	}
	equal(t, "topics that have partitions", names, 2)
}

func TestLeaderAllocatesNothing(t *testing.T) {
	m := NewMetadata(Config{})
	_ = m.Update(respond(topicOf("a", 0, 1)))
	tp := TopicPartition{"a", 1}
	if n := testing.AllocsPerRun(100, func() { m.Snapshot().Leader(tp) }); n != 0 {
		t.Errorf("Leader allocates %v times", n)
	}
}

// A gap in the partitions is a broken answer, but must not mislead.
func TestPartitionsWithGapsAndTwins(t *testing.T) {
	m := NewMetadata(Config{})
	topic := topicOf("a", 0, 1, 0, 1)
	topic.Partitions[0].PartitionIndex = 7
	topic.Partitions[2].PartitionIndex = 3
	_ = m.Update(respond(topic))
	equal(t, "partitions", m.PartitionsForTopic("a"), []int32{1, 3, 7})
	equal(t, "leader of the last twin", found[int32](t, "a-3")(m.LeaderForPartition(TopicPartition{"a", 3})), 1)
	if _, _, ok := m.Snapshot().Leader(TopicPartition{"a", 0}); ok {
		t.Error("a-0 is known")
	}
}

func TestTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetadata(Config{})
		equal(t, "before the first update", m.TTL(), 0)
		_ = m.Update(respond(topicOf("a", 0)))
		equal(t, "after an update", m.TTL(), 5*time.Minute)
		equal(t, "back-off", m.RefreshBackoff(), 100*time.Millisecond)
		pass(30 * time.Millisecond)
		m.RequestUpdate()
		equal(t, "wanted 30 ms after an update", m.TTL(), 70*time.Millisecond)
		pass(70 * time.Millisecond)
		equal(t, "wanted 100 ms after an update", m.TTL(), 0)
		_ = m.Update(respond(topicOf("a", 0)))
		equal(t, "after the next update", m.TTL(), 5*time.Minute)
		pass(5*time.Minute - time.Second)
		equal(t, "almost too old", m.TTL(), time.Second)
		pass(time.Hour)
		equal(t, "too old", m.TTL(), 0)
		m.FailedUpdate(errors.New("no"))
		between(t, "after a failure", m.TTL(), 80*time.Millisecond, 120*time.Millisecond)
		pass(time.Hour)
		equal(t, "long after a failure", m.TTL(), 0)
	})
}

func TestTTLOfOwnSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetadata(Config{RetryBackoff: 3 * time.Second, MetadataMaxAge: time.Minute})
		_ = m.Update(respond())
		equal(t, "ttl", m.TTL(), time.Minute)
		m.RequestUpdate()
		equal(t, "ttl when wanted", m.TTL(), 3*time.Second)
	})
}

// pass lets virtual time go by.
func pass(d time.Duration) { <-time.After(d) }

func between(t *testing.T, what string, got, low, high time.Duration) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s: got %v, want %v to %v", what, got, low, high)
	}
}

func TestBackoffGrowsWithFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetadata(Config{})
		for _, want := range []time.Duration{100, 200, 400, 800, 1000, 1000} {
			want *= time.Millisecond
			m.FailedUpdate(errors.New("no"))
			between(t, "back-off", m.RefreshBackoff(), want*8/10, want*12/10)
			equal(t, "TTL", m.TTL(), m.RefreshBackoff())
		}
		_ = m.Update(respond())
		equal(t, "back-off after a success", m.RefreshBackoff(), 100*time.Millisecond)
		for _, want := range []time.Duration{100, 200, 400} { // a topic that stays open
			want *= time.Millisecond
			_ = m.UpdatePartial(respond(failedTopic("a", protocol.ErrUnknownTopicOrPartition), topicOf("b", 0)))
			between(t, "back-off of an open topic", m.TTL(), want*8/10, want*12/10)
		}
		m.requestSome(true)
		equal(t, "TTL with a new topic", m.TTL(), 0)
		m.FailedUpdate(errors.New("no"))
		m.requestSome(true)
		if m.TTL() == 0 {
			t.Error("a new topic does away with the back-off of a failure")
		}
		_ = m.Update(respond(topicOf("a", 0)))
		_ = m.UpdatePartial(respond(failedTopic("a", protocol.ErrUnknownTopicOrPartition), topicOf("b", 0)))
		between(t, "back-off of a topic that is open again", m.TTL(), 80*time.Millisecond, 120*time.Millisecond)
	})
}

func TestRequestUpdateIsShared(t *testing.T) {
	m := NewMetadata(Config{})
	first := m.RequestUpdate()
	if m.RequestUpdate() != first {
		t.Error("two requests before an update do not share its outcome")
	}
	if first.Err() != nil {
		t.Error("an update that is not done has an error")
	}
	no := errors.New("no")
	m.FailedUpdate(no)
	if err := first.Wait(t.Context()); err != no {
		t.Errorf("outcome: got %v, want %v", err, no)
	}
	second := m.RequestUpdate()
	if second == first {
		t.Fatal("a request after an update shares the outcome of that one")
	}
	_ = m.Update(respond())
	if err := second.Wait(t.Context()); err != nil {
		t.Errorf("outcome: %v", err)
	}
}

// Who asks while an update is under way needs another one: what made him ask may
// have happened after the broker was asked.
func TestRequestDuringAnUpdateWantsAnother(t *testing.T) {
	m := NewMetadata(Config{})
	first := m.RequestUpdate()
	if !m.begin() {
		t.Error("the first update is not of all topics")
	}
	second := m.RequestUpdate()
	_ = m.Update(respond())
	<-first.Done()
	select {
	case <-second.Done():
		t.Fatal("a request was answered by an update that had begun before")
	default:
	}
	m.begin()
	_ = m.Update(respond())
	<-second.Done()
}

func TestUpdateOfOneFailedTopicFails(t *testing.T) {
	for _, tt := range []struct {
		code  protocol.ErrorCode
		again bool
	}{
		{protocol.ErrUnknownTopicOrPartition, true},
		{protocol.ErrLeaderNotAvailable, true},
		{protocol.ErrTopicAuthorizationFailed, false},
		{protocol.ErrInvalidTopicException, false},
	} {
		t.Run(tt.code.Name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := NewMetadata(Config{})
				f := m.RequestUpdate()
				err := m.Update(respond(failedTopic("a", tt.code)))
				if !errors.Is(err, tt.code) || !errors.Is(f.Err(), tt.code) {
					t.Errorf("Update: %v; future: %v", err, f.Err())
				}
				equal(t, "brokers", len(m.Brokers()), 2)
				equal(t, "asks again", m.TTL() < time.Second, tt.again)
			})
		})
	}
}

func TestTopLevelErrorFailsTheUpdate(t *testing.T) {
	m := NewMetadata(Config{})
	_ = m.Update(respond(topicOf("a", 0)))
	resp := respond()
	resp.ErrorCode = protocol.ErrRebootstrapRequired
	if err := m.Update(resp); !errors.Is(err, protocol.ErrRebootstrapRequired) {
		t.Errorf("got %v", err)
	}
	equal(t, "topics", m.Topics(true), []string{"a"})
}

// kafka-python 1.4.0 forgot all brokers then (fixed in 1.4.3).
func TestNoBrokersKeepsTheKnown(t *testing.T) {
	m := NewMetadata(Config{})
	_ = m.Update(respond())
	_ = m.Update(&protocol.MetadataResponse{ControllerID: -1})
	equal(t, "brokers", len(m.Brokers()), 2)
	equal(t, "controller", m.Snapshot().Controller, 1)
}

func TestUpdateForgetsWhatPartialKeeps(t *testing.T) {
	m := NewMetadata(Config{})
	_ = m.Update(respond(topicOf("a", 0)))
	_ = m.UpdatePartial(respond(topicOf("b", 0)))
	equal(t, "topics after a partial update", m.Topics(true), []string{"a", "b"})
	_ = m.Update(respond(topicOf("b", 0)))
	equal(t, "topics after a full update", m.Topics(true), []string{"b"})
}

func TestLeaderEpochs(t *testing.T) {
	one, two := wire.UUID{1}, wire.UUID{2}
	for _, tt := range []struct {
		name               string
		knownID, id        wire.UUID
		knownEpoch, epoch  int32
		leader, epochAfter int32 // known leader is 0, the answer's is 1
	}{
		{"newer", one, one, 5, 6, 1, 6},
		{"same", one, one, 5, 5, 1, 5},
		{"older", one, one, 5, 4, 0, 5},
		{"older, without ids", wire.UUID{}, wire.UUID{}, 5, 4, 0, 5},
		{"older, id only now", wire.UUID{}, one, 5, 4, 0, 5},
		{"older, of a topic created anew", one, two, 5, 0, 1, 0},
		{"answer without epoch", one, one, 5, -1, 1, -1},
		{"nothing known", one, one, -1, 0, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := NewMetadata(Config{})
			for _, answer := range []struct {
				id            wire.UUID
				leader, epoch int32
			}{{tt.knownID, 0, tt.knownEpoch}, {tt.id, 1, tt.epoch}} {
				topic := topicOf("a", answer.leader)
				topic.TopicID, topic.Partitions[0].LeaderEpoch = answer.id, answer.epoch
				_ = m.Update(respond(topic))
			}
			leader, epoch, _ := m.Snapshot().Leader(TopicPartition{"a", 0})
			if leader != tt.leader || epoch != tt.epochAfter {
				t.Errorf("got leader %d in epoch %d, want %d in %d", leader, epoch, tt.leader, tt.epochAfter)
			}
		})
	}
}

func TestTopicByID(t *testing.T) {
	m := NewMetadata(Config{})
	topic := topicOf("a", 0)
	topic.TopicID = wire.UUID{1}
	_ = m.Update(respond(topic))
	equal(t, "name", found[*Topic](t, "id 1")(m.Snapshot().TopicByID(wire.UUID{1})).Name, "a")
	topic.TopicID = wire.UUID{2}
	_ = m.UpdatePartial(respond(topic))
	if _, ok := m.Snapshot().TopicByID(wire.UUID{1}); ok {
		t.Error("the id of a deleted topic is known")
	}
	equal(t, "name", found[*Topic](t, "id 2")(m.Snapshot().TopicByID(wire.UUID{2})).Name, "a")
	if _, ok := m.Snapshot().TopicByID(wire.UUID{}); ok {
		t.Error("a topic has the zero id")
	}
}

func TestUpdateLeader(t *testing.T) {
	a0 := TopicPartition{"a", 0}
	for _, tt := range []struct {
		name      string
		tp        TopicPartition
		leader    int32
		epoch     int32
		endpoints []Node
		want      int32
	}{
		{"newer epoch", a0, 1, 6, nil, 1},
		{"same epoch", a0, 1, 5, nil, 0},
		{"older epoch", a0, 1, 4, nil, 0},
		{"unknown leader", a0, 7, 6, nil, 0},
		{"leader with endpoint", a0, 7, 6, []Node{{ID: 7, Host: "new", Port: 9}}, 7},
		{"no leader", a0, -1, 6, nil, 0},
		{"unknown partition", TopicPartition{"a", 1}, 1, 6, nil, 0},
		{"unknown topic", TopicPartition{"b", 0}, 1, 6, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := NewMetadata(Config{})
			_ = m.Update(respond(topicOf("a", 0)))
			before := m.Snapshot()
			m.UpdateLeader(tt.tp, tt.leader, tt.epoch, tt.endpoints...)
			leader, _, _ := m.Snapshot().Leader(a0)
			equal(t, "leader", leader, tt.want)
			for _, n := range tt.endpoints {
				equal(t, "node", found[Node](t, "node")(m.Broker(n.ID)), n)
			}
			if leader, _, _ := before.Leader(a0); leader != 0 {
				t.Error("an old snapshot changed")
			}
		})
	}
}

func TestCoordinators(t *testing.T) {
	m := NewMetadata(Config{})
	_ = m.Update(respond())
	if _, ok := m.CoordinatorForGroup("g"); ok {
		t.Error("a group that was never looked up has a coordinator")
	}
	for _, tt := range []struct {
		name string
		node Node
		code protocol.ErrorCode
		ok   bool
		want int32
	}{
		{"known node", Node{ID: 1, Host: "bar", Port: 34}, protocol.ErrNone, true, 1},
		{"error", Node{ID: -1}, protocol.ErrCoordinatorNotAvailable, false, NoNode},
		{"unknown node", Node{ID: 2, Host: "baz", Port: 56}, protocol.ErrNone, true, 2},
		{"other address", Node{ID: 1, Host: "bar", Port: 35}, protocol.ErrNone, false, 1},
	} {
		equal(t, tt.name, m.AddGroupCoordinator("g", tt.node, tt.code), tt.ok)
		equal(t, tt.name, found[int32](t, "group")(m.CoordinatorForGroup("g")), tt.want)
	}
	equal(t, "coordinator as a broker", found[Node](t, "node 2")(m.Broker(2)).Addr(), "baz:56")
	equal(t, "conflict", found[Node](t, "node 1")(m.Broker(1)).Addr(), "bar:34")
	if _, ok := m.Snapshot().Coordinator(TransactionCoordinator, "g"); ok {
		t.Error("a transactional id shares its coordinator with a group")
	}
	_ = m.Update(respond())
	equal(t, "coordinator after an update", found[Node](t, "node 2")(m.Broker(2)).Addr(), "baz:56")
	m.forgetCoordinator(GroupCoordinator, "g")
	if _, ok := m.CoordinatorForGroup("g"); ok {
		t.Error("a forgotten coordinator is known")
	}
}

func TestListeners(t *testing.T) {
	m := NewMetadata(Config{})
	var calls []string
	var again *UpdateFuture
	m.AddListener(func(s *Snapshot) {
		calls = append(calls, "first "+s.ClusterID)
		if again == nil {
			again = m.RequestUpdate()
			s2 := respond(topicOf("a", 0))
			s2.ClusterID = ptr("second")
			_ = m.Update(s2) // from within: comes after this snapshot
		}
	})
	remove := m.AddListener(func(s *Snapshot) { calls = append(calls, "last "+s.ClusterID) })
	f := m.RequestUpdate()
	_ = m.Update(respond())
	equal(t, "calls", calls, []string{"first the-cluster", "last the-cluster", "first second", "last second"})
	<-f.Done()
	<-again.Done()
	remove()
	remove()
	calls = nil
	m.UpdateLeader(TopicPartition{"a", 0}, 1, 6)
	m.UpdateLeader(TopicPartition{"a", 0}, 1, 6) // changes nothing
	equal(t, "calls after removal", calls, []string{"first second"})
}

func TestWithPartitions(t *testing.T) {
	m := NewMetadata(Config{})
	_ = m.Update(respond(topicOf("a", 0)))
	c := m.WithPartitions(map[string][]Partition{
		"a": {{Partition: 1, Leader: 1}},
		"b": {{Partition: 0, Leader: 1}},
	})
	equal(t, "partitions", c.PartitionsForTopic("a"), []int32{0, 1})
	equal(t, "partitions of broker 1", c.PartitionsForBroker(1), []TopicPartition{{"a", 1}, {"b", 0}})
	equal(t, "topics of the original", m.Topics(true), []string{"a"})
	equal(t, "partitions of the original", m.PartitionsForTopic("a"), []int32{0})
}
