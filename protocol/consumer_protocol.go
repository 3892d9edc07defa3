package protocol

import (
	"fmt"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// ConsumerProtocolVersion is the highest version of [ConsumerSubscription] and
// [ConsumerAssignment], and what Kafka's Java client sends.
const ConsumerProtocolVersion = 3

// ConsumerSubscription is what a consumer tells the leader of its group: the
// metadata of a JoinGroup protocol.
type ConsumerSubscription struct {
	// Topics that the consumer has subscribed to.
	Topics []string
	// UserData is the assignor's own, nil if it has none.
	UserData []byte
	// OwnedPartitions are those that the consumer has now. Since v1 (KIP-429).
	OwnedPartitions []TopicPartitions
	// GenerationID is the generation in which the consumer got OwnedPartitions,
	// -1 if not known. Since v2 (KIP-792).
	GenerationID int32
	// RackID is the consumer's rack, nil if it has none. Since v3 (KIP-881).
	RackID *string
}

// ConsumerAssignment is what the leader of a group has assigned to a member: the
// assignment of a SyncGroup.
type ConsumerAssignment struct {
	AssignedPartitions []TopicPartitions
	// UserData is the assignor's own, nil if it has none.
	UserData []byte
}

// TopicPartitions is a topic and some of its partitions.
type TopicPartitions struct {
	Topic      string
	Partitions []int32
}

// EncodeConsumerSubscription returns the bytes of s in the given version, the
// version itself first. Fields that the version lacks are left out.
func EncodeConsumerSubscription(s *ConsumerSubscription, version int16) ([]byte, error) {
	return encodeConsumer("subscription", version, s.code)
}

// DecodeConsumerSubscription reads what [EncodeConsumerSubscription] or another
// client wrote. A version that is not known is read as the highest that is, and
// bytes that follow are ignored, as Kafka demands. UserData aliases b.
func DecodeConsumerSubscription(b []byte) (*ConsumerSubscription, error) {
	s := new(ConsumerSubscription)
	if err := decodeConsumer("subscription", b, s.code); err != nil {
		return nil, err
	}
	return s, nil
}

// EncodeConsumerAssignment returns the bytes of a in the given version, the
// version itself first.
func EncodeConsumerAssignment(a *ConsumerAssignment, version int16) ([]byte, error) {
	return encodeConsumer("assignment", version, a.code)
}

// DecodeConsumerAssignment reads what [EncodeConsumerAssignment] or another
// client wrote. A version that is not known is read as the highest that is, and
// bytes that follow are ignored, as Kafka demands. UserData aliases b.
func DecodeConsumerAssignment(b []byte) (*ConsumerAssignment, error) {
	a := new(ConsumerAssignment)
	if err := decodeConsumer("assignment", b, a.code); err != nil {
		return nil, err
	}
	return a, nil
}

func encodeConsumer(what string, version int16, code func(*wire.Coder)) ([]byte, error) {
	if version < 0 || version > ConsumerProtocolVersion {
		return nil, fmt.Errorf("encode consumer %s: version %d is not one of 0 to %d", what, version, ConsumerProtocolVersion)
	}
	c := wire.NewEncoder(nil)
	c.Version = version
	c.Int16(&version)
	code(c)
	if err := c.Err(); err != nil {
		return nil, fmt.Errorf("encode consumer %s v%d: %w", what, version, err)
	}
	return c.Flat(), nil
}

func decodeConsumer(what string, b []byte, code func(*wire.Coder)) error {
	c := wire.NewDecoder(b, 0, false)
	defer c.Release()
	var version int16
	c.Int16(&version)
	if c.Err() == nil && version < 0 {
		c.Fail(fmt.Errorf("%w: negative version", wire.ErrMalformed))
	}
	c.Version = min(version, ConsumerProtocolVersion)
	code(c)
	if err := c.Err(); err != nil {
		return fmt.Errorf("decode consumer %s v%d: %w", what, version, err)
	}
	return nil
}

func (s *ConsumerSubscription) code(c *wire.Coder) {
	c.Strings(&s.Topics)
	c.NullableBytes(&s.UserData)
	if c.Version >= 1 {
		wire.Array(c, &s.OwnedPartitions, (*TopicPartitions).code)
	}
	if c.Version >= 2 {
		c.Int32(&s.GenerationID)
	} else {
		wire.Ignore(c, &s.GenerationID, -1)
	}
	if c.Version >= 3 {
		c.NullableString(&s.RackID)
	}
}

func (a *ConsumerAssignment) code(c *wire.Coder) {
	wire.Array(c, &a.AssignedPartitions, (*TopicPartitions).code)
	c.NullableBytes(&a.UserData)
}

func (t *TopicPartitions) code(c *wire.Coder) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
}
