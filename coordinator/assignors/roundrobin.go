package assignors

import "slices"

// RoundRobin returns Kafka's RoundRobinAssignor: the partitions of all topics,
// sorted, are dealt to the members in turn, those that did not subscribe to the
// topic being passed over. If all members subscribe to the same topics, their
// shares differ by one partition at most.
func RoundRobin() Assignor { return roundRobin{} }

type roundRobin struct{ Eager }

func (roundRobin) Name() string { return "roundrobin" }

func (roundRobin) Assign(topics []Topic, members []Member) (map[string]Assignment, error) {
	assignments := empty(members)
	order := inOrder(members)
	turn := 0
	for _, topic := range topics {
		if !slices.ContainsFunc(order, func(s subscriber) bool { return s.wants(topic.Name) }) {
			continue
		}
		for _, p := range topic.Partitions {
			for !order[turn].wants(topic.Name) {
				turn = (turn + 1) % len(order)
			}
			own := assignments[order[turn].ID].Partitions
			own[topic.Name] = append(own[topic.Name], p.Partition)
			turn = (turn + 1) % len(order)
		}
	}
	return assignments, nil
}
