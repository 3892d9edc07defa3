package producer

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/metrics"
	"github.com/barnabas-go/kafka/partitioner"
)

// Acks is how many replicas must have a record before the broker acknowledges
// it.
type Acks int8

const (
	// AcksAll waits for all in-sync replicas (acks=all): an acknowledged record
	// survives as long as one of them does.
	AcksAll Acks = iota
	// AcksLeader waits for the leader alone (acks=1).
	AcksLeader
	// AcksNone waits for nothing (acks=0): offsets are unknown, and records may
	// be lost without an error.
	AcksNone
)

// String returns the setting as Kafka's property has it: "all", "1" or "0".
func (a Acks) String() string {
	switch a {
	case AcksLeader:
		return "1"
	case AcksNone:
		return "0"
	default:
		return "all"
	}
}

// wire returns the number the protocol has for it.
func (a Acks) wire() int16 {
	switch a {
	case AcksLeader:
		return 1
	case AcksNone:
		return 0
	default:
		return -1
	}
}

// Config of a [Producer]. The zero value of each field means its default.
type Config struct {
	// Config is what all clients share, such as the brokers' addresses.
	cluster.Config

	// Acks is how many replicas must have a record; default [AcksAll].
	// Kafka: acks.
	Acks Acks

	// DisableIdempotence gives up the sequence numbers by which brokers drop
	// duplicates and keep the order when a request is retried. Idempotence
	// needs AcksAll and at most 5 requests in flight, so that it must be
	// disabled for other settings of Acks.
	// Kafka: enable.idempotence, inverted.
	DisableIdempotence bool

	// TransactionalID makes the producer transactional, under a name that outlives
	// it: of two producers with the same one, the newer fences the older (KIP-98).
	// Records are sent by [Producer.Transact] or [Producer.Begin] alone. It needs
	// idempotence and Kafka 0.11. Kafka: transactional.id.
	TransactionalID string

	// TransactionTimeout is how long a transaction may be open before the
	// coordinator aborts it; default 1 minute, in whole milliseconds, and at most
	// the broker's transaction.max.timeout.ms, which is 15 minutes by default.
	// Kafka: transaction.timeout.ms.
	TransactionTimeout time.Duration

	// TransactionTwoPhaseCommit lets transactions take part in a two-phase commit with
	// another system: they never time out, and [Tx.Prepare] is its first phase
	// (KIP-939). TransactionTimeout must not be set then. Brokers need Kafka 4.1, and
	// two settings: see [TwoPhaseCommitError].
	// Kafka: transaction.two.phase.commit.enable.
	TransactionTwoPhaseCommit bool

	// Compression of record batches; default none. Kafka: compression.type.
	Compression codec.Codec

	// CompressionLevel for the codec; 0 means the codec's default.
	// Kafka: compression.gzip.level, compression.lz4.level,
	// compression.zstd.level (KIP-390).
	CompressionLevel int

	// BatchSize in bytes ends a batch; default 1 MiB. A record larger than that
	// goes into a batch of its own. Unlike the Java client, whose default is
	// 16 KiB, a batch takes only the memory that its records need.
	// Kafka: batch.size.
	BatchSize int

	// Linger is how long a record may wait for others to share its batch.
	//
	// Zero, the default, adapts: a record is sent at once while its broker has
	// answered everything, and otherwise waits for the answer, 5 ms at most. A
	// positive value waits for that long always, as linger.ms does, which
	// makes larger batches of a slow stream. A negative value never waits.
	// Kafka: linger.ms.
	Linger time.Duration

	// BufferMemory in bytes bounds the records that wait to be sent or
	// acknowledged; default 32 MiB. Send blocks while it is full.
	// Kafka: buffer.memory.
	BufferMemory int

	// MaxBlock bounds how long Send waits for a topic's metadata and for buffer
	// memory; default 1 minute. With a negative value Send never waits: it fails
	// with [ErrBufferFull] at once, and the first sends to a topic fail until its
	// metadata have come, which [Producer.PartitionsFor] waits for.
	// Kafka: max.block.ms, whose 0 is negative here.
	MaxBlock time.Duration

	// MaxRequestSize in bytes bounds a produce request before compression, and
	// with it a record. The default is 1 MiB for a record and for a request to a
	// broker that takes its time; requests of several batches grow to 4 MiB while
	// they are answered quickly, which takes up to a third less CPU than with a
	// MaxRequestSize of 1 MiB. Kafka: max.request.size.
	MaxRequestSize int

	// DeliveryTimeout bounds the time from Send to the acknowledgement,
	// retries included; default 2 minutes. It must be at least Linger +
	// RequestTimeout. Kafka: delivery.timeout.ms (KIP-91).
	DeliveryTimeout time.Duration

	// Retries is how often a batch is sent again after a failure that may pass.
	// Zero, the default, is no limit but DeliveryTimeout; a negative value is
	// none, which only works with DisableIdempotence. A limit gives up records
	// that a little patience would have delivered, also for a connection that
	// fails before anything was written: prefer DeliveryTimeout.
	// Kafka: retries, whose 0 is negative here.
	Retries int

	// MetricsSamples is over how many windows of time [Producer.Metrics] are;
	// default 2. Kafka: metrics.num.samples.
	MetricsSamples int

	// MetricsWindow is how long each of these is; default 30 seconds.
	// Kafka: metrics.sample.window.ms.
	MetricsWindow time.Duration

	// Partitioner makes the partitioner of each topic; default
	// [partitioner.Default]. Kafka: partitioner.class.
	Partitioner partitioner.New
}

