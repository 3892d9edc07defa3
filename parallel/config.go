package parallel

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

// Order tells which records wait for each other.
type Order int8

const (
	// ByPartition handles the records of a partition one after the other, and
	// several partitions at a time.
	ByPartition Order = iota
	// ByKey handles the records of a partition that have the same key one after the
	// other. Those without a key wait for none.
	ByKey
	// Unordered handles records as they come, as many at a time as may be.
	Unordered
)

var orderNames = [...]string{ByPartition: "partition", ByKey: "key", Unordered: "unordered"}

// String returns what the order is by.
func (o Order) String() string {
	if o < 0 || int(o) >= len(orderNames) {
		return "invalid"
	}
	return orderNames[o]
}

// Config of Run. The zero value of a field stands for its default.
type Config struct {
	// Consumer reads the records. It needs a GroupID. Whatever DisableAutoCommit
	// says, what is committed is what is handled. Its RebalanceListener is told as
	// usual: of partitions to be given up once they are settled.
	Consumer consumer.Config

	// Topics to read.
	Topics []string

	// Handle handles one record. If it returns an error, Run ends with it, and the
	// record is not committed: what should not end Run must be dealt with by Handle,
	// such as by another try. ctx does not end with that of Run, so that what has
	// begun is finished: it ends when the record's partition was lost, or when
	// DrainTimeout is over. The record may be kept.
	Handle func(ctx context.Context, rec *record.Record) error

	// OnError is told what Poll fails with, such as a batch that is corrupt, and
	// decides: if it returns an error, Run ends with it. By default each error ends
	// Run.
	OnError func(err error) error

	// Order tells which records wait for each other. Default ByPartition.
	Order Order

	// Concurrency is how many records are handled at a time at most. Default 16.
	Concurrency int

	// MaxPending bounds how many records are in memory, waiting, being handled, or
	// handled behind one that is not. Each partition has an equal share of it, at
	// least one, and is paused when it has used that up: a record that takes long
	// holds up no other partition. Default 10,000.
	MaxPending int

	// CommitInterval is the time between two commits. Default 1 s.
	CommitInterval time.Duration

	// DrainTimeout bounds the wait for handlers when partitions are given up and
	// when Run ends; after it their contexts end, and what they handle is not
	// committed. It must be less than Consumer.MaxPollInterval. Default 30 s, or
	// half of MaxPollInterval if that is less.
	DrainTimeout time.Duration
}

// Defaults of [Config].
const (
	DefaultConcurrency    = 16
	DefaultMaxPending     = 10_000
	DefaultCommitInterval = time.Second
	DefaultDrainTimeout   = 30 * time.Second
)

func (c Config) withDefaults() Config {
	c.Concurrency = cmp.Or(c.Concurrency, DefaultConcurrency)
	c.MaxPending = cmp.Or(c.MaxPending, DefaultMaxPending)
	c.CommitInterval = cmp.Or(c.CommitInterval, DefaultCommitInterval)
	c.DrainTimeout = cmp.Or(c.DrainTimeout, min(DefaultDrainTimeout, c.maxPollInterval()/2))
	if c.OnError == nil {
		c.OnError = func(err error) error { return err }
	}
	c.Consumer.DisableAutoCommit = true
	return c
}

func (c *Config) maxPollInterval() time.Duration {
	return cmp.Or(c.Consumer.MaxPollInterval, consumer.DefaultMaxPollInterval)
}

// validate looks at c with its defaults filled in.
func (c *Config) validate() error {
	var errs []error
	refuse := func(wrong bool, field, value, allowed string) {
		if wrong {
			errs = append(errs, &cluster.ConfigError{Field: field, Value: value, Allowed: allowed})
		}
	}
	refuse(c.Consumer.GroupID == "", "Consumer.GroupID", "empty", "must be the name of the group (group.id) that keeps the offsets")
	refuse(len(c.Topics) == 0, "Topics", "empty", "must name the topics to read")
	refuse(c.Handle == nil, "Handle", "nil", "must be set")
	refuse(c.Order < ByPartition || c.Order > Unordered, "Order", c.Order.String(), "must be ByPartition, ByKey or Unordered")
	refuse(c.Concurrency < 0, "Concurrency", "negative", "must be 1 or more, or zero for the default")
	refuse(c.MaxPending < 0, "MaxPending", "negative", "must be 1 or more, or zero for the default")
	refuse(c.CommitInterval < 0, "CommitInterval", c.CommitInterval.String(), "must not be negative")
	refuse(c.DrainTimeout < 0 || c.DrainTimeout >= c.maxPollInterval(), "DrainTimeout", c.DrainTimeout.String(),
		"must be less than Consumer.MaxPollInterval (max.poll.interval.ms), for nobody polls meanwhile")
	return errors.Join(errs...)
}
