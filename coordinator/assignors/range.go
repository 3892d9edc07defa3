package assignors

import "slices"

// Range returns Kafka's RangeAssignor: each topic by itself is cut into as many
// runs of neighbouring partitions as it has subscribers, the first ones being
// longer by one if it does not divide evenly. Topics with equal numbers of
// partitions and equal subscribers are cut alike, which keeps partitions that
// belong together (a join's two sides) in one member; with many topics of few
// partitions, though, the first members get more than the last.
func Range() Assignor { return rangeAssignor{} }

type rangeAssignor struct{ Eager }

func (rangeAssignor) Name() string { return "range" }

func (rangeAssignor) Assign(topics []Topic, members []Member) (map[string]Assignment, error) {
	assignments := empty(members)
	order := inOrder(members)
	for _, topic := range topics {
		subscribers := slices.DeleteFunc(slices.Clone(order), func(s subscriber) bool {
			return !s.wants(topic.Name)
		})
		next := 0
		for i, s := range subscribers {
			share := len(topic.Partitions) / len(subscribers)
			if i < len(topic.Partitions)%len(subscribers) {
				share++
			}
			for _, p := range topic.Partitions[next : next+share] {
				own := assignments[s.ID].Partitions
				own[topic.Name] = append(own[topic.Name], p.Partition)
			}
			next += share
		}
	}
	return assignments, nil
}
