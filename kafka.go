package kafka

import (
	"context"
	"os"

	"github.com/barnabas-go/kafka/admin"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/properties"
	"github.com/barnabas-go/kafka/record"
)

// What every client needs to reach a cluster, and who is told of its connections.
type (
	Config = cluster.Config
	Hooks  = conn.Hooks
)

// What records are, and where.
type (
	Record         = record.Record
	Header         = record.Header
	TimestampType  = record.TimestampType
	TopicPartition = cluster.TopicPartition
	Node           = cluster.Node
)

// Who sets a record's timestamp.
const (
	CreateTime    = record.CreateTime
	LogAppendTime = record.LogAppendTime
)

// Sending.
type (
	Producer       = producer.Producer
	ProducerConfig = producer.Config
	Future         = producer.Future
	Metadata       = producer.Metadata
	Acks           = producer.Acks
	Codec          = codec.Codec
)

// Transactions.
type (
	Tx            = producer.Tx
	Outcome       = producer.Outcome
	GroupMetadata = consumer.GroupMetadata
)

// What became of a transaction.
const (
	Aborted   = producer.Aborted
	Committed = producer.Committed
	Unknown   = producer.Unknown
)

// How many replicas must have a record before it is acknowledged.
const (
	AcksAll    = producer.AcksAll
	AcksLeader = producer.AcksLeader
	AcksNone   = producer.AcksNone
)

// Compression of record batches.
const (
	None   = codec.None
	Gzip   = codec.Gzip
	Snappy = codec.Snappy
	LZ4    = codec.LZ4
	Zstd   = codec.Zstd
)

// NewProducer returns a [Producer]. It contacts no broker yet: the error is one
// of the configuration alone.
func NewProducer(cfg ProducerConfig) (*Producer, error) { return producer.New(cfg) }

// Reading.
type (
	Consumer           = consumer.Consumer
	ConsumerConfig     = consumer.Config
	RebalanceListener  = consumer.RebalanceListener
	Interceptor        = consumer.Interceptor
	Stall              = consumer.Stall
	OffsetReset        = consumer.OffsetReset
	OffsetAndMetadata  = consumer.OffsetAndMetadata
	OffsetAndTimestamp = consumer.OffsetAndTimestamp
	IsolationLevel     = consumer.IsolationLevel
	GroupProtocol      = consumer.GroupProtocol
	CloseOptions       = consumer.CloseOptions
)

// What becomes of a group's member when its consumer is closed with CloseOptions.
const (
	DefaultDeparture = coordinator.DefaultDeparture
	LeaveGroup       = coordinator.LeaveGroup
	RemainInGroup    = coordinator.RemainInGroup
)

// How the members of a group share partitions.
const (
	ClassicProtocol  = consumer.ClassicProtocol
	ConsumerProtocol = consumer.ConsumerProtocol
)

// Where to start in a partition without a usable position.
const (
	ResetDefault    = consumer.ResetDefault
	ResetLatest     = consumer.ResetLatest
	ResetEarliest   = consumer.ResetEarliest
	ResetNone       = consumer.ResetNone
	ResetByDuration = consumer.ResetByDuration
)

// Which records of transactions are handed out.
const (
	ReadUncommitted = consumer.ReadUncommitted
	ReadCommitted   = consumer.ReadCommitted
)

// NewConsumer returns a [Consumer]. It contacts no broker yet: the error is one
// of the configuration alone.
func NewConsumer(cfg ConsumerConfig) (*Consumer, error) { return consumer.New(cfg) }

// Administration.
type (
	Admin               = admin.Client
	NewTopic            = admin.NewTopic
	CreateTopicsOptions = admin.CreateTopicsOptions
	CreatedTopic        = admin.CreatedTopic
	DeletedTopic        = admin.DeletedTopic
	Topic               = admin.Topic
	BrokerVersion       = admin.BrokerVersion
	CheckVersionOptions = admin.CheckVersionOptions
)

// NewAdmin returns an [Admin]. It contacts no broker yet: the error is one of
// the configuration alone.
func NewAdmin(cfg Config) (*Admin, error) { return admin.New(cfg) }

// CheckVersion tells which Kafka a broker runs, from 0.8.0 to the newest: the first
// that answers of those that bootstrap leads to, or the one that opts names. The
// error tells for each address at which stage it failed, and why.
func CheckVersion(ctx context.Context, bootstrap string, opts CheckVersionOptions) (BrokerVersion, error) {
	return admin.CheckVersion(ctx, bootstrap, opts)
}

// CheckVersions tells it of all brokers that are alive.
func CheckVersions(ctx context.Context, bootstrap string, opts CheckVersionOptions) ([]BrokerVersion, error) {
	return admin.CheckVersions(ctx, bootstrap, opts)
}

// Properties are a configuration by Kafka's own keys, as text or as a map: their
// methods Producer, Consumer and Client make Configs of them.
type Properties = properties.Properties

// ParseProperties reads text in the format of Java's properties files. It knows
// the keys of the Java client, librdkafka and kafka-python; the error tells, of an
// unknown one, which is nearest.
func ParseProperties(text string) (Properties, error) { return properties.Parse(text) }

// PropertiesFromEnv reads those of the environment's variables that are
// properties, such as KAFKA_BOOTSTRAP_SERVERS: see [properties.FromEnv].
func PropertiesFromEnv() (Properties, error) { return properties.FromEnv(os.Environ()) }
