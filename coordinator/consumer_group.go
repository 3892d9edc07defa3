package coordinator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// ConsumerGroup is a membership under the consumer protocol of KIP-848, where the
// brokers divide the partitions. It runs by itself in one goroutine, and has the
// events and methods of a [Group]. Its methods are safe for concurrent use.
type ConsumerGroup struct {
	client  *cluster.Client
	asker   asker
	cfg     ConsumerGroupConfig
	log     *slog.Logger
	backoff conn.Backoff
	loop    *consumerLoop

	ctx      context.Context // ends with the goroutine
	cancel   context.CancelFunc
	events   chan *Event
	commands chan func()
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

// NewConsumerGroup returns a membership that has not joined yet:
// [ConsumerGroup.Subscribe] starts it. An error names all fields of cfg that are
// wrong.
func NewConsumerGroup(client *cluster.Client, cfg ConsumerGroupConfig) (*ConsumerGroup, error) {
	cfg = cfg.withDefaults(client.Config())
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("consumer group: %w", err)
	}
	g := &ConsumerGroup{
		client:   client,
		asker:    asker{client, cfg.GroupID},
		cfg:      cfg,
		log:      cfg.Logger.With("group", cfg.GroupID),
		backoff:  conn.Backoff{Base: cfg.RetryBackoff, Max: cfg.RetryBackoffMax},
		events:   make(chan *Event),
		commands: make(chan func()),
		metadata: make(chan struct{}, 1),
		back:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		done:     make(chan struct{}),
		started:  time.Now(),
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.loop = newConsumerLoop(g)
	g.loop.publish()
	go g.loop.run()
	return g, nil
}

// newMemberID returns an id as the Java client makes them: random, and without a
// hyphen in front that would make it look like an option of a command.
func newMemberID() string {
	for {
		var id wire.UUID
		_, _ = rand.Read(id[:]) // it never fails
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
		if s := id.String(); s[0] != '-' {
			return s
		}
	}
}

// Events returns the channel of events. An event that the membership has
// overtaken before it was received is withdrawn: the receiver always gets the
// one that holds. The channel is closed when the group is; nothing is sent after
// Close.
func (g *ConsumerGroup) Events() <-chan *Event { return g.events }

// Subscribe joins the group with a subscription to topics, or changes it; there
// may be none. It ends one to a pattern. After a Failed event it starts anew. On a
// closed group it does nothing.
func (g *ConsumerGroup) Subscribe(topics []string) {
	topics = slices.Clone(topics)
	slices.Sort(topics)
	g.subscribe(topicFilter{topics: slices.Compact(topics)})
}

func (g *ConsumerGroup) subscribe(wanted topicFilter) {
	g.Polled()
	g.do(func() { g.loop.m.subscribe(wanted) })
}

// SubscribePattern joins the group with a subscription to all topics whose whole
// name a pattern matches, now or later: RE2, which the coordinator evaluates. It
// asks the coordinator first whether it knows patterns, until ctx ends; one before
// Kafka 4.0 does not, then the error wraps a [*conn.FeatureError].
func (g *ConsumerGroup) SubscribePattern(ctx context.Context, pattern string) error {
	for failures := 1; ; failures++ {
		c, err := g.asker.conn(ctx, cluster.UseCoordinator)
		if err == nil {
			if version, ok := c.Version(protocol.ConsumerGroupHeartbeat); ok && version < 1 {
				return c.Lacks("patterns of topics that brokers match", "4.0")
			}
			g.subscribe(topicFilter{pattern: pattern})
			return nil
		}
		if !retriable(err) && !lacks(err, protocol.FindCoordinator) {
			return fmt.Errorf("subscribe group %s to a pattern: %w", g.cfg.GroupID, err)
		}
		if ctx.Err() == nil {
			pause(ctx, g.backoff.Delay(failures))
		}
		if ctx.Err() != nil {
			return fmt.Errorf("subscribe group %s to a pattern: %w; the last failure: %w", g.cfg.GroupID, context.Cause(ctx), err)
		}
	}
}

// Unsubscribe leaves the group and waits for the coordinator's answer, or until
// ctx ends. No event tells of it, and one that was not received yet is
// withdrawn: the partitions are the caller's to give up, before the call. The
// partitions of a static member go to nobody else until its session is over, as it
// may come back.
func (g *ConsumerGroup) Unsubscribe(ctx context.Context) error {
	left := make(chan struct{})
	g.do(func() {
		g.loop.m.unsubscribe("the consumer unsubscribed")
		g.loop.onLeft(func() { close(left) })
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

// Polled restarts the watch over ConsumerGroupConfig.RebalanceTimeout: the
// application came back for records, or waits for some; a poll that waits must
// call it, too. It is cheap enough for every poll. A member that left for not
// polling joins again.
func (g *ConsumerGroup) Polled() {
	g.lastPolled.Store(int64(time.Since(g.started)))
	if g.idle.Load() {
		wake(g.back)
	}
}

// Generation returns the identity to commit under: the member and its epoch, which
// changes with heartbeats. What is committed late is committed under the epoch of
// now if the member has had the partitions all the time, else it is refused.
func (g *ConsumerGroup) Generation() Generation { return *g.generation.Load() }

// State returns where the membership stands.
func (g *ConsumerGroup) State() State { return State(g.state.Load()) }

// Rejoin has the member tell the coordinator everything at once. It is up to the
// coordinator whether a rebalance follows.
func (g *ConsumerGroup) Rejoin(reason string) {
	g.do(func() {
		g.log.Info("telling the coordinator everything anew", "reason", reason)
		g.loop.m.rejoin()
	})
}

// Close leaves the group and ends the goroutine; it waits for both until ctx ends.
// The partitions of a static member go to nobody else until its session is over.
// An error tells that the coordinator may not know that the member has left: it
// will notice after the broker's group.consumer.session.timeout.ms. No event is
// sent after Close was called; the partitions are the caller's to give up, before
// the call. More calls wait for the first.
func (g *ConsumerGroup) Close(ctx context.Context) error {
	g.once.Do(func() {
		g.closeCtx = ctx
		close(g.closing)
	})
	select {
	case <-g.done:
		return nil
	case <-ctx.Done():
		g.cancel()
		return fmt.Errorf("close group %s: the coordinator was not told, and will notice after the broker's group.consumer.session.timeout.ms: %w",
			g.cfg.GroupID, context.Cause(ctx))
	}
}

// do runs f in the goroutine.
func (g *ConsumerGroup) do(f func()) {
	select {
	case g.commands <- f:
	case <-g.closing:
	}
}

func (g *ConsumerGroup) polledAt() time.Time {
	return g.started.Add(time.Duration(g.lastPolled.Load()))
}

// errPollInterval tells the application that it was too slow.
func (g *ConsumerGroup) errPollInterval() error {
	return fmt.Errorf("%w: more than RebalanceTimeout (max.poll.interval.ms) of %v has passed since the last poll; poll more often, take fewer records at a time (max.poll.records), or raise the timeout",
		ErrPollInterval, g.cfg.RebalanceTimeout)
}

// howToEnable tells what a broker must be to have the consumer protocol.
const howToEnable = "brokers have it since Kafka 4.0, if group.coordinator.rebalance.protocols names consumer and the feature group.version is 1, " +
	"and as early access since 3.7, if moreover unstable.api.versions.enable is true; or set GroupProtocol to ClassicProtocol (group.protocol=classic)"

// protocolFeature names the protocol for who reads an error.
const protocolFeature = "groups of the consumer protocol (GroupProtocol ConsumerProtocol, group.protocol=consumer)"

// noConsumerGroups is the error of a broker without the protocol's API.
func noConsumerGroups(err error) error {
	var u *conn.UnsupportedError
	errors.As(err, &u)
	return fmt.Errorf("%w: %s", &conn.FeatureError{
		Feature: protocolFeature, Since: "4.0", Broker: u.Broker, Release: u.Release, Fixed: u.Fixed != "",
	}, howToEnable)
}
