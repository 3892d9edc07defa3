package coordinator

import (
	"cmp"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// idPartition is a partition of a topic as the consumer protocol names it: a
// topic that was deleted and made again has another id.
type idPartition struct {
	cluster.TopicPartition
	id wire.UUID
}

func compareIDs(a, b idPartition) int {
	return cmp.Or(comparePartitions(a.TopicPartition, b.TopicPartition), slices.Compare(a.id[:], b.id[:]))
}

// target is what the coordinator wants a member to have, each topic once, sorted
// by id.
type target []protocol.AssignedTopic

// newTarget returns the target that a response tells.
func newTarget(topics []protocol.AssignedTopic) target {
	numbers := make(map[wire.UUID][]int32, len(topics))
	for _, t := range topics {
		numbers[t.TopicID] = append(numbers[t.TopicID], t.Partitions...)
	}
	all := make(target, 0, len(numbers))
	for id, list := range numbers {
		slices.Sort(list)
		all = append(all, protocol.AssignedTopic{TopicID: id, Partitions: slices.Compact(list)})
	}
	slices.SortFunc(all, func(a, b protocol.AssignedTopic) int { return slices.Compare(a.TopicID[:], b.TopicID[:]) })
	return all
}

func (t target) equal(other target) bool {
	return slices.EqualFunc(t, other, func(a, b protocol.AssignedTopic) bool {
		return a.TopicID == b.TopicID && slices.Equal(a.Partitions, b.Partitions)
	})
}

// named returns the partitions of topics with a known name, sorted by it.
func (t target) named(names map[wire.UUID]string) []idPartition {
	var list []idPartition
	for _, topic := range t {
		name, known := names[topic.TopicID]
		if !known {
			continue
		}
		for _, p := range topic.Partitions {
			list = append(list, idPartition{cluster.TopicPartition{Topic: name, Partition: p}, topic.TopicID})
		}
	}
	slices.SortFunc(list, compareIDs)
	return list
}

// without returns those of list that are not in others. Both are sorted.
func without(list, others []idPartition) []idPartition {
	var rest []idPartition
	for _, p := range list {
		if _, found := slices.BinarySearchFunc(others, p, compareIDs); !found {
			rest = append(rest, p)
		}
	}
	return rest
}

// report returns partitions as heartbeats tell them; never nil, which would mean
// that nothing has changed.
func report(list []idPartition) []protocol.AssignedTopic {
	topics := []protocol.AssignedTopic{}
	for _, p := range list {
		if n := len(topics); n == 0 || topics[n-1].TopicID != p.id {
			topics = append(topics, protocol.AssignedTopic{TopicID: p.id})
		}
		last := &topics[len(topics)-1]
		last.Partitions = append(last.Partitions, p.Partition)
	}
	return topics
}

// topicPartitions returns partitions without ids.
func topicPartitions(list []idPartition) []cluster.TopicPartition {
	tps := make([]cluster.TopicPartition, len(list))
	for i, p := range list {
		tps[i] = p.TopicPartition
	}
	return tps
}
