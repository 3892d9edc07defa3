package coordinator

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/protocol"
)

// wantRefused fails the test unless a commit was refused for good.
func wantRefused(t *testing.T, what string, err error) {
	t.Helper()
	var failed *CommitFailedError
	if !errors.As(err, &failed) {
		t.Errorf("%s: error %v, want a CommitFailedError", what, err)
	}
}

// What a member has given up it cannot commit any more, from the moment that it is
// done with that, though it is in the group, and whatever comes later.
func TestStaleCommitIsNotSent(t *testing.T) {
	for _, assignor := range []assignors.Assignor{assignors.Range(), assignors.CooperativeSticky()} {
		t.Run(assignor.Name(), func(t *testing.T) {
			bubble(t, func(t *testing.T, c *fakeCluster) {
				cfg := Config{Assignors: []assignors.Assignor{assignor}}
				a := newApp(t, c, cfg)
				a.group.Subscribe([]string{"t"})
				awaitShares(t, 10*second, 6, a)
				o := NewOffsets(a.client, "g", a.group.Generation)
				all := offsetMap{}
				for _, tp := range a.partitions() {
					all[tp] = OffsetAndMetadata{Offset: 1, LeaderEpoch: -1}
				}
				a.holdEvents(Revoke)
				b := newApp(t, c, cfg)
				b.group.Subscribe([]string{"t"})
				ev := <-a.held
				if err := o.Commit(context.Background(), all); err != nil {
					t.Errorf("a commit before the partitions are given up: %v", err)
				}
				gone := ev.Partitions[0]
				ev.Done()
				synctest.Wait()
				sent := c.count(protocol.OffsetCommit)
				if !slices.Contains(a.partitions(), gone) { // range may have given it back by now
					wantRefused(t, "what was given up", o.Commit(context.Background(), offsetMap{gone: {Offset: 2, LeaderEpoch: -1}}))
				}
				awaitShares(t, 30*second, 6, a, b)
				for _, tp := range b.partitions() {
					wantRefused(t, "what another has", o.Commit(context.Background(), offsetMap{tp: {Offset: 2, LeaderEpoch: -1}}))
				}
				if n := c.count(protocol.OffsetCommit); n != sent {
					t.Errorf("%d commits are sent of what the member does not have", n-sent)
				}
				for _, tp := range a.partitions() {
					if err := o.Commit(context.Background(), offsetMap{tp: {Offset: 3, LeaderEpoch: -1}}); err != nil {
						t.Errorf("what the member has: %v", err)
					}
				}
				a.close()
				b.close()
			})
		})
	}
}

// A commit that is tried again while the group rebalances is made for what the
// member keeps, and not for what it gives up.
func TestCommitOverARebalance(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, cooperative())
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		o := NewOffsets(a.client, "g", a.group.Generation)
		outcomes := make(map[string]chan error)
		c.set(func() { c.script = refuse(protocol.OffsetCommit, 1<<30, protocol.ErrCoordinatorLoadInProgress) })
		before := a.partitions()
		for _, tp := range before {
			done := make(chan error, 1)
			outcomes[tp.String()] = done
			alone := NewOffsets(a.client, "g", a.group.Generation)
			alone.CommitAsync(context.Background(), offsetMap{tp: {Offset: 7, LeaderEpoch: -1}}, func(err error) { done <- err })
		}
		first := a.group.Generation()
		b := newApp(t, c, cooperative())
		b.group.Subscribe([]string{"t"})
		awaitShares(t, 30*second, 6, a, b)
		if g := a.group.Generation(); g.ID <= first.ID {
			t.Fatalf("the generation is %d still", g.ID)
		}
		c.set(func() { c.script = nil })
		for _, tp := range a.partitions() {
			if err := <-outcomes[tp.String()]; err != nil {
				t.Errorf("%s, which was kept: %v", tp, err)
			}
		}
		for _, tp := range b.partitions() {
			wantRefused(t, tp.String()+", which was given up", <-outcomes[tp.String()])
		}
		committed, err := o.Fetch(within(t, 10*second), before)
		if err != nil || len(committed) != len(a.partitions()) {
			t.Errorf("committed: %v, %v", committed, err)
		}
		a.close()
		b.close()
	})
}
