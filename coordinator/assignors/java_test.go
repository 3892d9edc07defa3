package assignors

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// javaCase is a case of the tests of Kafka's own assignors: RangeAssignorTest,
// AbstractStickyAssignorTest, StickyAssignorTest, CooperativeStickyAssignorTest.
type javaCase struct {
	name     string
	topics   string // "t1:6 t2:7": the partitions of each
	replicas int    // of each partition, on the brokers in turn
	brokers  string // their racks; "-" is none
	members  []javaMember
	want     []string // the share of each member
	withheld []string // what the cooperative assignor leaves out of it at first
}

// javaMember is "consumer1" or the like, in the order of the list.
type javaMember struct {
	topics, owned string
	generation    int32
	rack          string
}

// all returns members with one subscription, in the given racks, without any
// partitions.
func all(topics, racks string, n int) []javaMember {
	list := make([]javaMember, n)
	for i := range list {
		list[i] = javaMember{topics: topics, generation: -1}
		if racks != "" {
			list[i].rack = strings.Fields(racks)[i]
		}
	}
	return list
}

// with returns the members with what they own and what they subscribe to.
func with(members []javaMember, owned, topics []string) []javaMember {
	members = slices.Clone(members)
	for i := range members {
		if owned != nil {
			members[i].owned = owned[i]
		}
		if topics != nil {
			members[i].topics = topics[i]
		}
	}
	return members
}

func (c *javaCase) build(t *testing.T) (topics []Topic, members []Member) {
	t.Helper()
	next := 0
	for _, spec := range strings.Fields(c.topics) {
		var n int
		name, count, _ := strings.Cut(spec, ":")
		if _, err := fmt.Sscan(count, &n); err != nil {
			t.Fatal(err)
		}
		made := topic(name, n)
		brokers := strings.Fields(c.brokers)
		for p := range made.Partitions {
			for r := range c.replicas {
				if rack := brokers[(next+p+r)%len(brokers)]; rack != "-" {
					made.Partitions[p].Racks = append(made.Partitions[p].Racks, rack)
				}
			}
		}
		next += n
		topics = append(topics, made)
	}
	for i, m := range c.members {
		made := member(fmt.Sprintf("consumer%d", i), strings.Fields(m.topics)...)
		made.Owned, made.Generation, made.Rack = parsePartitions(t, m.owned), m.generation, strings.Trim(m.rack, "-")
		if m.owned != "" {
			s := &sticky{}
			s.OnAssignment(Assignment{Partitions: made.Owned}, m.generation, "")
			made.UserData = s.UserData(nil)
		}
		members = append(members, made)
	}
	return topics, members
}

func parsePartitions(t *testing.T, list string) Partitions {
	t.Helper()
	partitions := make(Partitions)
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		var p int32
		topic, number, _ := strings.Cut(name, "-")
		if _, err := fmt.Sscan(number, &p); err != nil {
			t.Fatal(err)
		}
		partitions[topic] = append(partitions[topic], p)
	}
	return partitions
}

func formatPartitions(p Partitions) string {
	var list []string
	for _, topic := range slices.Sorted(maps.Keys(p)) {
		for _, number := range p[topic] {
			list = append(list, fmt.Sprintf("%s-%d", topic, number))
		}
	}
	return strings.Join(list, ", ")
}

// run compares shares with those that Java's assignor makes.
func (c *javaCase) run(t *testing.T, a Assignor, want []string) {
	t.Helper()
	topics, members := c.build(t)
	got := assign(t, a, topics, members)
	shares := make([]string, len(members))
	for i, m := range members {
		shares[i] = formatPartitions(got[m.ID])
	}
	if !reflect.DeepEqual(shares, want) {
		t.Errorf("%s, %s: got %q, want %q", c.name, a.Name(), shares, want)
	}
}

// without drops partitions from lists.
func without(shares, dropped []string) []string {
	shares = slices.Clone(shares)
	for i := range shares {
		list := slices.DeleteFunc(strings.Split(shares[i], ", "), func(p string) bool { return slices.Contains(dropped, p) })
		shares[i] = strings.Join(list, ", ")
	}
	return shares
}

