package assignors

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func topic(name string, partitions int) Topic {
	t := Topic{Name: name}
	for p := range partitions {
		t.Partitions = append(t.Partitions, Partition{Partition: int32(p)})
	}
	return t
}

func member(id string, topics ...string) Member {
	return Member{ID: id, Topics: topics, Generation: -1}
}

// The expected shares are those of Java's RangeAssignorTest and
// RoundRobinAssignorTest (names of the cases as there) and of kafka-python.
func TestVectors(t *testing.T) {
	type shares map[string]Partitions
	tests := []struct {
		name     string
		assignor Assignor
		topics   []Topic
		members  []Member
		want     shares
	}{
		{"kafka-python range", Range(),
			[]Topic{topic("t0", 3), topic("t1", 3)},
			[]Member{member("C0", "t0", "t1"), member("C1", "t0", "t1")},
			shares{"C0": {"t0": {0, 1}, "t1": {0, 1}}, "C1": {"t0": {2}, "t1": {2}}}},
		{"kafka-python roundrobin", RoundRobin(),
			[]Topic{topic("t0", 3), topic("t1", 3)},
			[]Member{member("C0", "t0", "t1"), member("C1", "t0", "t1")},
			shares{"C0": {"t0": {0, 2}, "t1": {1}}, "C1": {"t0": {1}, "t1": {0, 2}}}},
		{"range OneConsumerNoTopic", Range(), nil,
			[]Member{member("c")}, shares{"c": {}}},
		{"range OnlyAssignsPartitionsFromSubscribedTopics", Range(),
			[]Topic{topic("other", 3), topic("topic", 3)},
			[]Member{member("c", "topic")}, shares{"c": {"topic": {0, 1, 2}}}},
		{"range TwoConsumersOneTopicOnePartition", Range(),
			[]Topic{topic("topic", 1)},
			[]Member{member("c2", "topic"), member("c1", "topic")},
			shares{"c1": {"topic": {0}}, "c2": {}}},
		{"range MultipleConsumersMixedTopics", Range(),
			[]Topic{topic("topic1", 3), topic("topic2", 2)},
			[]Member{member("c1", "topic1"), member("c2", "topic1", "topic2"), member("c3", "topic1")},
			shares{"c1": {"topic1": {0}}, "c2": {"topic1": {1}, "topic2": {0, 1}}, "c3": {"topic1": {2}}}},
		{"roundrobin MultipleConsumersMixedTopics", RoundRobin(),
			[]Topic{topic("topic1", 3), topic("topic2", 2)},
			[]Member{member("c1", "topic1"), member("c2", "topic1", "topic2"), member("c3", "topic1")},
			shares{"c1": {"topic1": {0}}, "c2": {"topic1": {1}, "topic2": {0, 1}}, "c3": {"topic1": {2}}}},
		{"roundrobin a topic nobody wants", RoundRobin(),
			[]Topic{topic("a", 2), topic("b", 2)},
			[]Member{member("c1", "b"), member("c2", "b")},
			shares{"c1": {"b": {0}}, "c2": {"b": {1}}}},
		{"range static members come first, by instance id", Range(),
			[]Topic{topic("t", 3)},
			[]Member{member("a", "t"), {ID: "z", InstanceID: "1", Topics: []string{"t"}}, {ID: "b", InstanceID: "2", Topics: []string{"t"}}},
			shares{"z": {"t": {0}}, "b": {"t": {1}}, "a": {"t": {2}}}},
		{"roundrobin static members come first, by instance id", RoundRobin(),
			[]Topic{topic("t", 4)},
			[]Member{member("a", "t"), {ID: "z", InstanceID: "1", Topics: []string{"t"}}, {ID: "b", InstanceID: "2", Topics: []string{"t"}}},
			shares{"z": {"t": {0, 3}}, "b": {"t": {1}}, "a": {"t": {2}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := assign(t, tt.assignor, tt.topics, tt.members)
			if !reflect.DeepEqual(shares(got), tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestNamesAndProtocols(t *testing.T) {
	for name, a := range map[string]Assignor{"range": Range(), "roundrobin": RoundRobin(), "sticky": Sticky()} {
		if a.Name() != name {
			t.Errorf("name is %q, want %q", a.Name(), name)
		}
		if p := a.Protocols(); !slices.Equal(p, []RebalanceProtocol{EagerProtocol}) {
			t.Errorf("%s supports %v, want EAGER", name, p)
		}
		if d := a.UserData([]string{"t"}); d != nil {
			t.Errorf("%s sends user data %x", name, d)
		}
	}
	if a := CooperativeSticky(); a.Name() != "cooperative-sticky" || !slices.Equal(a.Protocols(), []RebalanceProtocol{CooperativeProtocol, EagerProtocol}) {
		t.Errorf("%s supports %v", a.Name(), a.Protocols())
	}
}

// Whatever the members and topics: each partition that somebody subscribed to
// goes to exactly one of its subscribers, and nothing else goes anywhere; the
// order in which members are given does not matter.
func TestDisjointAndComplete(t *testing.T) {
	for _, a := range []Assignor{Range(), RoundRobin(), Sticky(), CooperativeSticky()} {
		t.Run(a.Name(), func(t *testing.T) {
			for seed := range uint64(2000) {
				topics, members := randomGroup(rand.New(rand.NewPCG(seed, 1)))
				got := assign(t, a, topics, members)
				if err := checkComplete(topics, members, got); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				slices.Reverse(members)
				if again := assign(t, a, topics, members); !reflect.DeepEqual(got, again) {
					t.Fatalf("seed %d: the order of members changes the assignment: %v, %v", seed, got, again)
				}
			}
		})
	}
}

// Members with equal subscriptions differ by one partition at most: by topic
// under range, overall under round-robin.
func TestBalanced(t *testing.T) {
	for seed := range uint64(2000) {
		topics, members := randomGroup(rand.New(rand.NewPCG(seed, 2)))
		for i := range members {
			members[i].Topics = members[0].Topics
		}
		shares := slices.Collect(maps.Values(assign(t, RoundRobin(), topics, members)))
		if d := spread(shares, Partitions.Count); d > 1 {
			t.Fatalf("seed %d: roundrobin shares differ by %d: %v", seed, d, shares)
		}
		shares = slices.Collect(maps.Values(assign(t, Range(), topics, members)))
		for _, topic := range topics {
			if d := spread(shares, func(p Partitions) int { return len(p[topic.Name]) }); d > 1 {
				t.Fatalf("seed %d: range shares of %s differ by %d: %v", seed, topic.Name, d, shares)
			}
		}
	}
}

func assign(t *testing.T, a Assignor, topics []Topic, members []Member) map[string]Partitions {
	t.Helper()
	assignments, err := a.Assign(topics, members)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]Partitions)
	for id, assignment := range assignments {
		got[id] = assignment.Partitions
	}
	return got
}

func randomGroup(r *rand.Rand) ([]Topic, []Member) {
	var topics []Topic
	for i := range r.IntN(6) {
		topics = append(topics, topic(fmt.Sprintf("t%d", i), r.IntN(10)))
	}
	members := make([]Member, 1+r.IntN(8))
	for i := range members {
		members[i] = member(fmt.Sprintf("m%d", i))
		if r.IntN(3) == 0 {
			members[i].InstanceID = fmt.Sprintf("i%d", r.IntN(1000)*10+i)
		}
		for _, topic := range topics {
			if r.IntN(2) == 0 {
				members[i].Topics = append(members[i].Topics, topic.Name)
			}
		}
		members[i].Topics = append(members[i].Topics, "unknown")
	}
	return topics, members
}

func checkComplete(topics []Topic, members []Member, got map[string]Partitions) error {
	if len(got) != len(members) {
		return fmt.Errorf("%d members have an assignment, want %d", len(got), len(members))
	}
	owners := make(map[string]string)
	for _, m := range members {
		for name, partitions := range got[m.ID] {
			if !slices.Contains(m.Topics, name) {
				return fmt.Errorf("%s got %s without a subscription", m.ID, name)
			}
			for _, p := range partitions {
				tp := fmt.Sprint(name, "-", p)
				if other, ok := owners[tp]; ok {
					return fmt.Errorf("both %s and %s got %s", other, m.ID, tp)
				}
				owners[tp] = m.ID
			}
		}
	}
	wanted := 0
	for _, topic := range topics {
		if slices.ContainsFunc(members, func(m Member) bool { return slices.Contains(m.Topics, topic.Name) }) {
			wanted += len(topic.Partitions)
		}
	}
	if len(owners) != wanted {
		return fmt.Errorf("%d partitions were assigned, want %d", len(owners), wanted)
	}
	return nil
}

func spread(shares []Partitions, size func(Partitions) int) int {
	least, most := size(shares[0]), size(shares[0])
	for _, share := range shares {
		least, most = min(least, size(share)), max(most, size(share))
	}
	return most - least
}
