package coordinator

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/barnabas-go/kafka/cluster"
)

// ConsumerGroupConfig is what a membership under the consumer protocol needs. The
// name in brackets is Kafka's property. The session timeout, the heartbeat
// interval and the assignors are the broker's to set, see its settings that begin
// with group.consumer.
type ConsumerGroupConfig struct {
	// GroupID names the group; it must be set. [group.id]
	GroupID string

	// InstanceID makes the member a static one (KIP-345): if it is back before its
	// session is over, it gets the same partitions, and no others get them
	// meanwhile. It must be unique in the group. Default none.
	// [group.instance.id]
	InstanceID string

	// Rack is where the member runs, for the broker's assignors. Default none.
	// [client.rack]
	Rack string

	// RebalanceTimeout is how long a member may take between two calls of
	// [ConsumerGroup.Polled], and how long the coordinator waits until the member
	// has given up partitions. Default 5 min. [max.poll.interval.ms]
	RebalanceTimeout time.Duration

	// RemoteAssignor is the broker's assignor that the member asks for; the one
	// that most members want divides the partitions. Default the broker's choice.
	// [group.remote.assignor]
	RemoteAssignor string

	// RetryBackoff is the pause before something is tried again. It doubles with
	// every further failure up to RetryBackoffMax, each ±20 % at random. Default
	// that of the client. [retry.backoff.ms]
	RetryBackoff time.Duration

	// RetryBackoffMax is the longest such pause. Default that of the client.
	// [retry.backoff.max.ms]
	RetryBackoffMax time.Duration

	// Meter is told what the membership does. Default none.
	Meter Meter

	// Logger gets the membership's messages. Default that of the client.
	Logger *slog.Logger
}

// withDefaults returns c with zero fields replaced.
func (c ConsumerGroupConfig) withDefaults(client cluster.Config) ConsumerGroupConfig {
	c.RebalanceTimeout = or(c.RebalanceTimeout, 5*time.Minute)
	c.RetryBackoff = or(c.RetryBackoff, client.RetryBackoff)
	c.RetryBackoffMax = or(c.RetryBackoffMax, max(c.RetryBackoff, client.RetryBackoffMax))
	if c.Logger == nil {
		c.Logger = client.Logger
	}
	if c.Meter == nil {
		c.Meter = unmetered{}
	}
	return c
}

// validate joins all that is wrong with c, defaults filled in.
func (c *ConsumerGroupConfig) validate() error {
	var errs []error
	if c.GroupID == "" {
		errs = append(errs, errors.New("GroupID (group.id) is empty: a member needs the name of its group"))
	}
	if c.RebalanceTimeout < time.Millisecond || c.RebalanceTimeout > math.MaxInt32*time.Millisecond {
		errs = append(errs, fmt.Errorf("RebalanceTimeout (max.poll.interval.ms) is %v, want 1ms to %v", c.RebalanceTimeout, math.MaxInt32*time.Millisecond))
	}
	if c.RetryBackoff < 0 || c.RetryBackoffMax < 0 {
		errs = append(errs, fmt.Errorf("RetryBackoff (retry.backoff.ms) is %v and RetryBackoffMax (retry.backoff.max.ms) is %v: want none below 0", c.RetryBackoff, c.RetryBackoffMax))
	}
	return errors.Join(errs...)
}
