package assignors

import (
	"fmt"
	"slices"
)

// Range returns Kafka's RangeAssignor: each topic by itself is cut into as many
// runs of neighbouring partitions as it has subscribers, the first ones being
// longer by one if it does not divide evenly. Topics with equal numbers of
// partitions and equal subscribers are cut alike, which keeps partitions that
// belong together (a join's two sides) in one member; with many topics of few
// partitions, though, the first members get more than the last.
//
// If racks are known, members get partitions of their racks as far as that leaves
// both as it is: the sizes of the shares, and that topics are cut alike (KIP-881).
func Range() Assignor { return rangeAssignor{} }

type rangeAssignor struct{ Eager }

func (rangeAssignor) Name() string { return "range" }

func (rangeAssignor) Assign(topics []Topic, members []Member) (map[string]Assignment, error) {
	assignments := empty(members)
	order := inOrder(members)
	cuts := make([]*cut, 0, len(topics))
	for i := range topics {
		cuts = append(cuts, newCut(&topics[i], order))
	}
	if slices.ContainsFunc(cuts, func(c *cut) bool { return c.racks }) {
		for _, alike := range alike(cuts) {
			matchRacks(alike)
		}
	}
	for _, c := range cuts {
		c.deal(func(int, *Partition) bool { return true })
		c.tell(assignments)
	}
	return assignments, nil
}

// cut is how a topic is divided among its subscribers.
type cut struct {
	topic       *Topic
	subscribers []subscriber
	racks       bool  // they matter
	owner       []int // of each partition, a subscriber's index; -1 without one yet
	given       []int // number of partitions by subscriber
	share       int   // what each gets
	longer      int   // how many may still get one more
}

func newCut(t *Topic, order []subscriber) *cut {
	c := &cut{topic: t, owner: make([]int, len(t.Partitions))}
	for i := range c.owner {
		c.owner[i] = -1
	}
	var racks []string
	for _, s := range order {
		if s.wants(t.Name) {
			c.subscribers = append(c.subscribers, s)
			if s.Rack != "" {
				racks = append(racks, s.Rack)
			}
		}
	}
	c.given = make([]int, len(c.subscribers))
	if n := len(c.subscribers); n > 0 {
		c.share, c.longer = len(t.Partitions)/n, len(t.Partitions)%n
	}
	c.racks = racksMatter(racks, t.Partitions)
	return c
}

// room returns how many partitions a subscriber may still get.
func (c *cut) room(s int) int {
	room := c.share - c.given[s]
	if c.longer > 0 {
		room++
	}
	return max(room, 0)
}

func (c *cut) give(s, partition int) {
	c.owner[partition] = s
	c.given[s]++
	if c.given[s] == c.share+1 {
		c.longer--
	}
}

// deal gives each subscriber in turn the first of the partitions that are left
// and may be its.
func (c *cut) deal(may func(s int, p *Partition) bool) {
	next := 0 // all before have an owner
	for s := range c.subscribers {
		room := c.room(s)
		for next < len(c.owner) && c.owner[next] >= 0 {
			next++
		}
		for i := next; i < len(c.owner) && room > 0; i++ {
			if c.owner[i] < 0 && may(s, &c.topic.Partitions[i]) {
				c.give(s, i)
				room--
			}
		}
	}
}

// matches tells whether a partition has a replica in the subscriber's rack, if
// that has one.
func (c *cut) matches(s int, p *Partition) bool {
	rack := c.subscribers[s].Rack
	return rack == "" || c.racks && p.in(rack)
}

func (c *cut) tell(assignments map[string]Assignment) {
	for i, s := range c.owner {
		if s >= 0 {
			own := assignments[c.subscribers[s].ID].Partitions
			own[c.topic.Name] = append(own[c.topic.Name], c.topic.Partitions[i].Partition)
		}
	}
}

// alike groups topics with equal subscribers and equal numbers of partitions.
func alike(cuts []*cut) [][]*cut {
	var groups [][]*cut
	index := make(map[string]int)
	for _, c := range cuts {
		key := fmt.Sprintf("%d", len(c.owner))
		for _, s := range c.subscribers {
			key += fmt.Sprintf(" %q", s.ID)
		}
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

// matchRacks gives members partitions of their racks. Of topics that are cut
// alike, the partitions of one number go to one member.
func matchRacks(cuts []*cut) {
	first := cuts[0]
	if len(cuts) == 1 {
		if first.racks {
			first.deal(first.matches)
		}
		return
	}
	for p := range first.owner {
		for s := range first.subscribers {
			if !slices.ContainsFunc(cuts, func(c *cut) bool {
				return c.room(s) == 0 || !c.matches(s, &c.topic.Partitions[p])
			}) {
				for _, c := range cuts {
					c.give(s, p)
				}
				break
			}
		}
	}
}
