package consumer

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/coordinator"
)

// membership is a [coordinator.Group] or a [coordinator.ConsumerGroup].
type membership interface {
	Events() <-chan *coordinator.Event
	Done(*coordinator.Event)
	Subscribe(topics []string)
	// SubscribePattern subscribes to topics whose whole name the pattern matches. An
	// [errors.ErrUnsupported] or a [*conn.FeatureError] tells that the topics must be
	// found here.
	SubscribePattern(ctx context.Context, re2 string) error
	Unsubscribe(ctx context.Context) error
	Polled()
	Generation() coordinator.Generation
	State() coordinator.State
	Rejoin(reason string)
	Depart(ctx context.Context, how coordinator.Departure) error
}

// newMembership returns that of a consumer in a group.
func newMembership(client *cluster.Client, cfg *Config, meter coordinator.Meter) (membership, error) {
	if cfg.GroupProtocol == ConsumerProtocol {
		group, err := coordinator.NewConsumerGroup(client, coordinator.ConsumerGroupConfig{
			GroupID:          cfg.GroupID,
			InstanceID:       cfg.GroupInstanceID,
			Rack:             cfg.ClientRack,
			RebalanceTimeout: cfg.MaxPollInterval,
			RemoteAssignor:   cfg.GroupRemoteAssignor,
			Meter:            meter,
		})
		if err != nil {
			return nil, err
		}
		return consumerMembership{group}, nil
	}
	group, err := coordinator.NewGroup(client, coordinator.Config{
		GroupID:           cfg.GroupID,
		InstanceID:        cfg.GroupInstanceID,
		Rack:              cfg.ClientRack,
		SessionTimeout:    cfg.SessionTimeout,
		HeartbeatInterval: cfg.HeartbeatInterval,
		RebalanceTimeout:  cfg.MaxPollInterval,
		Assignors:         cfg.Assignors,
		Meter:             meter,
	})
	if err != nil {
		return nil, err
	}
	return classicMembership{group}, nil
}

type classicMembership struct{ *coordinator.Group }

func (classicMembership) Done(ev *coordinator.Event) { ev.Done() }

func (classicMembership) SubscribePattern(context.Context, string) error {
	return errors.ErrUnsupported
}

type consumerMembership struct{ *coordinator.ConsumerGroup }

func (consumerMembership) Done(ev *coordinator.Event) { ev.Done() }

// internalTopics are Kafka's own, which brokers do not leave out of what a pattern
// matches.
var internalTopics = []string{"__consumer_offsets", "__transaction_state", "__share_group_state"}

// remotePattern returns re as brokers take it, which match whole names; false if
// the topics must be found here.
func (c *Consumer) remotePattern(re *regexp.Regexp) (string, bool) {
	if c.group == nil || c.cfg.GroupProtocol != ConsumerProtocol {
		return "", false
	}
	if !c.cfg.IncludeInternalTopics && slices.ContainsFunc(internalTopics, re.MatchString) {
		return "", false
	}
	return ".*(?:" + re.String() + ").*", true
}

// subscribeRemotely has the group's coordinator match the pattern of the
// subscription, if it can.
func (c *Consumer) subscribeRemotely(ctx context.Context, pattern string) error {
	err := c.group.SubscribePattern(ctx, pattern)
	var old *conn.FeatureError
	if !errors.As(err, &old) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	c.log.Info("the brokers do not match patterns: topics are matched by the client", "group", c.cfg.GroupID, "reason", err)
	c.mu.Lock()
	if ctx.Err() != nil { // the subscription is another by now
		c.mu.Unlock()
		return ctx.Err()
	}
	c.sub.remote = false
	c.mu.Unlock()
	c.client.SetAllTopics(true)
	return c.awaitTopics(ctx)
}

// followRemote keeps the metadata of topics that the coordinator has matched.
func (c *Consumer) followRemote() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sub.mode != byPattern || !c.sub.remote {
		return
	}
	var topics []string
	for _, tp := range c.Assignment() {
		topics = append(topics, tp.Topic)
	}
	c.sub.topics = sorted(topics)
	c.client.SetTopics(c.sub.topics)
}
