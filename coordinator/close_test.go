package coordinator

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Close returns by its deadline in every state, twice is fine, and no goroutine
// is left: the bubble would not end otherwise.
func TestClose(t *testing.T) {
	subscribed := func(a *app) { a.group.Subscribe([]string{"t"}) }
	// halt answers no request of an API.
	halt := func(key protocol.APIKey) func(*fakeCluster) {
		return func(c *fakeCluster) {
			c.script = func(req protocol.Request) protocol.Response {
				if req.APIKey() == key {
					for n := range c.nodes {
						c.set(func() { c.mute[n] = true })
					}
				}
				return nil
			}
		}
	}
	tests := []struct {
		name    string
		prepare func(*fakeCluster)
		begin   func(*app)
		state   State
		until   func(*app) bool // nil: 20 s
		slow    bool            // leaving cannot succeed
	}{
		{name: "never subscribed", begin: func(*app) {}, state: Unjoined},
		{name: "no broker", prepare: func(c *fakeCluster) {
			for n := range c.nodes {
				c.kill(n)
			}
		}, begin: subscribed, state: Joining},
		{name: "silent brokers", prepare: func(c *fakeCluster) {
			for n := range c.nodes {
				c.mute[n] = true
			}
		}, begin: subscribed, state: Joining},
		{name: "no coordinator", prepare: func(c *fakeCluster) { c.coordinator = -1 }, begin: subscribed, state: Joining},
		{name: "JoinGroup without a member id", prepare: halt(protocol.JoinGroup), begin: subscribed, state: Joining},
		{name: "JoinGroup is held", begin: subscribed, state: Joining,
			until: func(a *app) bool { return len(a.wire.group.memberIDs()) == 1 }},
		{name: "back-off", prepare: func(c *fakeCluster) {
			c.script = refuse(protocol.JoinGroup, -1, protocol.ErrCoordinatorLoadInProgress)
		}, begin: subscribed, state: Unjoined, until: func(a *app) bool { return a.group.State() == Unjoined && a.wire.count(protocol.JoinGroup) > 3 }},
		{name: "SyncGroup is held", prepare: halt(protocol.SyncGroup), begin: subscribed, state: Syncing, slow: true,
			until: func(a *app) bool { return a.wire.count(protocol.SyncGroup) == 1 }},
		{name: "stable", begin: subscribed, state: Stable},
		{name: "stable, and the coordinator is silent", prepare: halt(protocol.Heartbeat), begin: subscribed, state: Stable, slow: true},
		{name: "nobody reads the events", begin: func(a *app) { a.deaf(); subscribed(a) }, state: Stable},
		{name: "an assignment without Done", begin: func(a *app) { a.holdEvents(Assign); subscribed(a) }, state: Stable},
		{name: "a revocation without Done", begin: func(a *app) {
			a.holdEvents(Revoke)
			subscribed(a)
			awaitShares(a.t, 10*second, 6, a)
			a.group.Rejoin("why")
		}, state: Preparing},
		{name: "failed", prepare: func(c *fakeCluster) {
			c.script = refuse(protocol.JoinGroup, -1, protocol.ErrGroupAuthorizationFailed)
		}, begin: subscribed, state: Fatal},
		{name: "leaving, and no answer", prepare: halt(protocol.LeaveGroup), begin: func(a *app) {
			subscribed(a)
			awaitShares(a.t, 10*second, 6, a)
			ctx, cancel := context.WithTimeout(context.Background(), second)
			defer cancel()
			if err := a.group.Unsubscribe(ctx); !errors.Is(err, context.DeadlineExceeded) {
				a.t.Errorf("unsubscribe: %v", err)
			}
		}, state: Leaving, slow: true, until: func(a *app) bool { return true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *fakeCluster) {
				if tt.prepare != nil {
					tt.prepare(c)
				}
				a := newApp(t, c, Config{})
				tt.begin(a)
				if tt.until == nil {
					pass(20 * second)
				} else {
					await(t, 20*second, "the state to close in", func() bool { return tt.until(a) })
				}
				if got := a.group.State(); got != tt.state {
					t.Errorf("closes in state %v, want %v", got, tt.state)
				}
				closeTwice(a, tt.slow)
			})
		})
	}
}

func closeTwice(a *app, slow bool) {
	t, limit := a.t, 2*second
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	err := a.group.Close(ctx)
	took := time.Since(start)
	if slow != errors.Is(err, context.DeadlineExceeded) || !slow && err != nil || took > limit || slow && took < limit {
		t.Errorf("close took %v: %v", took, err)
	}
	events := len(a.kinds())
	if err := a.group.Close(context.Background()); err != nil {
		t.Errorf("second close: %v", err)
	}
	pass(time.Hour)
	if len(a.kinds()) != events {
		t.Errorf("events after close: %s", a.kinds())
	}
	if err := a.client.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// A context that has ended already leaves without a word.
func TestCloseAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		start := time.Now()
		if err := a.group.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("took %v", took)
		}
		<-a.ended
		if err := a.client.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
