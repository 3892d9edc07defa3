package cluster

import (
	"slices"

	"github.com/barnabas-go/kafka/protocol"
)

// PartitionsForTopic returns the numbers of a topic's partitions, ascending; nil
// if the topic is not known.
func (s *Snapshot) PartitionsForTopic(topic string) []int32 {
	return s.partitions(topic, func(*Partition) bool { return true })
}

// AvailablePartitionsForTopic returns the numbers of those partitions of a topic
// that have a leader, ascending; nil if the topic is not known.
func (s *Snapshot) AvailablePartitionsForTopic(topic string) []int32 {
	return s.partitions(topic, func(p *Partition) bool { return p.Leader != NoNode })
}

func (s *Snapshot) partitions(topic string, which func(*Partition) bool) []int32 {
	t, ok := s.topics[topic]
	if !ok || t.Err != protocol.ErrNone {
		return nil
	}
	numbers := make([]int32, 0, len(t.Partitions))
	for i := range t.Partitions {
		if p := &t.Partitions[i]; which(p) {
			numbers = append(numbers, p.Partition)
		}
	}
	return numbers
}

// LeaderForPartition returns the id of the leader, NoNode if there is none; ok
// is false if the partition is not known.
func (s *Snapshot) LeaderForPartition(tp TopicPartition) (id int32, ok bool) {
	t, ok := s.topics[tp.Topic]
	if !ok {
		return NoNode, false
	}
	p, ok := t.Partition(tp.Partition)
	if !ok {
		return NoNode, false
	}
	return p.Leader, true
}

// PartitionsForBroker returns the partitions that a broker leads, in order; nil
// if there are none.
func (s *Snapshot) PartitionsForBroker(id int32) []TopicPartition {
	var led []TopicPartition
	for _, name := range s.TopicNames(false) {
		for _, p := range s.topics[name].Partitions {
			if p.Leader == id {
				led = append(led, TopicPartition{name, p.Partition})
			}
		}
	}
	return led
}

// TopicNames returns the names of all topics that have partitions, in order,
// with or without Kafka's internal ones.
func (s *Snapshot) TopicNames(excludeInternal bool) []string {
	return s.names(func(t *Topic) bool {
		return t.Err == protocol.ErrNone && !(excludeInternal && t.Internal)
	})
}

// InternalTopics returns the names of Kafka's own topics, in order.
func (s *Snapshot) InternalTopics() []string {
	return s.names(func(t *Topic) bool { return t.Internal && t.Err == protocol.ErrNone })
}

// UnauthorizedTopics returns the names of the topics that the client was told it
// may not describe, in order.
func (s *Snapshot) UnauthorizedTopics() []string {
	return s.names(func(t *Topic) bool { return t.Err == protocol.ErrTopicAuthorizationFailed })
}

// InvalidTopics returns the names that brokers refused as such, in order.
func (s *Snapshot) InvalidTopics() []string {
	return s.names(func(t *Topic) bool { return t.Err == protocol.ErrInvalidTopicException })
}

func (s *Snapshot) names(which func(*Topic) bool) []string {
	var names []string
	for name, t := range s.topics {
		if which(t) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Coordinator returns the node that coordinates a key: NoNode if the last lookup
// failed; ok is false if there was none.
func (s *Snapshot) Coordinator(kind CoordinatorKind, key string) (id int32, ok bool) {
	id, ok = s.coordinators[coordinatorKey{kind, key}]
	if !ok {
		return NoNode, false
	}
	return id, true
}

// Brokers returns the brokers by ascending id.
func (m *Metadata) Brokers() []Node { return m.Snapshot().Nodes() }

// Broker returns a broker by id.
func (m *Metadata) Broker(id int32) (Node, bool) { return m.Snapshot().Node(id) }

// Controller returns the controller; ok is false if it is not known.
func (m *Metadata) Controller() (Node, bool) {
	s := m.Snapshot()
	return s.Node(s.Controller)
}

// PartitionsForTopic is [Snapshot.PartitionsForTopic] of now.
func (m *Metadata) PartitionsForTopic(topic string) []int32 {
	return m.Snapshot().PartitionsForTopic(topic)
}

// AvailablePartitionsForTopic is [Snapshot.AvailablePartitionsForTopic] of now.
func (m *Metadata) AvailablePartitionsForTopic(topic string) []int32 {
	return m.Snapshot().AvailablePartitionsForTopic(topic)
}

// LeaderForPartition is [Snapshot.LeaderForPartition] of now.
func (m *Metadata) LeaderForPartition(tp TopicPartition) (id int32, ok bool) {
	return m.Snapshot().LeaderForPartition(tp)
}

// PartitionsForBroker is [Snapshot.PartitionsForBroker] of now.
func (m *Metadata) PartitionsForBroker(id int32) []TopicPartition {
	return m.Snapshot().PartitionsForBroker(id)
}

// Topics is [Snapshot.TopicNames] of now.
func (m *Metadata) Topics(excludeInternal bool) []string {
	return m.Snapshot().TopicNames(excludeInternal)
}

// CoordinatorForGroup returns the node that coordinates a group: NoNode if the
// last lookup failed; ok is false if there was none.
func (m *Metadata) CoordinatorForGroup(group string) (id int32, ok bool) {
	return m.Snapshot().Coordinator(GroupCoordinator, group)
}
