package coordinator

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator/assignors"
)

// Config is what a membership needs. The name in brackets is Kafka's property.
type Config struct {
	// GroupID names the group; it must be set. [group.id]
	GroupID string

	// InstanceID makes the member a static one (KIP-345): if it is back within
	// SessionTimeout after a restart, it gets the same partitions without a
	// rebalance. It must be unique in the group. A static member does not leave
	// the group when it is closed. Default none. [group.instance.id]
	InstanceID string

	// Rack is where the member runs, for assignors that care (KIP-881). Default
	// none. [client.rack]
	Rack string

	// SessionTimeout is how long the coordinator keeps a member without
	// heartbeats. Brokers allow a range, by default 6 s to 30 min, and to 30 s
	// before 0.10.1, where the default is lowered to that. Default 45 s.
	// [session.timeout.ms]
	SessionTimeout time.Duration

	// HeartbeatInterval is the time between heartbeats, and thus how soon a
	// member learns of a rebalance. It must be less than SessionTimeout; a third
	// of it or less is advised. Default 3 s. [heartbeat.interval.ms]
	HeartbeatInterval time.Duration

	// RebalanceTimeout is how long a member may take between two calls of
	// [Group.Polled], and how long the coordinator waits for members to rejoin.
	// Default 5 min. [max.poll.interval.ms]
	RebalanceTimeout time.Duration

	// Assignors are those this member supports, by descending preference; the
	// coordinator picks one that all members support. The member uses the most
	// advanced rebalance protocol that all of them support: cooperative, if it is
	// cooperative-sticky alone. Default range, cooperative-sticky: a group goes over
	// from one to the other when all members have both and range is left out of
	// one after the other. [partition.assignment.strategy]
	Assignors []assignors.Assignor

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
func (c Config) withDefaults(client cluster.Config) Config {
	c.SessionTimeout = or(c.SessionTimeout, defaultSessionTimeout)
	c.HeartbeatInterval = or(c.HeartbeatInterval, 3*time.Second)
	c.RebalanceTimeout = or(c.RebalanceTimeout, 5*time.Minute)
	if len(c.Assignors) == 0 {
		c.Assignors = assignors.Default()
	}
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

func or(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// validate joins all that is wrong with c, defaults filled in.
func (c *Config) validate() error {
	var errs []error
	if c.GroupID == "" {
		errs = append(errs, errors.New("GroupID (group.id) is empty: a member needs the name of its group"))
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"SessionTimeout (session.timeout.ms)", c.SessionTimeout},
		{"HeartbeatInterval (heartbeat.interval.ms)", c.HeartbeatInterval},
		{"RebalanceTimeout (max.poll.interval.ms)", c.RebalanceTimeout},
	} {
		if d.value < time.Millisecond || d.value > math.MaxInt32*time.Millisecond {
			errs = append(errs, fmt.Errorf("%s is %v, want 1ms to %v", d.name, d.value, math.MaxInt32*time.Millisecond))
		}
	}
	if c.HeartbeatInterval >= c.SessionTimeout {
		errs = append(errs, fmt.Errorf("HeartbeatInterval (heartbeat.interval.ms) is %v and SessionTimeout (session.timeout.ms) is %v: the interval must be shorter, best a third or less",
			c.HeartbeatInterval, c.SessionTimeout))
	}
	if c.RetryBackoff < 0 || c.RetryBackoffMax < 0 {
		errs = append(errs, fmt.Errorf("RetryBackoff (retry.backoff.ms) is %v and RetryBackoffMax (retry.backoff.max.ms) is %v: want none below 0", c.RetryBackoff, c.RetryBackoffMax))
	}
	return errors.Join(append(errs, c.validateAssignors()...)...)
}

func (c *Config) validateAssignors() []error {
	var errs []error
	names := make(map[string]bool)
	for i, a := range c.Assignors {
		switch {
		case a == nil:
			errs = append(errs, fmt.Errorf("assignor %d of Assignors (partition.assignment.strategy) is nil", i))
			continue
		case a.Name() == "" || names[a.Name()]:
			errs = append(errs, fmt.Errorf("assignor %d of Assignors (partition.assignment.strategy) has the name %q, which is empty or used twice", i, a.Name()))
		}
		names[a.Name()] = true
		if len(a.Protocols()) == 0 {
			errs = append(errs, fmt.Errorf("assignor %q of Assignors (partition.assignment.strategy) supports no rebalance protocol", a.Name()))
		}
	}
	if len(errs) == 0 && !c.supports(assignors.EagerProtocol) && !c.cooperative() {
		errs = append(errs, fmt.Errorf("the Assignors (partition.assignment.strategy) have no rebalance protocol in common: each must support %v, or each %v",
			assignors.EagerProtocol, assignors.CooperativeProtocol))
	}
	return errs
}

// cooperative tells whether the member keeps its partitions over rebalances: that
// is so if all its assignors can deal with it.
func (c *Config) cooperative() bool { return c.supports(assignors.CooperativeProtocol) }

// supports tells whether all assignors support a rebalance protocol.
func (c *Config) supports(p assignors.RebalanceProtocol) bool {
	return !slices.ContainsFunc(c.Assignors, func(a assignors.Assignor) bool {
		return !slices.Contains(a.Protocols(), p)
	})
}