const (
	defaultBatchSize       = 1 << 20
	defaultBufferMemory    = 32 << 20
	defaultMaxBlock        = time.Minute
	defaultMaxRequestSize  = 1 << 20
	defaultDeliveryTimeout = 2 * time.Minute

	defaultLargestRequest     = 4 << 20 // where MaxRequestSize is not set
	defaultTransactionTimeout = time.Minute

	adaptiveLinger        = 5 * time.Millisecond
	maxIdempotentInFlight = 5
)

// WithDefaults returns c with its zero fields replaced by what they stand for:
// what a producer made of c has.
func (c Config) WithDefaults() Config {
	c.Config = c.Config.WithDefaults()
	setDefault(&c.BatchSize, defaultBatchSize)
	setDefault(&c.BufferMemory, defaultBufferMemory)
	setDefault(&c.MaxBlock, defaultMaxBlock)
	setDefault(&c.MaxRequestSize, defaultMaxRequestSize)
	setDefault(&c.DeliveryTimeout, defaultDeliveryTimeout)
	setDefault(&c.MetricsSamples, metrics.DefaultSamples)
	setDefault(&c.MetricsWindow, metrics.DefaultWindow)
	if c.TransactionTwoPhaseCommit {
		setDefault(&c.TransactionTimeout, unlimited)
	}
	setDefault(&c.TransactionTimeout, defaultTransactionTimeout)
	if c.Partitioner == nil {
		c.Partitioner = partitioner.Default
	}
	return c
}

func setDefault[T ~int | ~int64](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// validate checks a Config whose defaults are filled in.
func (c *Config) validate() error {
	var errs []error
	refuse := func(field string, value any, allowed string) {
		errs = append(errs, &cluster.ConfigError{Field: field, Value: fmt.Sprint(value), Allowed: allowed})
	}
	if c.Acks < AcksAll || c.Acks > AcksNone {
		refuse("Acks", int8(c.Acks), "must be AcksAll, AcksLeader or AcksNone")
	}
	for _, bytes := range []struct {
		field string
		value int
	}{{"BatchSize", c.BatchSize}, {"BufferMemory", c.BufferMemory}, {"MaxRequestSize", c.MaxRequestSize}} {
		if bytes.value < 1 || bytes.value > math.MaxInt32 {
			refuse(bytes.field, bytes.value, "must be 1 to 2147483647 bytes, or zero for the default")
		}
	}
	if c.MetricsSamples < 0 || c.MetricsSamples > 1000 {
		refuse("MetricsSamples", c.MetricsSamples, "must be 1 to 1000, or zero for the default")
	}
	if c.MetricsWindow < 0 {
		refuse("MetricsWindow", c.MetricsWindow, "must be positive, or zero for the default")
	}
	if !c.DisableIdempotence && c.Retries < 0 {
		refuse("Retries and DisableIdempotence", fmt.Sprintf("%d and false", c.Retries),
			"idempotence needs retries: set DisableIdempotence (enable.idempotence=false) to do without, and lose what fails once")
	}
	if least := max(c.Linger, 0) + c.Config.RequestTimeout; c.DeliveryTimeout < least {
		refuse("DeliveryTimeout and RequestTimeout", fmt.Sprintf("%v and %v", c.DeliveryTimeout, c.Config.RequestTimeout),
			fmt.Sprintf("DeliveryTimeout must be at least Linger + RequestTimeout, which is %v", least))
	}
	if !c.DisableIdempotence && c.Acks != AcksAll {
		refuse("Acks and DisableIdempotence", fmt.Sprintf("%s and false", c.Acks),
			"idempotence needs AcksAll: set DisableIdempotence (enable.idempotence=false) to use another, and accept duplicates")
	}
	if !c.DisableIdempotence && c.Config.MaxInFlight > maxIdempotentInFlight {
		refuse("MaxInFlight and DisableIdempotence", fmt.Sprintf("%d and false", c.Config.MaxInFlight),
			"idempotence allows at most 5 requests in flight: lower MaxInFlight, or set DisableIdempotence (enable.idempotence=false)")
	}
	if c.TransactionalID != "" && c.DisableIdempotence {
		refuse("TransactionalID and DisableIdempotence", fmt.Sprintf("%q and true", c.TransactionalID),
			"transactions need idempotence: leave DisableIdempotence (enable.idempotence) at its default")
	}
	if c.TransactionTwoPhaseCommit && c.TransactionTimeout != unlimited {
		refuse("TransactionTimeout and TransactionTwoPhaseCommit", fmt.Sprintf("%v and true", c.TransactionTimeout),
			"transactions of a two-phase commit have no timeout: leave TransactionTimeout (transaction.timeout.ms) at its default")
	}
	if c.TransactionTwoPhaseCommit && c.TransactionalID == "" {
		refuse("TransactionTwoPhaseCommit and TransactionalID", "true and empty", "two-phase commits need a TransactionalID (transactional.id)")
	}
	if c.TransactionTimeout < time.Millisecond || c.TransactionTimeout > math.MaxInt32*time.Millisecond {
		refuse("TransactionTimeout", c.TransactionTimeout, "must be 1 ms to 2147483647 ms, or zero for the default")
	}
	return errors.Join(errs...)
}

// linger returns for how long a record waits at most, and whether it does so
// only while its broker owes an answer.
func (c *Config) linger() (wait time.Duration, adaptive bool) {
	switch {
	case c.Linger == 0:
		return adaptiveLinger, true
	case c.Linger < 0:
		return 0, false
	default:
		return c.Linger, false
	}
}

// retries returns how often a batch may be sent again.
func (c *Config) retries() int {
	switch {
	case c.Retries == 0:
		return math.MaxInt
	case c.Retries < 0:
		return 0
	default:
		return c.Retries
	}
}
