package assignors

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// give has the members own what they got, in the given generation, as the next
// rebalance will hear of it.
func give(members []Member, shares map[string]Partitions, generation int32) {
	for i := range members {
		m := &members[i]
		m.Owned, m.Generation = shares[m.ID], generation
		s := new(sticky)
		s.OnAssignment(Assignment{Partitions: m.Owned}, generation, m.ID)
		m.UserData = s.UserData(nil)
	}
}

// owners returns who has each partition.
func owners(shares map[string]Partitions) map[string]string {
	of := make(map[string]string)
	for id, share := range shares {
		for topic, numbers := range share {
			for _, p := range numbers {
				of[fmt.Sprint(topic, "-", p)] = id
			}
		}
	}
	return of
}

// moves counts the partitions that have other owners than before, both of which
// are there still.
func moves(before, after map[string]Partitions) (n int) {
	was := owners(before)
	for p, id := range owners(after) {
		if _, still := after[was[p]]; still && was[p] != id {
			n++
		}
	}
	return n
}

// checkBalance fails if a partition could go to a member with at least two fewer.
func checkBalance(members []Member, shares map[string]Partitions) error {
	for _, from := range members {
		for _, to := range members {
			if shares[to.ID].Count()+1 >= shares[from.ID].Count() {
				continue
			}
			for topic := range shares[from.ID] {
				if slices.Contains(to.Topics, topic) {
					return fmt.Errorf("%s has %d partitions, one of %s among them, and %s has %d",
						from.ID, shares[from.ID].Count(), topic, to.ID, shares[to.ID].Count())
				}
			}
		}
	}
	return nil
}

// A group changes at random, one thing at a time: whatever was before, all is
// assigned once, balanced, and the same for any order of the members.
func TestStickyThroughChanges(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		topics, members := randomGroup(r)
		for generation := range int32(8) {
			got := assign(t, Sticky(), topics, members)
			if err := checkComplete(topics, members, got); err != nil {
				t.Fatalf("seed %d, generation %d: %v", seed, generation, err)
			}
			if err := checkBalance(members, got); err != nil {
				t.Fatalf("seed %d, generation %d: %v", seed, generation, err)
			}
			slices.Reverse(members)
			if again := assign(t, Sticky(), topics, members); !reflect.DeepEqual(got, again) {
				t.Fatalf("seed %d: the order of members changes the assignment: %v, %v", seed, got, again)
			}
			give(members, got, generation)
			if again := assign(t, Sticky(), topics, members); !reflect.DeepEqual(got, again) {
				t.Fatalf("seed %d: an assignment that nothing speaks against changes: %v, %v", seed, got, again)
			}
			topics, members = change(r, topics, members)
		}
	}
}

// change does one thing to a group.
func change(r *rand.Rand, topics []Topic, members []Member) ([]Topic, []Member) {
	i := r.IntN(len(members))
	switch r.IntN(4) {
	case 0:
		members = append(slices.Clone(members), member(fmt.Sprintf("n%d", r.IntN(1000000)), members[i].Topics...))
	case 1:
		if len(members) > 1 {
			members = slices.Delete(slices.Clone(members), i, i+1)
		}
	case 2:
		topics = append(slices.Clone(topics), topic(fmt.Sprintf("z%d", len(topics)), 1+r.IntN(5)))
		members[i].Topics = append(slices.Clone(members[i].Topics), topics[len(topics)-1].Name)
	case 3:
		if n := len(members[i].Topics); n > 0 {
			members[i].Topics = slices.Delete(slices.Clone(members[i].Topics), n-1, n)
		}
	}
	return topics, members
}

// Among equal members, one that joins or leaves moves no more than it must: what
// it gets, or what it had.
func TestStickyMovesLittle(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 4))
		topics := []Topic{topic("a", 1+r.IntN(40)), topic("b", 1+r.IntN(40))}
		members := make([]Member, 2+r.IntN(8))
		for i := range members {
			members[i] = member(fmt.Sprintf("m%d", i), "a", "b")
		}
		before := assign(t, Sticky(), topics, members)
		give(members, before, 1)
		joined := append(slices.Clone(members), member(fmt.Sprintf("m%d5", r.IntN(9)), "a", "b"))
		after := assign(t, Sticky(), topics, joined)
		if n, want := moves(before, after), after[joined[len(joined)-1].ID].Count(); n != want {
			t.Fatalf("seed %d: %d partitions move to a new member that gets %d: %v, %v", seed, n, want, before, after)
		}
		if n := moves(before, assign(t, Sticky(), topics, members[1:])); n != 0 {
			t.Fatalf("seed %d: %d partitions move between those that stay when one leaves", seed, n)
		}
	}
}

