package assignors

import (
	"slices"
	"strings"
)

// subscriber is a member with its subscription as a set.
type subscriber struct {
	*Member
	topics map[string]struct{}
}

func (s subscriber) wants(topic string) bool {
	_, ok := s.topics[topic]
	return ok
}

// inOrder returns the members in the order in which Kafka's assignors serve
// them: static ones first, by instance id, so that a restart, which changes
// the member id, does not change the assignment; then the others by member id.
func inOrder(members []Member) []subscriber {
	order := make([]subscriber, len(members))
	for i := range members {
		topics := make(map[string]struct{}, len(members[i].Topics))
		for _, topic := range members[i].Topics {
			topics[topic] = struct{}{}
		}
		order[i] = subscriber{&members[i], topics}
	}
	slices.SortFunc(order, compare)
	return order
}

func compare(a, b subscriber) int {
	switch {
	case a.InstanceID != "" && b.InstanceID != "":
		return strings.Compare(a.InstanceID, b.InstanceID)
	case a.InstanceID != "":
		return -1
	case b.InstanceID != "":
		return 1
	}
	return strings.Compare(a.ID, b.ID)
}

// empty returns an assignment of nothing for each member.
func empty(members []Member) map[string]Assignment {
	assignments := make(map[string]Assignment, len(members))
	for i := range members {
		assignments[members[i].ID] = Assignment{Partitions: Partitions{}}
	}
	return assignments
}
