package coordinator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/coordinator/assignors"
)

// Group is a membership under the classic group protocol. It runs by itself in
// one goroutine: join, sync, heartbeat, leave. Its methods are safe for
// concurrent use.
type Group struct {
	*membership
	cfg     Config
	session atomic.Int64 // see sessionTimeout
	m       *member      // the goroutine's
}

// NewGroup returns a membership that has not joined yet: [Group.Subscribe]
// starts it. An error names all fields of cfg that are wrong.
func NewGroup(client *cluster.Client, cfg Config) (*Group, error) {
	cfg = cfg.withDefaults(client.Config())
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("consumer group: %w", err)
	}
	cfg.Assignors = ownAssignors(cfg.Assignors)
	g := &Group{
		membership: newMembership(client, cfg.GroupID, cfg.Logger, conn.Backoff{Base: cfg.RetryBackoff, Max: cfg.RetryBackoffMax}, cfg.RebalanceTimeout),
		cfg:        cfg,
		m:          newMember(cfg.InstanceID, cfg.cooperative()),
	}
	g.session.Store(int64(cfg.SessionTimeout))
	g.start(g.m, &loop{Group: g})
	return g, nil
}

// Subscribe joins the group with a subscription to topics, or rejoins if they
// differ from those before; there may be none. After a Failed event it starts
// anew. On a closed Group it does nothing.
func (g *Group) Subscribe(topics []string) {
	g.Polled()
	g.do(func() { g.m.subscribe(topics) })
}

// Rejoin starts a rebalance. The coordinator's log tells the reason (KIP-800).
func (g *Group) Rejoin(reason string) {
	g.do(func() { g.m.rejoin(reason) })
}

// Close leaves the group, unless the member is a static one, and ends the
// goroutine; it waits for both until ctx ends. An error tells that the
// coordinator may not know that the member has left: it will notice after
// Config.SessionTimeout. No event is sent after Close was called; the
// partitions are the caller's to give up, before the call. More calls wait for
// the first.
func (g *Group) Close(ctx context.Context) error { return g.Depart(ctx, DefaultDeparture) }

// Depart is Close, where it is said what becomes of the member.
func (g *Group) Depart(ctx context.Context, how Departure) error {
	return g.close(ctx, how, func() string { return fmt.Sprintf("SessionTimeout (session.timeout.ms) of %v", g.sessionTimeout()) })
}

// ownAssignors returns the assignors of one membership.
func ownAssignors(list []assignors.Assignor) []assignors.Assignor {
	own := slices.Clone(list)
	for i, a := range own {
		if s, ok := a.(assignors.Stateful); ok {
			own[i] = s.New()
		}
	}
	return own
}

// assignor returns the assignor of that name, nil if the member has none.
func (g *Group) assignor(name string) assignors.Assignor {
	for _, a := range g.cfg.Assignors {
		if a.Name() == name {
			return a
		}
	}
	return nil
}

// errSession tells that the coordinator was out of reach.
func (g *Group) errSession() error {
	return fmt.Errorf("%w: no heartbeat was answered for SessionTimeout (session.timeout.ms) of %v", ErrSessionExpired, g.sessionTimeout())
}

// Errors of a Lost event, beside the broker's.
var (
	// ErrPollInterval is that of a member which left since the application did
	// not poll.
	ErrPollInterval = errors.New("the member has left the group")
	// ErrSessionExpired is that of a member whose coordinator was out of reach.
	ErrSessionExpired = errors.New("the membership has expired")
)
