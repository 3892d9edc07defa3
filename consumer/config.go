package consumer

import (
	"cmp"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/metrics"
	"github.com/barnabas-go/kafka/protocol"
)

// TopicPartition names a partition.
type TopicPartition = cluster.TopicPartition

// IsolationLevel tells which records of transactions are handed out.
type IsolationLevel = protocol.IsolationLevel

// Isolation levels.
const (
	// ReadUncommitted hands out all records, those of open and aborted
	// transactions too.
	ReadUncommitted = protocol.ReadUncommitted
	// ReadCommitted hands out no records of aborted transactions, and none beyond
	// the first open one.
	ReadCommitted = protocol.ReadCommitted
)

// OffsetReset tells where to start in a partition without a usable position.
type OffsetReset int8

const (
	// ResetDefault starts at the end where there is no committed offset, as Kafka
	// does. Where the position is out of range it goes to the nearest offset that
	// exists, so that no record which the broker still has is passed over.
	ResetDefault OffsetReset = iota
	// ResetLatest starts at the end in either case: Kafka's latest. If records
	// were deleted before they were read, it passes over those that are left, too.
	ResetLatest
	// ResetEarliest starts at the first record in either case: Kafka's earliest.
	ResetEarliest
	// ResetNone starts nowhere: Poll returns a [*NoOffsetError] or an
	// [*OffsetOutOfRangeError], and the application has to seek.
	ResetNone
	// ResetByDuration starts, in either case, at the first record that is not older
	// than Config.ResetDuration, at the end if there is none: Kafka's
	// by_duration (KIP-1106). Brokers before Kafka 0.10.1 cannot be asked for that.
	ResetByDuration
)

var resetNames = [...]string{ResetDefault: "default", ResetLatest: "latest", ResetEarliest: "earliest", ResetNone: "none", ResetByDuration: "by_duration"}

// String returns Kafka's name for the value of auto.offset.reset.
func (r OffsetReset) String() string {
	if r < 0 || int(r) >= len(resetNames) {
		return "invalid"
	}
	return resetNames[r]
}

// GroupProtocol is how the members of a group share partitions.
type GroupProtocol int8

const (
	// ClassicProtocol has the clients divide the partitions, by one of
	// Config.Assignors. Brokers have it since Kafka 0.9.
	ClassicProtocol GroupProtocol = iota
	// ConsumerProtocol is that of KIP-848: the brokers divide the partitions, and a
	// rebalance concerns nobody but the members whose partitions change. Brokers
	// have it since Kafka 4.0. A group may be switched over member by member, if
	// the brokers' group.consumer.migration.policy allows it, as it does by default.
	ConsumerProtocol
)

var groupProtocolNames = [...]string{ClassicProtocol: "classic", ConsumerProtocol: "consumer"}

// String returns Kafka's name for the value of group.protocol.
func (p GroupProtocol) String() string {
	if p < 0 || int(p) >= len(groupProtocolNames) {
		return "invalid"
	}
	return groupProtocolNames[p]
}

