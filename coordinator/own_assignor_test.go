package coordinator

import (
	"encoding/binary"
	"strings"
	"sync"
	"testing"

	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/protocol"
)

// ownAssignor is an application's: it gives all to one member, the first or the
// last by id, and tells with the subscription in which generation the member was
// given something last.
type ownAssignor struct {
	last     bool
	handOver bool // as the cooperative protocol demands

	mu         sync.Mutex
	generation uint32
}

func (*ownAssignor) Name() string { return "own" }

func (*ownAssignor) Protocols() []assignors.RebalanceProtocol {
	return []assignors.RebalanceProtocol{assignors.CooperativeProtocol}
}

func (a *ownAssignor) UserData([]string) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return binary.BigEndian.AppendUint32(nil, a.generation)
}

func (a *ownAssignor) OnAssignment(assignment assignors.Assignment, generation int32, _ string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.generation = uint32(generation)
}

func (a *ownAssignor) Assign(topics []assignors.Topic, members []assignors.Member) (map[string]assignors.Assignment, error) {
	chosen := &members[0]
	for i := range members {
		if m := &members[i]; (strings.Compare(m.ID, chosen.ID) > 0) == a.last && m.ID != chosen.ID {
			chosen = m
		}
	}
	share := assignors.Partitions{}
	for _, t := range topics {
		for _, p := range t.Partitions {
			if owned := ownerOf(members, t.Name, p.Partition); owned == "" || owned == chosen.ID || !a.handOver {
				share[t.Name] = append(share[t.Name], p.Partition)
			}
		}
	}
	return map[string]assignors.Assignment{chosen.ID: {Partitions: share}}, nil
}

func ownerOf(members []assignors.Member, topic string, partition int32) string {
	for _, m := range members {
		for _, p := range m.Owned[topic] {
			if p == partition {
				return m.ID
			}
		}
	}
	return ""
}

// An application's assignor may be cooperative; what its members tell it is of the
// generation of their last assignment.
func TestOwnCooperativeAssignor(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{Assignors: []assignors.Assignor{&ownAssignor{last: true, handOver: true}}})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		b := newApp(t, c, Config{Assignors: []assignors.Assignor{&ownAssignor{last: true, handOver: true}}})
		b.group.Subscribe([]string{"t"})
		awaitShares(t, 60*second, 6, a, b)
		await(t, 60*second, "the second member has all", func() bool { return len(b.partitions()) == 6 })
		joins := all[*protocol.JoinGroupRequest](c)
		s, err := protocol.DecodeConsumerSubscription(joins[len(joins)-1].Protocols[0].Metadata)
		if err != nil || int32(binary.BigEndian.Uint32(s.UserData)) != s.GenerationID || s.GenerationID < 1 {
			t.Errorf("user data %x of generation %d, %v", s.UserData, s.GenerationID, err)
		}
		for _, app := range []*app{a, b} {
			if app.last(Lost) != nil || app.last(Failed) != nil {
				t.Errorf("events %s", app.kinds())
			}
			app.close()
		}
	})
}

// One that takes partitions from their owners is told so.
func TestOwnAssignorBreaksTheProtocol(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{Assignors: []assignors.Assignor{&ownAssignor{last: true}}})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		b := newApp(t, c, Config{Assignors: []assignors.Assignor{&ownAssignor{last: true}}})
		b.group.Subscribe([]string{"t"})
		await(t, 60*second, "the leader fails", func() bool { return a.last(Failed) != nil })
		if err := a.last(Failed).Err; !strings.Contains(err.Error(), "assignor own") || !strings.Contains(err.Error(), "COOPERATIVE") {
			t.Errorf("error %v", err)
		}
		a.close()
		b.close()
	})
}

// A leader that came back, as a static member, is told to leave the assignment as
// it is, and only to watch the topics (KIP-814).
func TestSkipAssignment(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{Assignors: []assignors.Assignor{&ownAssignor{}}})
		members := []assignors.Member{{ID: "m", Topics: []string{"t"}}}
		for _, skip := range []bool{false, true} {
			d := a.group.(*Group).divideAmong(within(t, 10*second), &ownAssignor{}, members, skip)
			if d.err != nil || d.counts["t"] != 6 || (d.shares == nil) != skip {
				t.Errorf("skip %v: %+v", skip, d)
			}
		}
		a.close()
	})
}
