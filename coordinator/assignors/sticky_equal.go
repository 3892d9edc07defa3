package assignors

import (
	"cmp"
	"slices"
)

// quotas divides partitions among members that all want the same topics: each
// gets least partitions, and so many that nothing is left over get one more.
type quotas struct {
	*stickyGroup
	least int
	more  int   // how many members may still get one more
	short []int // members that have less than least
	even  []int // members that have least and may get one more
}

func newQuotas(g *stickyGroup) *quotas {
	return &quotas{stickyGroup: g, least: len(g.parts) / len(g.members), more: len(g.parts) % len(g.members)}
}

func (q *quotas) divide() {
	q.keep()
	var left []int
	for p := range q.parts {
		if q.owner[p] == nobody {
			left = append(left, p)
		}
	}
	if q.racks {
		left = q.giveWithinRacks(left)
	}
	q.giveInTurn(left)
}

// keep leaves members what they have, up to their quota.
func (q *quotas) keep() {
	claims := make([][]int, len(q.members))
	for p, m := range q.holder {
		if q.mayKeep(p) {
			claims[m] = append(claims[m], p)
		}
	}
	for m, claimed := range claims {
		slices.SortStableFunc(claimed, func(a, b int) int { return cmp.Compare(q.parts[a].Partition.Partition, q.parts[b].Partition.Partition) })
		if len(claimed) > q.least && q.more > 0 {
			q.more--
			claimed = claimed[:q.least+1]
		} else {
			claimed = claimed[:min(q.least, len(claimed))]
		}
		for _, p := range claimed {
			q.stickyGroup.give(m, p)
		}
		q.sort(m)
	}
	if q.more == 0 {
		q.even = nil
	}
}

// sort notes what a member may still get.
func (q *quotas) sort(m int) {
	switch n := len(q.shares[m]); {
	case n < q.least:
		q.short = append(q.short, m)
	case n == q.least && q.more > 0:
		q.even = append(q.even, m)
	}
}

// giveMore gives a member that may get one more a partition; i is its index in even.
func (q *quotas) giveMore(i, p int) {
	q.stickyGroup.give(q.even[i], p)
	q.even = slices.Delete(q.even, i, i+1)
	if q.more--; q.more == 0 {
		q.even = nil
	}
}

// giveShort gives a partition to a member that has less than its quota; i is its
// index in short. It returns the index of the next one.
func (q *quotas) giveShort(i, p int) int {
	m := q.short[i]
	q.stickyGroup.give(m, p)
	if len(q.shares[m]) < q.least {
		return i + 1
	}
	q.short = slices.Delete(q.short, i, i+1)
	q.sort(m)
	return i
}

// giveWithinRacks gives members partitions of their racks, beginning with those
// that the fewest can get, and returns what is left.
func (q *quotas) giveWithinRacks(left []int) (rest []int) {
	neighbours := make(map[string]int)
	for m := range q.members {
		neighbours[q.members[m].Rack]++
	}
	takers := make(map[int]int, len(left))
	for _, p := range left {
		for _, rack := range distinct(q.parts[p].Racks) {
			takers[p] += neighbours[rack]
		}
	}
	slices.SortStableFunc(left, func(a, b int) int { return cmp.Compare(takers[a], takers[b]) })
	next := 0
	for _, p := range left {
		if i := q.neighbour(p, q.short, next); i >= 0 {
			next = q.giveShort(i, p)
			if next >= len(q.short) {
				next = 0
			}
		} else if i := q.neighbour(p, q.even, 0); i >= 0 {
			q.giveMore(i, p)
		} else {
			rest = append(rest, p)
		}
	}
	return rest
}

// neighbour returns the index of the first member of a list, beginning at from,
// in whose rack the partition has a replica; -1 if there is none.
func (q *quotas) neighbour(p int, list []int, from int) int {
	for n := range list {
		if i := (from + n) % len(list); q.local(list[i], p) {
			return i
		}
	}
	return -1
}

// giveInTurn deals out what is left in turn.
func (q *quotas) giveInTurn(left []int) {
	next := 0
	for _, p := range left {
		if len(q.short) == 0 {
			q.giveMore(0, p)
			continue
		}
		if next >= len(q.short) {
			next = 0
		}
		next = q.giveShort(next, p)
	}
}