// Config is what a [Consumer] needs. The zero value of a field stands for its
// default. The name in brackets is Kafka's property.
type Config struct {
	// Config is how to reach the cluster.
	cluster.Config

	// GroupID names the consumer group, in which the members share partitions and
	// keep offsets. Without one nothing can be committed, and Subscribe takes all
	// partitions of its topics. Default none. [group.id]
	GroupID string

	// GroupInstanceID makes the consumer a static member of its group (KIP-345):
	// if it is back within SessionTimeout after a restart, it gets the same
	// partitions without a rebalance. It must be unique in the group. Close does
	// not take a static member out of the group. Default none.
	// [group.instance.id]
	GroupInstanceID string

	// GroupProtocol is how the members of the group share partitions. With
	// ConsumerProtocol the brokers divide them, and SessionTimeout,
	// HeartbeatInterval and Assignors must not be set: the brokers' settings
	// group.consumer.session.timeout.ms, group.consumer.heartbeat.interval.ms and
	// group.consumer.assignors take their place. Default ClassicProtocol.
	// [group.protocol]
	GroupProtocol GroupProtocol

	// GroupRemoteAssignor is the brokers' assignor that the consumer asks for with
	// ConsumerProtocol: Kafka has uniform and range; the one that most members want
	// is used. Default the brokers' choice. [group.remote.assignor]
	GroupRemoteAssignor string

	// AutoOffsetReset tells where to start in a partition that has no committed
	// offset, and where to go if the position is out of range. Default
	// ResetDefault. [auto.offset.reset]
	AutoOffsetReset OffsetReset

	// ResetDuration is how old records may be with ResetByDuration, which needs it.
	// [auto.offset.reset=by_duration:<ISO 8601 duration>]
	ResetDuration time.Duration

	// IsolationLevel tells which records of transactions are handed out. Default
	// ReadUncommitted. [isolation.level]
	IsolationLevel IsolationLevel

	// FetchMinBytes is how many bytes a broker gathers before it answers a fetch,
	// unless FetchMaxWait is over. Default 1. [fetch.min.bytes]
	FetchMinBytes int

	// FetchMaxWait is how long a broker holds a fetch for FetchMinBytes. It must
	// be less than RequestTimeout. Default 500 ms. [fetch.max.wait.ms]
	FetchMaxWait time.Duration

	// FetchMaxBytes is about how many bytes the answer to one fetch may have. A
	// larger batch is still read (KIP-74). Fetches ask for less if FetchBufferBytes
	// has no room. Default 50 MiB. [fetch.max.bytes]
	FetchMaxBytes int

	// MaxPartitionFetchBytes is about how many of those one partition may have.
	// Default 1 MiB. [max.partition.fetch.bytes]
	MaxPartitionFetchBytes int

	// FetchBufferBytes bounds the memory, over all partitions, of what was fetched
	// and not handed out yet: batches as they came and records decompressed. A
	// broker is not asked for more unless there is room. The consumer can hold more
	// than this by one answer per broker and one decompressed batch per processor,
	// and by what the application keeps of records. Default 64 MiB.
	// [queued.max.messages.kbytes of librdkafka]
	FetchBufferBytes int

	// MaxBatchBytes is the largest batch that is accepted, decompressed; a larger
	// one is a [*CorruptBatchError]. Default 128 MiB.
	MaxBatchBytes int

	// MaxPollRecords is how many records Poll returns at most. Default 500.
	// [max.poll.records]
	MaxPollRecords int

	// MaxPollInterval is the longest time that the application may take between
	// two calls of Poll, or from one record of Records to the next. After it the
	// consumer leaves its group, so that others get the partitions. Default 5 min.
	// [max.poll.interval.ms]
	MaxPollInterval time.Duration

	// ConsumerTimeout ends a loop over Records when no record has come for so long;
	// another loop may go on. Default 0: it waits until its context ends.
	// [consumer_timeout_ms of kafka-python]
	ConsumerTimeout time.Duration

	// SessionTimeout is how long the group's coordinator keeps a member without
	// heartbeats. Brokers allow a range, by default 6 s to 30 min. Default 45 s.
	// [session.timeout.ms]
	SessionTimeout time.Duration

	// HeartbeatInterval is the time between heartbeats, and thus how soon the
	// consumer learns of a rebalance. A third of SessionTimeout or less is advised.
	// Default 3 s. [heartbeat.interval.ms]
	HeartbeatInterval time.Duration

	// Assignors divide partitions among the group's members, by descending
	// preference; the coordinator picks one that all members have. If all of them
	// support the cooperative protocol, partitions that stay are read on during a
	// rebalance. Default range, cooperative-sticky, under the eager protocol: leave
	// range out once all members have the other. [partition.assignment.strategy]
	Assignors []assignors.Assignor

	// DisableAutoCommit leaves all commits to the application. Otherwise, with a
	// group, what was consumed is committed every AutoCommitInterval, before
	// partitions are given up, and by Close. A record counts as consumed once the
	// application has come back for the next: by calling Poll again, or when its
	// loop over Records goes on. Default false.
	// [enable.auto.commit=false]
	DisableAutoCommit bool

	// AutoCommitInterval is the least time between two automatic commits. Default
	// 5 s. [auto.commit.interval.ms]
	AutoCommitInterval time.Duration

	// DisableCRCCheck saves the time to hold batches against their checksum.
	// Default false. [check.crcs=false]
	DisableCRCCheck bool

	// OnCorruptBatch tells what to do about a batch that cannot be read. Default
	// CorruptFail.
	OnCorruptBatch CorruptBatchPolicy

	// IncludeInternalTopics lets a pattern match Kafka's own topics, such as
	// __consumer_offsets. Default false. [exclude.internal.topics=false]
	IncludeInternalTopics bool

	// ClientRack is where the consumer runs, in the terms of the brokers'
	// broker.rack. Brokers with a replica selector then name a near replica to read
	// from (KIP-392), and assignors may take it into account (KIP-881). Default
	// none. [client.rack]
	ClientRack string

	// MetricsSamples is how many windows of time the metrics are of. Default 2.
	// [metrics.num.samples]
	MetricsSamples int

	// MetricsWindow is how long each of them is. Default 30 s.
	// [metrics.sample.window.ms]
	MetricsWindow time.Duration

	// StallTimeout is how long a partition that is assigned, not paused, and behind
	// may make no progress before that is logged, and told to OnStall, with the
	// reason. Negative: never. Default 1 min.
	StallTimeout time.Duration

	// OnStall is told of partitions that have just begun to stall; see
	// [Consumer.Stalled] for those that do. It is called by a goroutine of the
	// consumer, and must not block. Default none.
	OnStall func(stalls []Stall)

	// Interceptors see the records that are handed out and the outcomes of commits,
	// in their order. Default none. [interceptor.classes]
	Interceptors []Interceptor

	// RebalanceListener is told which partitions the consumer gets and gives up.
	RebalanceListener RebalanceListener
}