func TestJavaRange(t *testing.T) {
	const uniform, even = "t1:6 t2:7 t3:2", "t1:5 t2:5 t3:5"
	three := all("t1 t2 t3", "a b c", 3)
	mixed := with(three, nil, []string{"t1 t2 t3", "t1 t2 t3", "t1 t3"})
	pairs := with(all("", "a b b a", 4), nil, []string{"t1 t2", "t1 t2", "t3 t4", "t3 t4"})
	four := all("t1 t2 t3 t4", "a b b a", 4)
	plain := []string{"t1-0, t1-1, t2-0, t2-1, t2-2, t3-0", "t1-2, t1-3, t2-3, t2-4, t3-1", "t1-4, t1-5, t2-5, t2-6"}
	plainEven := []string{"t1-0, t1-1, t2-0, t2-1, t3-0, t3-1", "t1-2, t1-3, t2-2, t2-3, t3-2, t3-3", "t1-4, t2-4, t3-4"}
	plainMixed := []string{"t1-0, t1-1, t2-0, t2-1, t2-2, t2-3, t3-0", "t1-2, t1-3, t2-4, t2-5, t2-6, t3-1", "t1-4, t1-5"}
	for _, c := range []javaCase{
		{"no racks of brokers", uniform, 3, "- - -", three, plain, nil},
		{"no racks of consumers", uniform, 3, "a b c", all("t1 t2 t3", "- - -", 3), plain, nil},
		{"all in all racks", uniform, 4, "a b c d", three, plain, nil},
		{"other racks", uniform, 3, "a b c", all("t1 t2 t3", "- e f", 3), plain, nil},
		{"uniform, 1 replica", uniform, 1, "a b c", three, []string{"t1-0, t1-3, t2-0, t2-3, t2-6", "t1-1, t1-4, t2-1, t2-4, t3-0", "t1-2, t1-5, t2-2, t2-5, t3-1"}, nil},
		{"uniform, 2 replicas", uniform, 2, "a b c", three, []string{"t1-0, t1-2, t2-0, t2-2, t2-3, t3-1", "t1-1, t1-3, t2-1, t2-4, t3-0", "t1-4, t1-5, t2-5, t2-6"}, nil},
		{"a rack without partitions", uniform, 3, "a b", three, plain, nil},
		{"mixed, no racks", uniform, 3, "- - -", mixed, plainMixed, nil},
		{"mixed, 1 replica", uniform, 1, "a b c", mixed, []string{"t1-0, t1-3, t2-0, t2-2, t2-3, t2-6", "t1-1, t1-4, t2-1, t2-4, t2-5, t3-0", "t1-2, t1-5, t3-1"}, nil},
		{"mixed, 2 replicas", uniform, 2, "a b c", mixed, []string{"t1-0, t1-2, t2-0, t2-2, t2-3, t2-5, t3-1", "t1-1, t1-3, t2-1, t2-4, t2-6, t3-0", "t1-4, t1-5"}, nil},
		{"mixed, a rack without partitions", uniform, 3, "a b", mixed, plainMixed, nil},
		{"equal counts, 1 replica", even, 1, "a b c", three, plainEven, nil},
		{"equal counts, 2 replicas", even, 2, "a b c", three, plainEven, nil},
		{"equal counts, mixed, 1 replica", even, 1, "a b c", mixed, []string{"t1-0, t1-1, t2-0, t2-1, t2-4, t3-0, t3-1", "t1-2, t1-3, t2-2, t2-3, t3-2, t3-3", "t1-4, t3-4"}, nil},
		{"equal counts, mixed, 2 replicas", even, 2, "a b c", mixed, []string{"t1-2, t2-0, t2-1, t2-3, t3-2", "t1-0, t1-3, t2-2, t2-4, t3-0, t3-3", "t1-1, t1-4, t3-1, t3-4"}, nil},
		{"co-partitioned, 2 replicas", "t1:6 t2:6 t3:2 t4:2", 2, "a b", pairs, []string{"t1-0, t1-1, t1-2, t2-0, t2-1, t2-2", "t1-3, t1-4, t1-5, t2-3, t2-4, t2-5", "t3-0, t4-0", "t3-1, t4-1"}, nil},
		{"co-partitioned, 1 replica", "t1:6 t2:6 t3:2 t4:2", 1, "a b", pairs, []string{"t1-0, t1-2, t1-4, t2-0, t2-2, t2-4", "t1-1, t1-3, t1-5, t2-1, t2-3, t2-5", "t3-1, t4-1", "t3-0, t4-0"}, nil},
		{"co-partitioned, all topics, 1 replica", "t1:6 t2:6 t3:2 t4:2", 1, "a b", four, []string{"t1-0, t1-2, t2-0, t2-2, t3-0, t4-0", "t1-1, t1-3, t2-1, t2-3, t3-1, t4-1", "t1-5, t2-5", "t1-4, t2-4"}, nil},
		{"co-partitioned, all topics, 3 racks", "t1:6 t2:6 t3:2 t4:2", 1, "a b c", four, []string{"t1-0, t1-3, t2-0, t2-3, t3-0, t4-0", "t1-1, t1-4, t2-1, t2-4, t3-1, t4-1", "t1-2, t2-2", "t1-5, t2-5"}, nil},
		{"co-partitioned, three groups of topics", "t1:6 t2:6 t3:2 t4:2 t5:4 t6:4", 2, "a b c", all("t1 t2 t3 t4 t5 t6 t7 t8 t9", "a b c", 3),
			[]string{"t1-0, t1-2, t2-0, t2-2, t3-0, t4-0, t5-1, t6-1", "t1-1, t1-3, t2-1, t2-3, t3-1, t4-1, t5-2, t6-2", "t1-4, t1-5, t2-4, t2-5, t5-0, t5-3, t6-0, t6-3"}, nil},
	} {
		c.run(t, Range(), c.want)
	}
}

