package coordinator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/coordinator/assignors"
)

// Group is a membership under the classic group protocol. It runs by itself in
// one goroutine: join, sync, heartbeat, leave. Its methods are safe for
// concurrent use.
type Group struct {
	client  *cluster.Client
	asker   asker
	cfg     Config
	session atomic.Int64 // see sessionTimeout
	log     *slog.Logger
	backoff conn.Backoff

	ctx      context.Context // ends with the goroutine
	cancel   context.CancelFunc
	events   chan *Event
	commands chan func(*loop)
	metadata chan struct{} // new metadata
	back     chan struct{} // the application polls again
	closing  chan struct{}
	closeCtx context.Context // of the first Close, set before closing is closed
	once     sync.Once
	done     chan struct{}

	started    time.Time
	lastPolled atomic.Int64 // since started
	idle       atomic.Bool  // the application did not poll in time
	state      atomic.Int32
	generation atomic.Pointer[Generation]
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
		client:   client,
		asker:    asker{client, cfg.GroupID},
		cfg:      cfg,
		log:      cfg.Logger.With("group", cfg.GroupID),
		backoff:  conn.Backoff{Base: cfg.RetryBackoff, Max: cfg.RetryBackoffMax},
		events:   make(chan *Event),
		commands: make(chan func(*loop)),
		metadata: make(chan struct{}, 1),
		back:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		done:     make(chan struct{}),
		started:  time.Now(),
	}
	g.session.Store(int64(cfg.SessionTimeout))
	g.ctx, g.cancel = context.WithCancel(context.Background())
	l := newLoop(g)
	l.publish()
	go l.run()
	return g, nil
}

// Events returns the channel of events. An event that the membership has
// overtaken before it was received is withdrawn: the receiver always gets the
// one that holds. The channel is closed when the Group is; nothing is sent after
// Close.
func (g *Group) Events() <-chan *Event { return g.events }

// Subscribe joins the group with a subscription to topics, or rejoins if they
// differ from those before; there may be none. After a Failed event it starts
// anew. On a closed Group it does nothing.
func (g *Group) Subscribe(topics []string) {
	g.Polled()
	g.do(func(l *loop) { l.m.subscribe(topics) })
}

// Unsubscribe leaves the group and waits for the coordinator's answer, or until
// ctx ends. No event tells of it, and one that was not received yet is
// withdrawn: the partitions are the caller's to give up, before the call. A
// static member leaves no trace at the coordinator, as it may come back.
func (g *Group) Unsubscribe(ctx context.Context) error {
	left := make(chan struct{})
	g.do(func(l *loop) {
		l.m.unsubscribe("the consumer unsubscribed")
		l.onLeft(func() { close(left) })
	})
	select {
	case <-left:
		return nil
	case <-g.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("leave group %s: %w", g.cfg.GroupID, context.Cause(ctx))
	}
}

// Polled restarts the watch over Config.RebalanceTimeout: the application came
// back for records, or waits for some; a poll that waits must call it, too. It
// is cheap enough for every poll. A member that left for not polling joins
// again.
func (g *Group) Polled() {
	g.lastPolled.Store(int64(time.Since(g.started)))
	if g.idle.Load() {
		wake(g.back)
	}
}

// Generation returns the identity to commit under. It changes when an
// assignment is made, not before, so that what is committed late is refused by
// the coordinator instead of overwriting another member's progress.
func (g *Group) Generation() Generation { return *g.generation.Load() }

// State returns where the membership stands.
func (g *Group) State() State { return State(g.state.Load()) }

// Rejoin starts a rebalance. The coordinator's log tells the reason (KIP-800).
func (g *Group) Rejoin(reason string) {
	g.do(func(l *loop) { l.m.rejoin(reason) })
}

// Close leaves the group, unless the member is a static one, and ends the
// goroutine; it waits for both until ctx ends. An error tells that the
// coordinator may not know that the member has left: it will notice after
// Config.SessionTimeout. No event is sent after Close was called; the
// partitions are the caller's to give up, before the call. More calls wait for
// the first.
func (g *Group) Close(ctx context.Context) error {
	g.once.Do(func() {
		g.closeCtx = ctx
		close(g.closing)
	})
	select {
	case <-g.done:
		return nil
	case <-ctx.Done():
		g.cancel()
		return fmt.Errorf("close group %s: the coordinator was not told, and will notice after SessionTimeout (session.timeout.ms) of %v: %w",
			g.cfg.GroupID, g.sessionTimeout(), context.Cause(ctx))
	}
}

// do runs f in the goroutine.
func (g *Group) do(f func(*loop)) {
	select {
	case g.commands <- f:
	case <-g.closing:
	}
}

// wake puts a token into a channel of capacity one.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
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

// errPollInterval tells the application that it was too slow.
func (g *Group) errPollInterval() error {
	return fmt.Errorf("%w: more than RebalanceTimeout (max.poll.interval.ms) of %v has passed since the last poll; poll more often, take fewer records at a time (max.poll.records), or raise the timeout",
		ErrPollInterval, g.cfg.RebalanceTimeout)
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
