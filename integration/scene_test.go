package integration

import (
	"testing"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// scene is a group whose members come and go while records are produced, each of
// which is to reach one of them, once.
type scene struct {
	*testing.T
	target  kafkabroker.Target
	topic   string
	all     []consumer.TopicPartition
	groupID string
	ledger  ledger

	producer *producer.Producer
	sent     []producer.Metadata
}

func newScene(t *testing.T, target kafkabroker.Target) *scene {
	t.Helper()
	const partitions = 6
	topic := newTopic(t, target, partitions)
	return &scene{
		T: t, target: target, topic: topic, all: partitionsOf(topic, partitions),
		groupID: kafkabroker.UniqueName(t), producer: newProducer(t, target),
	}
}

// produce sends n records.
func (s *scene) produce(n int) {
	s.Helper()
	s.sent = append(s.sent, send(s.T, s.producer, numbered(s.topic, n)...)...)
}

// enter has one more member join.
func (s *scene) enter(options ...func(*consumer.Config)) *member {
	s.Helper()
	return join(s.T, s.target, s.groupID, s.topic, &s.ledger, options...)
}

// balanced waits until the members share all partitions.
func (s *scene) balanced(members ...assignee) {
	s.Helper()
	eventually(s.T, patience, func() error { return shared(s.all, members...) })
}

// handled waits until each record has reached a member.
func (s *scene) handled() {
	s.Helper()
	eventually(s.T, patience, func() error { return s.ledger.missing(s.sent) })
}
