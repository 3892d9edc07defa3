package coordinator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// ConsumerGroup is a membership under the consumer protocol of KIP-848, where the
// brokers divide the partitions. It runs by itself in one goroutine, and has the
// events and methods of a [Group]. Its methods are safe for concurrent use.
type ConsumerGroup struct {
	*membership
	cfg ConsumerGroupConfig
	m   *consumerMember // the goroutine's
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
		membership: newMembership(client, cfg.GroupID, cfg.Logger, conn.Backoff{Base: cfg.RetryBackoff, Max: cfg.RetryBackoffMax}, cfg.RebalanceTimeout),
		cfg:        cfg,
		m:          newConsumerMember(cfg, newMemberID()),
	}
	g.start(g.m, &consumerLoop{ConsumerGroup: g})
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
	g.do(func() { g.m.subscribe(wanted) })
}

// SubscribePattern joins the group with a subscription to all topics whose whole
// name a pattern matches, now or later: RE2, which the coordinator evaluates. It
// asks the coordinator first whether it knows patterns, until ctx ends; one before
// Kafka 4.0 does not, then the error wraps a [*conn.FeatureError].
func (g *ConsumerGroup) SubscribePattern(ctx context.Context, pattern string) error {
	for failures := 1; ; failures++ {
		c, err := g.asker.Conn(ctx, cluster.UseCoordinator)
		if err == nil {
			if version, ok := c.Version(protocol.ConsumerGroupHeartbeat); ok && version < 1 {
				return c.Lacks("patterns of topics that brokers match", "4.0")
			}
			g.subscribe(topicFilter{pattern: pattern})
			return nil
		}
		if !coordination.Retriable(err) && !lacks(err, protocol.FindCoordinator) {
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

// Rejoin has the member tell the coordinator everything at once. It is up to the
// coordinator whether a rebalance follows.
func (g *ConsumerGroup) Rejoin(reason string) {
	g.do(func() {
		g.log.Info("telling the coordinator everything anew", "reason", reason)
		g.m.rejoin()
	})
}

// Close leaves the group and ends the goroutine; it waits for both until ctx ends.
// The partitions of a static member go to nobody else until its session is over.
// An error tells that the coordinator may not know that the member has left: it
// will notice after the broker's group.consumer.session.timeout.ms. No event is
// sent after Close was called; the partitions are the caller's to give up, before
// the call. More calls wait for the first.
func (g *ConsumerGroup) Close(ctx context.Context) error { return g.Depart(ctx, DefaultDeparture) }

// Depart is Close, where it is said what becomes of the member.
func (g *ConsumerGroup) Depart(ctx context.Context, how Departure) error {
	return g.close(ctx, how, func() string { return "the broker's group.consumer.session.timeout.ms" })
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
