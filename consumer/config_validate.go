package consumer

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
)

// Validate returns what is wrong with c: nil, or one error that joins a
// [*cluster.ConfigError] for each wrong field and each pair of fields that
// contradict each other. New calls it.
func (c Config) Validate() error {
	v := validation{[]error{c.Config.Validate()}}
	filled := c.WithDefaults()
	filled.validateSizes(&v)
	filled.validateTimes(&v)
	c.validateGroup(&v)
	c.validateProtocol(&v)
	c.validateReset(&v)
	if c.OnCorruptBatch < CorruptFail || c.OnCorruptBatch > CorruptHandOver {
		v.refuse("OnCorruptBatch", int8(c.OnCorruptBatch), "must be CorruptFail, CorruptSkip or CorruptHandOver")
	}
	if c.IsolationLevel != ReadUncommitted && c.IsolationLevel != ReadCommitted {
		v.refuse("IsolationLevel (isolation.level)", int8(c.IsolationLevel), "must be ReadUncommitted or ReadCommitted")
	}
	return errors.Join(v.errs...)
}

func (c *Config) validateReset(v *validation) {
	switch {
	case c.AutoOffsetReset < ResetDefault || c.AutoOffsetReset > ResetByDuration:
		v.refuse("AutoOffsetReset (auto.offset.reset)", int8(c.AutoOffsetReset), "must be ResetDefault, ResetLatest, ResetEarliest, ResetNone or ResetByDuration")
	case c.ResetDuration < 0:
		v.refuse("ResetDuration (auto.offset.reset=by_duration:...)", c.ResetDuration, "must not be negative")
	case (c.AutoOffsetReset == ResetByDuration) != (c.ResetDuration > 0):
		v.refuse("AutoOffsetReset (auto.offset.reset) and ResetDuration", fmt.Sprintf("%v and %v", c.AutoOffsetReset, c.ResetDuration),
			"ResetByDuration needs a ResetDuration, which no other value has")
	}
}

type validation struct{ errs []error }

func (v *validation) refuse(field string, value any, allowed string) {
	v.errs = append(v.errs, &cluster.ConfigError{Field: field, Value: fmt.Sprint(value), Allowed: allowed})
}

func (c *Config) validateSizes(v *validation) {
	for _, f := range []struct {
		field string
		value int
	}{
		{"FetchMinBytes (fetch.min.bytes)", c.FetchMinBytes},
		{"FetchMaxBytes (fetch.max.bytes)", c.FetchMaxBytes},
		{"MaxPartitionFetchBytes (max.partition.fetch.bytes)", c.MaxPartitionFetchBytes},
		{"FetchBufferBytes", c.FetchBufferBytes},
		{"MaxBatchBytes", c.MaxBatchBytes},
		{"MaxPollRecords (max.poll.records)", c.MaxPollRecords},
	} {
		if f.value < 1 || f.value > math.MaxInt32 {
			v.refuse(f.field, f.value, "must be 1 to 2147483647, or zero for the default")
		}
	}
	if response := c.responseLimit(); c.FetchMaxBytes > response {
		v.refuse("FetchMaxBytes (fetch.max.bytes) and MaxResponseBytes", fmt.Sprintf("%d and %d", c.FetchMaxBytes, response),
			"MaxResponseBytes must not be less than FetchMaxBytes, or answers to fetches would be refused")
	}
	if c.FetchMinBytes > c.FetchMaxBytes {
		v.refuse("FetchMinBytes (fetch.min.bytes) and FetchMaxBytes (fetch.max.bytes)", fmt.Sprintf("%d and %d", c.FetchMinBytes, c.FetchMaxBytes),
			"FetchMaxBytes must not be less than FetchMinBytes")
	}
}

func (c *Config) responseLimit() int {
	if c.MaxResponseBytes == 0 {
		return conn.DefaultMaxResponseBytes
	}
	return c.MaxResponseBytes
}

