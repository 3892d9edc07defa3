package integration

import (
	"testing"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// forEachWithConsumerProtocol is forEach where there are groups of KIP-848.
// Elsewhere members must be told so.
func forEachWithConsumerProtocol(t *testing.T, test func(t *testing.T, target kafkabroker.Target)) {
	t.Helper()
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if can(target, consumerProtocol) {
			test(t, target)
			return
		}
		topic := newTopic(t, target, 1)
		c := newConsumer(t, target, group(topic), manually, byConsumerProtocol)
		must(t, c.Subscribe(topic))
		_, err := c.Poll(soon(t))
		wantError(t, err, "group.protocol=consumer", "Kafka 4.0 or later is needed", target.BootstrapServers()[0], "GroupProtocol to ClassicProtocol")
	})
}

// byConsumerProtocol has the brokers divide the partitions of the group.
func byConsumerProtocol(cfg *consumer.Config) {
	cfg.GroupProtocol = consumer.ConsumerProtocol
	cfg.SessionTimeout, cfg.HeartbeatInterval, cfg.Assignors = 0, 0, nil
}

// TestConsumerGroupShares has members of a group of KIP-848 come and go, in good
// order, while records are produced: each record reaches one of them, once.
func TestConsumerGroupShares(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions = 6
		topic := newTopic(t, target, partitions)
		all := partitionsOf(topic, partitions)
		groupID := kafkabroker.UniqueName(t)
		p := newProducer(t, target)
		var l ledger
		var sent []producer.Metadata
		more := func() { sent = append(sent, send(t, p, numbered(topic, 500)...)...) }
		enter := func() *member { return join(t, target, groupID, topic, &l, byConsumerProtocol) }

		more()
		first := enter()
		eventually(t, patience, func() error { return shared(all, first) })
		more()
		second := enter()
		more()
		eventually(t, patience, func() error { return shared(all, first, second) })
		third := enter()
		more()
		eventually(t, patience, func() error { return shared(all, first, second, third) })
		more()
		first.leave(t)
		more()
		eventually(t, patience, func() error { return shared(all, second, third) })
		more()
		third.leave(t)
		eventually(t, patience, func() error { return shared(all, second) })
		more()
		eventually(t, patience, func() error { return l.missing(sent) })
		second.leave(t)
		l.checkOnce(t, sent)
	})
}
