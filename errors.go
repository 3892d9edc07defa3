package kafka

import (
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
)

// Errors to match with errors.As. More are in the packages behind.
type (
	// BrokerError is a refusal by a broker.
	BrokerError = protocol.BrokerError
	// ErrorCode is what a BrokerError wraps: protocol.ErrUnknownTopicOrPartition
	// and the like, to match with errors.Is.
	ErrorCode = protocol.ErrorCode
	// ConnError is what happened to a connection, with the stage and the likely
	// cause.
	ConnError = conn.Error
	// ConfigError is a field of a Config that cannot be used.
	ConfigError = cluster.ConfigError
	// DeliveryError is why a record was not delivered.
	DeliveryError = producer.DeliveryError
	// RecordTooLargeError is a record that a producer refused.
	RecordTooLargeError = producer.RecordTooLargeError
	// UnknownPartitionError is a partition that a producer was to send to and that
	// its topic does not have.
	UnknownPartitionError = producer.UnknownPartitionError
	// AbortableError is why a transaction can only be aborted.
	AbortableError = producer.AbortableError
	// FatalError is why no transaction is possible.
	FatalError = producer.FatalError
	// FencedError is a producer whose transactional id another one has.
	FencedError = producer.FencedError
	// NoOffsetError is a partition without a position to start from.
	NoOffsetError = consumer.NoOffsetError
	// OffsetOutOfRangeError is a position that the broker does not have.
	OffsetOutOfRangeError = consumer.OffsetOutOfRangeError
)

// Errors to match with errors.Is.
var (
	// ErrProducerClosed fails calls on a closed Producer.
	ErrProducerClosed = producer.ErrClosed
	// ErrBufferFull fails a Send that found no buffer memory.
	ErrBufferFull = producer.ErrBufferFull
	// ErrConsumerClosed fails calls on a closed Consumer.
	ErrConsumerClosed = consumer.ErrClosed
	// ErrClosed fails calls on a closed Admin.
	ErrClosed = cluster.ErrClosed
)
