package coordinator

import (
	"slices"
	"sync"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/protocol"
)

func cooperative() Config {
	return Config{Assignors: []assignors.Assignor{assignors.CooperativeSticky()}}
}

// registry knows who has each partition.
type registry struct {
	t  *testing.T
	mu sync.Mutex

	owner   map[cluster.TopicPartition]*app
	revoked int
}

// watch has a registry hear of all events of an application; it fails the test
// when a partition is given to a second owner, or one is lost.
func (r *registry) watch(a *app) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hold = func(ev *Event) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, tp := range ev.Partitions {
			switch {
			case ev.Kind != Assign:
				delete(r.owner, tp)
			case r.owner[tp] != nil && r.owner[tp] != a:
				r.t.Errorf("%s is given to a second owner", tp)
			default:
				r.owner[tp] = a
			}
		}
		switch ev.Kind {
		case Revoke:
			r.revoked += len(ev.Partitions)
		case Lost, Failed:
			r.t.Errorf("%s: %v", ev.Kind, ev.Err)
		}
		return false
	}
}

// forget takes what an application has, which it gives up by closing.
func (r *registry) forget(a *app) {
	a.mu.Lock()
	a.hold, a.owned = nil, nil
	a.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for tp, owner := range r.owner {
		if owner == a {
			delete(r.owner, tp)
		}
	}
}

// A member that joins takes from the others what it gets, and one that leaves
// takes nothing from them; no partition has two owners at any time.
func TestCooperativeGroup(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		r := &registry{t: t, owner: make(map[cluster.TopicPartition]*app)}
		var apps []*app
		join := func() *app {
			a := newApp(t, c, cooperative())
			r.watch(a)
			a.group.Subscribe([]string{"t"})
			apps = append(apps, a)
			return a
		}
		join()
		join()
		awaitShares(t, 30*second, 6, apps...)
		if r.revoked > 3 {
			t.Errorf("%d partitions were revoked for the second member, want 3 at most", r.revoked)
		}
		before := r.revoked
		third := join()
		awaitShares(t, 30*second, 6, apps...)
		if r.revoked-before != 2 || len(third.partitions()) != 2 {
			t.Errorf("%d partitions were revoked for the third member, which has %d; want 2", r.revoked-before, len(third.partitions()))
		}
		before = r.revoked
		r.forget(third)
		third.close()
		awaitShares(t, 30*second, 6, apps[:2]...)
		if r.revoked != before {
			t.Errorf("%d partitions were revoked when a member left", r.revoked-before)
		}
		for _, a := range apps[:2] {
			if g := a.group.Generation(); g.Protocol != "cooperative-sticky" {
				t.Errorf("the assignor is %q", g.Protocol)
			}
			a.close()
		}
	})
}

// What a member tells of itself is what it has, and in which generation it got
// that (KIP-792).
func TestCooperativeSubscription(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, cooperative())
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		generation := a.group.Generation().ID
		a.group.Rejoin("why")
		await(t, 10*second, "the next generation", func() bool { return a.group.Generation().ID > generation })
		joins := all[*protocol.JoinGroupRequest](c)
		s, err := protocol.DecodeConsumerSubscription(joins[len(joins)-1].Protocols[0].Metadata)
		if err != nil {
			t.Fatal(err)
		}
		if n := partitionsOf(s.OwnedPartitions).Count(); n != 6 || s.GenerationID != generation {
			t.Errorf("the member claims %d partitions of generation %d, want 6 of %d", n, s.GenerationID, generation)
		}
		if a.last(Revoke) != nil {
			t.Error("partitions are revoked that nobody else wants")
		}
		a.close()
	})
}

// A group goes over from range to cooperative-sticky, member by member, as
// KIP-429 has it: all members get both, then range is taken out. At no time has a
// partition two owners.
func TestUpgradeToCooperative(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		r := &registry{t: t, owner: make(map[cluster.TopicPartition]*app)}
		apps := make([]*app, 3)
		replace := func(i int, list ...assignors.Assignor) {
			if old := apps[i]; old != nil {
				r.forget(old)
				old.close()
			}
			apps[i] = newApp(t, c, Config{Assignors: list})
			r.watch(apps[i])
			apps[i].group.Subscribe([]string{"t"})
		}
		protocols := func() (names []string) {
			for _, a := range apps {
				names = append(names, a.group.Generation().Protocol)
			}
			return slices.Compact(names)
		}
		for i := range apps {
			replace(i, assignors.Range())
		}
		awaitShares(t, 60*second, 6, apps...)
		for i := range apps {
			replace(i, assignors.Range(), assignors.CooperativeSticky())
			awaitShares(t, 60*second, 6, apps...)
		}
		if got := protocols(); !slices.Equal(got, []string{"range"}) {
			t.Errorf("after the first round the assignors are %v", got)
		}
		for i := range apps {
			replace(i, assignors.CooperativeSticky())
			awaitShares(t, 60*second, 6, apps...)
		}
		if got := protocols(); !slices.Equal(got, []string{"cooperative-sticky"}) {
			t.Errorf("after the second round the assignors are %v", got)
		}
		for _, a := range apps {
			a.close()
		}
	})
}

// A session that ends while a member cannot join takes from it what it kept.
func TestCooperativeSessionExpiresWhileJoining(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, cooperative())
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		a.group.Rejoin("why")
		a.wire.cutOff()
		took := await(t, 60*second, "the partitions are lost", func() bool { return len(a.partitions()) == 0 })
		if ev := a.last(Lost); ev == nil || took < 40*second {
			t.Errorf("after %v: %v", took, a.kinds())
		}
		a.crash()
	})
}
