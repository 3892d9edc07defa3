package coordinator

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
)

// membership is what [Group] and [ConsumerGroup] have in common: a goroutine that
// drives the state machine of a protocol, see run, and the application's ends.
type membership struct {
	client  *cluster.Client
	asker   coordination.Asker
	log     *slog.Logger
	backoff conn.Backoff
	maxIdle time.Duration // between two polls

	ctx       context.Context // ends with the goroutine
	cancel    context.CancelFunc
	events    chan *Event
	commands  chan func()
	metadata  chan struct{} // new metadata
	back      chan struct{} // the application polls again
	closing   chan struct{}
	closeCtx  context.Context // of the first Close, set before closing is closed
	departure Departure       // likewise
	once      sync.Once
	done      chan struct{}

	started    time.Time
	lastPolled atomic.Int64 // since started
	idle       atomic.Bool  // the application did not poll in time
	state      atomic.Int32
	generation atomic.Pointer[Generation]

	work // of the goroutine
}

// newMembership returns one that start is to be called of.
func newMembership(client *cluster.Client, groupID string, log *slog.Logger, backoff conn.Backoff, maxIdle time.Duration) *membership {
	g := &membership{
		client:   client,
		asker:    askerOf(client, groupID),
		log:      log.With("group", groupID),
		backoff:  backoff,
		maxIdle:  maxIdle,
		events:   make(chan *Event),
		commands: make(chan func()),
		metadata: make(chan struct{}, 1),
		back:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		done:     make(chan struct{}),
		started:  time.Now(),
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// Events returns the channel of events. An event that the membership has
// overtaken before it was received is withdrawn: the receiver always gets the
// one that holds. The channel is closed when the group is; nothing is sent after
// Close.
func (g *membership) Events() <-chan *Event { return g.events }

// Unsubscribe leaves the group and waits for the coordinator's answer, or until
// ctx ends. No event tells of it, and one that was not received yet is
// withdrawn: the partitions are the caller's to give up, before the call. A
// static member may come back before its session is over: it leaves no trace at
// the coordinator of a classic group, and that of a [ConsumerGroup] keeps its
// partitions for it.
func (g *membership) Unsubscribe(ctx context.Context) error {
	left := make(chan struct{})
	g.do(func() {
		g.machine.unsubscribe("the consumer unsubscribed")
		g.onceLeft = append(g.onceLeft, func() { close(left) })
	})
	select {
	case <-left:
		return nil
	case <-g.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("leave group %s: %w", g.asker.Key, context.Cause(ctx))
	}
}

// Polled restarts the watch over RebalanceTimeout: the application came back for
// records, or waits for some; a poll that waits must call it, too. It is cheap
// enough for every poll. A member that left for not polling joins again.
func (g *membership) Polled() {
	g.lastPolled.Store(int64(time.Since(g.started)))
	if g.idle.Load() {
		wake(g.back)
	}
}

// Generation returns the identity to commit under. That of a [Group] changes when
// an assignment is made, that of a [ConsumerGroup] with heartbeats. What is
// committed late is committed under the identity of now if the member has had the
// partitions all the time, else it is refused instead of overwriting another
// member's progress.
func (g *membership) Generation() Generation { return *g.generation.Load() }

// State returns where the membership stands.
func (g *membership) State() State { return State(g.state.Load()) }

// close has the goroutine leave the group and end, and waits for it until ctx
// ends. noticed is when the coordinator will notice that the member has gone.
func (g *membership) close(ctx context.Context, how Departure, noticed func() string) error {
	g.once.Do(func() {
		g.closeCtx, g.departure = ctx, how
		close(g.closing)
	})
	select {
	case <-g.done:
		return nil
	case <-ctx.Done():
		g.cancel()
		return fmt.Errorf("close group %s: the coordinator was not told, and will notice after %s: %w", g.asker.Key, noticed(), context.Cause(ctx))
	}
}

// do runs f in the goroutine.
func (g *membership) do(f func()) {
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

func (g *membership) polledAt() time.Time {
	return g.started.Add(time.Duration(g.lastPolled.Load()))
}

// errPollInterval tells the application that it was too slow.
func (g *membership) errPollInterval() error {
	return fmt.Errorf("%w: more than RebalanceTimeout (max.poll.interval.ms) of %v has passed since the last poll; poll more often, take fewer records at a time (max.poll.records), or raise the timeout",
		ErrPollInterval, g.maxIdle)
}