// Defaults of [Config].
const (
	DefaultFetchMinBytes          = 1
	DefaultFetchMaxWait           = 500 * time.Millisecond
	DefaultFetchMaxBytes          = 50 << 20
	DefaultMaxPartitionFetchBytes = 1 << 20
	DefaultFetchBufferBytes       = 64 << 20
	DefaultMaxBatchBytes          = 128 << 20
	DefaultMaxPollRecords         = 500
	DefaultMaxPollInterval        = 5 * time.Minute
	DefaultSessionTimeout         = 45 * time.Second
	DefaultHeartbeatInterval      = 3 * time.Second
	DefaultAutoCommitInterval     = 5 * time.Second
	DefaultStallTimeout           = time.Minute
)

// WithDefaults returns c with its zero fields replaced by what they stand for:
// what a consumer made of c has.
func (c Config) WithDefaults() Config {
	c.Config = c.Config.WithDefaults()
	c.FetchMinBytes = cmp.Or(c.FetchMinBytes, DefaultFetchMinBytes)
	c.FetchMaxWait = cmp.Or(c.FetchMaxWait, DefaultFetchMaxWait)
	c.FetchMaxBytes = cmp.Or(c.FetchMaxBytes, DefaultFetchMaxBytes)
	c.MaxPartitionFetchBytes = cmp.Or(c.MaxPartitionFetchBytes, DefaultMaxPartitionFetchBytes)
	c.FetchBufferBytes = cmp.Or(c.FetchBufferBytes, DefaultFetchBufferBytes)
	c.MaxBatchBytes = cmp.Or(c.MaxBatchBytes, DefaultMaxBatchBytes)
	c.MaxPollRecords = cmp.Or(c.MaxPollRecords, DefaultMaxPollRecords)
	c.MaxPollInterval = cmp.Or(c.MaxPollInterval, DefaultMaxPollInterval)
	c.SessionTimeout = cmp.Or(c.SessionTimeout, DefaultSessionTimeout)
	c.HeartbeatInterval = cmp.Or(c.HeartbeatInterval, DefaultHeartbeatInterval)
	c.StallTimeout = cmp.Or(c.StallTimeout, DefaultStallTimeout)
	c.AutoCommitInterval = cmp.Or(c.AutoCommitInterval, DefaultAutoCommitInterval)
	c.MetricsSamples = cmp.Or(c.MetricsSamples, metrics.DefaultSamples)
	c.MetricsWindow = cmp.Or(c.MetricsWindow, metrics.DefaultWindow)
	return c
}

// autoCommits tells whether consumed positions are committed without being
// asked for.
func (c *Config) autoCommits() bool { return c.GroupID != "" && !c.DisableAutoCommit }
