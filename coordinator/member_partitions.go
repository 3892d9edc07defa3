package coordinator

import (
	"slices"

	"github.com/barnabas-go/kafka/cluster"
)

// keeping tells whether the member has partitions while it is not stable: it joins
// under the cooperative protocol.
func (m *member) keeping() bool { return m.cooperative && !m.commits.Unjoined }

// kept returns what the member has of the group, and wants to keep in the next
// rebalance: under the eager protocol, all is given up before.
func (m *member) kept() []cluster.TopicPartition {
	if !m.cooperative && m.reason != "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(m.assigned), func(tp cluster.TopicPartition) bool {
		_, subscribed := slices.BinarySearch(m.topics, tp.Topic)
		return !subscribed
	})
}

// toRevoke returns what the application must give up now: before the member
// joins, so that the group does not hold it up, or after it has joined, so that
// others get it.
func (m *member) toRevoke() []cluster.TopicPartition {
	if m.state != Stable && m.state != Preparing || m.reason == "" || len(m.owned) == 0 {
		return nil
	}
	return minus(m.owned, m.kept())
}

// assignable tells whether the application may be told of its assignment. One
// that a rebalance is about to overtake holds only if it is kept over that.
func (m *member) assignable() bool {
	if m.state == Stable && m.reason == "" {
		return true
	}
	return m.keeping() && m.state != Leaving && len(minus(m.owned, m.kept())) == 0
}

// waiting tells that the application must be done with an event before the member
// goes on. What it gets, it may take note of later, if it is sure to keep it.
func (m *member) waiting() bool {
	if m.event == nil || m.event.Kind != Assign || !m.keeping() {
		return m.event != nil
	}
	return m.lost != nil || len(m.toRevoke()) > 0
}

// minus returns a copy of list without those that are in others; both are
// sorted.
func minus(list, others []cluster.TopicPartition) []cluster.TopicPartition {
	return slices.DeleteFunc(slices.Clone(list), func(tp cluster.TopicPartition) bool {
		_, found := slices.BinarySearchFunc(others, tp, comparePartitions)
		return found
	})
}