func TestJavaSticky(t *testing.T) {
	const topics = "t1:6 t2:7 t3:2"
	three := all("t1 t2 t3", "a b c", 3)
	own := func(topics string, owned ...string) []javaMember {
		list := all(topics, "", len(owned))
		for i := range list {
			list[i].owned, list[i].generation = owned[i], 1
		}
		return list
	}
	inGeneration := func(members []javaMember, generations ...int32) []javaMember {
		for i := range members {
			members[i].generation = generations[i]
		}
		return members
	}
	plain := []string{"t1-0, t1-3, t2-0, t2-3, t2-6", "t1-1, t1-4, t2-1, t2-4, t3-0", "t1-2, t1-5, t2-2, t2-5, t3-1"}
	mixed := with(three, nil, []string{"t1 t2 t3", "t1 t2 t3", "t1 t3"})
	plainMixed := []string{"t1-5, t2-0, t2-2, t2-4, t2-6", "t1-3, t2-1, t2-3, t2-5, t3-0", "t1-0, t1-1, t1-2, t1-4, t3-1"}
	misaligned := []string{"t1-0, t1-1, t1-2, t1-3, t1-4", "t1-5, t2-0, t2-1, t2-2, t2-3", "t2-4, t2-5, t2-6, t3-0, t3-1"}
	stale := []string{"t-0, t-2, u-1", "t-1, u-0, u-2"}
	for _, c := range []javaCase{
		{"no racks", topics, 3, "- - -", three, plain, nil},
		{"other racks", topics, 3, "a b c", all("t1 t2 t3", "d e f", 3), plain, nil},
		{"1 replica", topics, 1, "a b c", three, plain, nil},
		{"2 replicas", topics, 2, "a b c", three, plain, nil},
		{"a rack without partitions", topics, 3, "a b", three, plain, nil},
		{"kept, 1 replica", topics, 1, "a b c", with(three, plain, nil), plain, nil},
		{"kept, all racks", topics, 3, "a b c", with(three, plain, nil), plain, nil},
		{"misaligned", topics, 1, "a b c", with(three, misaligned, nil), plain,
			[]string{"t2-0", "t2-3", "t2-6", "t1-1", "t1-4", "t2-4", "t3-0", "t1-2", "t1-5", "t2-2"}},
		{"TwoConsumersTwoTopicsSixPartitions", "t1:3 t2:3", 0, "", all("t1 t2", "", 2), []string{"t1-0, t1-2, t2-1", "t1-1, t2-0, t2-2"}, nil},
		{"ConsumerOwningMinQuotaExpectedMaxQuota", "t1:2 t2:3", 0, "", own("t1 t2", "t1-0, t2-1", "t1-1, t2-2"), []string{"t1-0, t2-0, t2-1", "t1-1, t2-2"}, nil},
		{"AllConsumersAreUnderMinQuota", "t1:2 t2:3", 0, "", own("t1 t2", "t1-0", "t1-1", ""), []string{"t1-0, t2-1", "t1-1, t2-2", "t2-0"}, nil},
		{"AddRemoveConsumerOneTopic, added", "t:3", 0, "", own("t", "t-0, t-1, t-2", ""), []string{"t-0, t-1", "t-2"}, []string{"t-2"}},
		{"AddRemoveTwoConsumersTwoTopics", "t1:3 t2:4", 0, "", all("t1 t2", "", 2), []string{"t1-0, t1-2, t2-1, t2-3", "t1-1, t2-0, t2-2"}, nil},
		{"AddRemoveTwoConsumersTwoTopics, added", "t1:3 t2:4", 0, "", own("t1 t2", "t1-0, t1-2, t2-1, t2-3", "t1-1, t2-0, t2-2", "", ""),
			[]string{"t1-0, t2-1", "t1-1, t2-0", "t1-2, t2-3", "t2-2"}, []string{"t1-2", "t2-3", "t2-2"}},
		{"AddRemoveTwoConsumersTwoTopics, removed", "t1:3 t2:4", 0, "", own("t1 t2", "t1-2, t2-3", "t2-2"),
			[]string{"t1-0, t1-2, t2-1, t2-3", "t1-1, t2-0, t2-2"}, nil},
		{"AllConsumersReachExpectedQuotaAndAreConsideredFilled", "t:4", 0, "", own("t", "t-0, t-1", "t-2", ""), []string{"t-0, t-1", "t-2", "t-3"}, nil},
		{"OwnedPartitionsAreInvalidatedForConsumerWithStaleGeneration", "t:3 u:3", 0, "",
			inGeneration(own("t u", "t-0, t-2, u-1", "t-0, t-2, u-1"), 10, 9), stale, nil},
		{"OwnedPartitionsAreInvalidatedForConsumerWithNoGeneration", "t:3 u:3", 0, "",
			inGeneration(own("t u", "t-0, t-2, u-1", "t-0, t-2, u-1"), 10, -1), stale, nil},
		{"claimed twice", "t:3", 0, "", own("t", "t-0, t-1", "t-0, t-2", ""), []string{"t-1", "t-2", "t-0"}, []string{"t-0"}},
		{"claimed twice, unequal", "t:4", 0, "", own("t", "t-0, t-1", "t-0, t-2", ""), []string{"t-1, t-3", "t-2", "t-0"}, []string{"t-0"}},
		{"EnsurePartitionsAssignedToHighestGeneration", "t1:3 t2:3 t3:3", 0, "",
			inGeneration(own("t1 t2 t3", "t1-0, t2-0, t3-0", "t1-1, t2-1, t3-1", "t2-1, t3-0, t3-2"), 10, 9, 8),
			[]string{"t1-0, t2-0, t3-0", "t1-1, t2-1, t3-1", "t1-2, t2-2, t3-2"}, nil},
		{"NoReassignmentOnCurrentMembers", "t0:3 t1:3 t2:3 t3:3", 0, "",
			inGeneration(own("t0 t2 t3 t1", "", "t0-0, t2-0, t1-0", "t3-2, t2-2, t1-1", "t3-1, t0-1, t0-2"), -1, 9, 8, 7),
			[]string{"t1-2, t2-1, t3-0", "t0-0, t1-0, t2-0", "t1-1, t2-2, t3-2", "t0-1, t0-2, t3-1"}, nil},
		{"UniformSubscriptionTransferOwnershipListIsRight", "t1:4", 1, "a b", with(all("t1", "a b", 2), []string{"t1-0, t1-1", "t1-2, t1-3"}, nil),
			[]string{"t1-0, t1-2", "t1-1, t1-3"}, []string{"t1-1", "t1-2"}},
		{"MultipleConsumersMixedTopicSubscriptions", "t1:3 t2:2", 0, "", with(all("", "", 3), nil, []string{"t1", "t1 t2", "t1"}),
			[]string{"t1-0, t1-2", "t2-0, t2-1", "t1-1"}, nil},
		{"mixed, no racks", topics, 3, "- - -", mixed, plainMixed, nil},
		{"mixed, all racks", topics, 3, "a b c", mixed, plainMixed, nil},
		{"mixed, kept", topics, 3, "a b c", with(mixed, plainMixed, nil), plainMixed, nil},
		{"mixed, 1 replica", topics, 1, "a b c", mixed,
			[]string{"t1-3, t2-0, t2-2, t2-3, t2-6", "t1-4, t2-1, t2-4, t2-5, t3-0", "t1-0, t1-1, t1-2, t1-5, t3-1"}, nil},
		{"mixed, 2 replicas", topics, 2, "a b c", mixed,
			[]string{"t1-3, t2-0, t2-2, t2-5, t2-6", "t1-0, t2-1, t2-3, t2-4, t3-0", "t1-1, t1-2, t1-4, t1-5, t3-1"}, nil},
		{"mixed, a rack without partitions", topics, 3, "a b", mixed, plainMixed, nil},
	} {
		c.run(t, Sticky(), c.want)
		c.run(t, CooperativeSticky(), without(c.want, c.withheld))
	}
}