func (c *Config) validateTimes(v *validation) {
	for _, f := range []struct {
		field string
		value time.Duration
	}{
		{"FetchMaxWait (fetch.max.wait.ms)", c.FetchMaxWait},
		{"MaxPollInterval (max.poll.interval.ms)", c.MaxPollInterval},
		{"SessionTimeout (session.timeout.ms)", c.SessionTimeout},
		{"HeartbeatInterval (heartbeat.interval.ms)", c.HeartbeatInterval},
		{"AutoCommitInterval (auto.commit.interval.ms)", c.AutoCommitInterval},
	} {
		if f.value < time.Millisecond || f.value > math.MaxInt32*time.Millisecond {
			v.refuse(f.field, f.value, "must be 1ms to 596h31m23.647s, or zero for the default")
		}
	}
	if c.MetricsSamples < 0 || c.MetricsSamples > 1000 {
		v.refuse("MetricsSamples (metrics.num.samples)", c.MetricsSamples, "must be 1 to 1000, or zero for the default")
	}
	if c.MetricsWindow < 0 {
		v.refuse("MetricsWindow (metrics.sample.window.ms)", c.MetricsWindow, "must be positive, or zero for the default")
	}
	if c.ConsumerTimeout < 0 {
		v.refuse("ConsumerTimeout (consumer_timeout_ms)", c.ConsumerTimeout, "must not be negative; zero for none")
	}
	if c.HeartbeatInterval >= c.SessionTimeout {
		v.refuse("HeartbeatInterval (heartbeat.interval.ms) and SessionTimeout (session.timeout.ms)",
			fmt.Sprintf("%v and %v", c.HeartbeatInterval, c.SessionTimeout), "HeartbeatInterval must be less than SessionTimeout, best a third or less")
	}
	if timeout := c.requestTimeout(); timeout > 0 && c.FetchMaxWait >= timeout {
		v.refuse("FetchMaxWait (fetch.max.wait.ms) and RequestTimeout (request.timeout.ms)",
			fmt.Sprintf("%v and %v", c.FetchMaxWait, timeout), "FetchMaxWait must be less than RequestTimeout, or fetches would time out while the broker waits for records")
	}
}

func (c *Config) requestTimeout() time.Duration {
	if c.RequestTimeout == 0 {
		return conn.DefaultRequestTimeout
	}
	return c.RequestTimeout
}

// validateGroup refuses settings that mean nothing without a group, so that who
// forgot the group learns of it. It looks at c as it was given.
func (c *Config) validateGroup(v *validation) {
	for i, a := range c.Assignors {
		if a == nil {
			v.refuse(fmt.Sprintf("Assignors[%d] (partition.assignment.strategy)", i), "nil", "must be an assignor")
		}
	}
	if c.GroupID != "" {
		return
	}
	if c.GroupInstanceID != "" {
		v.refuse("GroupInstanceID (group.instance.id) and GroupID (group.id)", fmt.Sprintf("%q and empty", c.GroupInstanceID),
			"GroupInstanceID needs a GroupID")
	}
	if len(c.Assignors) > 0 {
		v.refuse("Assignors (partition.assignment.strategy) and GroupID (group.id)", fmt.Sprintf("%d assignors and empty", len(c.Assignors)),
			"Assignors need a GroupID")
	}
}

// validateProtocol refuses settings that the group's protocol has no use for, as
// the Java client does. It looks at c as it was given.
func (c *Config) validateProtocol(v *validation) {
	type setting struct {
		field string
		value any
		set   bool
		why   string
	}
	var useless []setting
	switch c.GroupProtocol {
	case ClassicProtocol:
		useless = []setting{{"GroupRemoteAssignor (group.remote.assignor)", c.GroupRemoteAssignor, c.GroupRemoteAssignor != "",
			"set Assignors (partition.assignment.strategy), or GroupProtocol to ConsumerProtocol (group.protocol=consumer)"}}
	case ConsumerProtocol:
		if c.GroupID == "" {
			v.refuse("GroupProtocol (group.protocol) and GroupID (group.id)", "consumer and empty", "GroupProtocol needs a GroupID")
		}
		useless = []setting{
			{"SessionTimeout (session.timeout.ms)", c.SessionTimeout, c.SessionTimeout != 0, "the brokers' group.consumer.session.timeout.ms takes its place"},
			{"HeartbeatInterval (heartbeat.interval.ms)", c.HeartbeatInterval, c.HeartbeatInterval != 0, "the brokers' group.consumer.heartbeat.interval.ms takes its place"},
			{"Assignors (partition.assignment.strategy)", fmt.Sprintf("%d assignors", len(c.Assignors)), len(c.Assignors) > 0, "set GroupRemoteAssignor (group.remote.assignor) to one of the brokers' assignors"},
		}
	default:
		v.refuse("GroupProtocol (group.protocol)", int8(c.GroupProtocol), "must be ClassicProtocol or ConsumerProtocol")
	}
	for _, s := range useless {
		if s.set {
			v.refuse(s.field, s.value, fmt.Sprintf("must not be set with group.protocol=%s (GroupProtocol): %s", c.GroupProtocol, s.why))
		}
	}
}
