package assignors

import (
	"cmp"
	"slices"
	"strings"
)

// nobody stands for the member that has a partition which is nobody's.
const nobody = -1

// stickyGroup is a group whose members keep their partitions as far as that is
// fair. Members, topics and partitions are indices.
type stickyGroup struct {
	members []Member      // by id
	topics  []Topic       // that some member wants, by name
	wants   [][]bool      // of each member, by topic
	takers  [][]int       // of each topic, the members that want it
	parts   []partitionOf // all partitions, by topic and number
	base    []int         // of each topic, its first partition
	racks   bool          // they matter
	equal   bool          // all members want the same topics

	// What members claim to have: the member with the latest claim on each
	// partition; whether another claims it in the same generation; and who had it
	// before.
	holder   []int
	disputed []bool
	previous []int

	owner  []int   // of each partition
	shares [][]int // of each member
}

// partitionOf is a partition of the topic with that index.
type partitionOf struct {
	topic int
	*Partition
}

func newStickyGroup(topics []Topic, members []Member, claimOf func(*Member) claim) *stickyGroup {
	g := &stickyGroup{members: slices.Clone(members)}
	slices.SortFunc(g.members, func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
	g.subscribe(topics)
	for t := range g.topics {
		g.base = append(g.base, len(g.parts))
		for i := range g.topics[t].Partitions {
			g.parts = append(g.parts, partitionOf{t, &g.topics[t].Partitions[i]})
		}
	}
	g.holder, g.previous, g.owner = nobodys(len(g.parts)), nobodys(len(g.parts)), nobodys(len(g.parts))
	g.disputed = make([]bool, len(g.parts))
	g.shares = make([][]int, len(g.members))
	g.racks = g.lookAtRacks()
	g.hear(claimOf)
	return g
}

func nobodys(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = nobody
	}
	return list
}

// subscribe takes the topics that are wanted, and who wants them.
func (g *stickyGroup) subscribe(topics []Topic) {
	wanted := make([]map[string]struct{}, len(g.members))
	for m := range g.members {
		wanted[m] = make(map[string]struct{}, len(g.members[m].Topics))
		for _, name := range g.members[m].Topics {
			wanted[m][name] = struct{}{}
		}
	}
	g.wants = make([][]bool, len(g.members))
	g.equal = true
	for _, topic := range topics {
		var takers []int
		for m := range g.members {
			if _, ok := wanted[m][topic.Name]; ok {
				takers = append(takers, m)
			}
		}
		if len(takers) == 0 {
			continue
		}
		g.topics, g.takers = append(g.topics, topic), append(g.takers, takers)
		g.equal = g.equal && len(takers) == len(g.members)
		for m := range g.members {
			g.wants[m] = append(g.wants[m], false)
		}
		for _, m := range takers {
			g.wants[m][len(g.topics)-1] = true
		}
	}
}

func (g *stickyGroup) lookAtRacks() bool {
	var racks []string
	for m := range g.members {
		if rack := g.members[m].Rack; rack != "" {
			racks = append(racks, rack)
		}
	}
	if len(racks) == 0 {
		return false
	}
	var all []Partition
	for _, p := range g.parts {
		all = append(all, *p.Partition)
	}
	return racksMatter(racks, all)
}

// index returns the index of a partition, if it exists.
func (g *stickyGroup) index(topic string, number int32) (int, bool) {
	t, ok := slices.BinarySearchFunc(g.topics, topic, func(t Topic, name string) int { return strings.Compare(t.Name, name) })
	if !ok {
		return 0, false
	}
	i, ok := slices.BinarySearchFunc(g.topics[t].Partitions, number, func(p Partition, n int32) int { return cmp.Compare(p.Partition, n) })
	return g.base[t] + i, ok
}

// hear takes what the members claim. The claim of the latest generation holds.
func (g *stickyGroup) hear(claimOf func(*Member) claim) {
	held, before := make([]int32, len(g.parts)), make([]int32, len(g.parts))
	for m := range g.members {
		claim := claimOf(&g.members[m])
		for topic, numbers := range claim.partitions {
			for _, number := range numbers {
				p, ok := g.index(topic, number)
				switch {
				case !ok || g.holder[p] == m:
				case g.holder[p] == nobody:
					g.holder[p], held[p] = m, claim.generation
				case claim.generation == held[p]:
					g.disputed[p] = true
				case claim.generation > held[p]:
					g.previous[p], before[p] = g.holder[p], held[p]
					g.holder[p], held[p], g.disputed[p] = m, claim.generation, false
				case g.previous[p] == nobody || claim.generation > before[p]:
					g.previous[p], before[p] = m, claim.generation
				}
			}
		}
	}
}

// mayKeep tells whether a partition may stay with the member that claims it.
func (g *stickyGroup) mayKeep(p int) bool {
	m := g.holder[p]
	return m != nobody && !g.disputed[p] && g.wants[m][g.parts[p].topic] && !g.mismatch(m, p)
}

// mismatch tells that a partition has no replica in the member's rack.
func (g *stickyGroup) mismatch(m, p int) bool {
	rack := g.members[m].Rack
	return g.racks && rack != "" && !g.parts[p].in(rack)
}

// local tells that a partition has a replica in the member's rack.
func (g *stickyGroup) local(m, p int) bool {
	rack := g.members[m].Rack
	return g.racks && rack != "" && g.parts[p].in(rack)
}

func (g *stickyGroup) give(m, p int) {
	g.owner[p] = m
	g.shares[m] = append(g.shares[m], p)
}

func (g *stickyGroup) take(p int) {
	m := g.owner[p]
	i := slices.Index(g.shares[m], p)
	g.shares[m] = slices.Delete(g.shares[m], i, i+1)
	g.owner[p] = nobody
}

// divide gives each partition an owner.
func (g *stickyGroup) divide() *stickyGroup {
	switch {
	case len(g.parts) == 0:
	case g.equal:
		newQuotas(g).divide()
	default:
		g.balance()
	}
	return g
}

// withhold takes partitions from new owners as long as others may have them.
func (g *stickyGroup) withhold() {
	for p, m := range g.owner {
		if g.disputed[p] || g.holder[p] != nobody && g.holder[p] != m {
			g.take(p)
		}
	}
}

// assignments returns the shares.
func (g *stickyGroup) assignments() map[string]Assignment {
	assignments := empty(g.members)
	for p, m := range g.owner {
		if m != nobody {
			topic, own := g.topics[g.parts[p].topic].Name, assignments[g.members[m].ID].Partitions
			own[topic] = append(own[topic], g.parts[p].Partition.Partition)
		}
	}
	return assignments
}