// Under the cooperative protocol nobody gets what another may still have, and
// after the next rebalance all is assigned as the sticky assignor does it.
func TestCooperativeStickyHandsOver(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		topics, members := randomGroup(r)
		give(members, assign(t, CooperativeSticky(), topics, members), 1)
		topics, members = change(r, topics, members)
		held := make(map[string]Partitions)
		for i := range members { // as members do that give up topics before they join
			for topic := range members[i].Owned {
				if !slices.Contains(members[i].Topics, topic) {
					delete(members[i].Owned, topic)
				}
			}
			held[members[i].ID] = members[i].Owned
		}
		first := assign(t, CooperativeSticky(), topics, members)
		owner := owners(held)
		for p, id := range owners(first) {
			if was, owned := owner[p]; owned && was != id {
				t.Fatalf("seed %d: %s goes from %s to %s, which has not given it up", seed, p, was, id)
			}
		}
		give(members, first, 2)
		second := assign(t, CooperativeSticky(), topics, members)
		if err := checkComplete(topics, members, second); err != nil {
			t.Fatalf("seed %d: after the second rebalance: %v", seed, err)
		}
		if err := checkBalance(members, second); err != nil {
			t.Fatalf("seed %d: after the second rebalance: %v", seed, err)
		}
	}
}

// Big groups are divided soon, whether all want the same topics or not.
func TestStickyIsFast(t *testing.T) {
	var topics []Topic
	var names []string
	for i := range 100 {
		topics = append(topics, topic(fmt.Sprintf("t%02d", i), 100))
		names = append(names, topics[i].Name)
	}
	for _, equal := range []bool{true, false} {
		members := make([]Member, 100)
		for i := range members {
			members[i] = member(fmt.Sprintf("m%02d", i), names...)
			if !equal {
				members[i].Topics = names[:1+i]
			}
		}
		give(members, assign(t, Sticky(), topics, members), 1)
		members = append(members[:50:50], members[51:]...)
		begin := time.Now()
		got := assign(t, Sticky(), topics, members)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("equal %v: dividing 10,000 partitions among 99 members took %v", equal, took)
		}
		if err := checkBalance(members, got); err != nil {
			t.Errorf("equal %v: %v", equal, err)
		}
	}
}

// The user data are those of Java's StickyAssignor, v1, by its schema: an array of
// topics, each a string and an array of int32, then the generation.
func TestStickyUserData(t *testing.T) {
	a := Sticky()
	if got := a.UserData(nil); got != nil {
		t.Errorf("user data of a member that had nothing: %x", got)
	}
	a.OnAssignment(Assignment{Partitions: Partitions{"b": {1}, "a": {0, 2}}}, 7, "m")
	v1 := []byte("\x00\x00\x00\x02" + "\x00\x01a" + "\x00\x00\x00\x02" + "\x00\x00\x00\x00" + "\x00\x00\x00\x02" +
		"\x00\x01b" + "\x00\x00\x00\x01" + "\x00\x00\x00\x01" + "\x00\x00\x00\x07")
	if got := a.UserData(nil); !bytes.Equal(got, v1) {
		t.Errorf("user data %x, want %x", got, v1)
	}
	want := Partitions{"b": {1}, "a": {0, 2}}
	for name, test := range map[string]struct {
		data []byte
		want claim
	}{
		"v1":       {v1, claim{want, 7}},
		"v0":       {v1[:len(v1)-4], claim{want, -1}},
		"trailing": {append(slices.Clone(v1), 1, 2, 3), claim{want, 7}},
		"garbage":  {v1[:9], claim{generation: -1}},
		"huge":     {[]byte("\x7f\xff\xff\xff"), claim{generation: -1}},
		"none":     {nil, claim{generation: -1}},
	} {
		if got := claimOfUserData(&Member{UserData: test.data, Owned: Partitions{"other": {1}}, Generation: 9}); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: claims %v, want %v", name, got, test.want)
		}
	}
}

// The generation of a cooperative member is that of its subscription, or in its
// user data if it is an old one.
func TestCooperativeStickyUserData(t *testing.T) {
	a := CooperativeSticky()
	if got := a.UserData(nil); !bytes.Equal(got, []byte{0xff, 0xff, 0xff, 0xff}) {
		t.Errorf("user data of a new member: %x", got)
	}
	a.OnAssignment(Assignment{}, 10, "m")
	data := a.UserData(nil)
	if !bytes.Equal(data, []byte{0, 0, 0, 10}) {
		t.Errorf("user data %x", data)
	}
	for _, test := range []struct {
		member Member
		want   int32
	}{
		{Member{Generation: 3, UserData: data}, 3},
		{Member{Generation: -1, UserData: data}, 10},
		{Member{Generation: -1, UserData: data[:2]}, -1},
		{Member{Generation: -1}, -1},
	} {
		if got := claimOfSubscription(&test.member).generation; got != test.want {
			t.Errorf("%+v: generation %d, want %d", test.member, got, test.want)
		}
	}
}

// What an assignor knows of its member is not another's.
func TestStatefulAssignors(t *testing.T) {
	for _, a := range []Assignor{Sticky(), CooperativeSticky()} {
		fresh := a.UserData(nil)
		a.OnAssignment(Assignment{Partitions: Partitions{"t": {1}}}, 3, "m")
		other := a.(Stateful).New()
		if bytes.Equal(a.UserData(nil), fresh) || !bytes.Equal(other.UserData(nil), fresh) || other.Name() != a.Name() {
			t.Errorf("%s: a new one tells %x, want %x", a.Name(), other.UserData(nil), fresh)
		}
	}
	if got := slices.Sorted(maps.Keys(assign(t, Sticky(), nil, []Member{member("m", "none")}))); !slices.Equal(got, []string{"m"}) {
		t.Errorf("members without topics: %v", got)
	}
}
