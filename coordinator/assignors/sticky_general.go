package assignors

import (
	"cmp"
	"slices"
)

// balance divides partitions among members that want different topics, until no
// move of a partition to another member makes their shares more equal.
func (g *stickyGroup) balance() {
	forced := false // some must move anyway
	for p, m := range g.holder {
		if g.mayKeep(p) {
			g.give(m, p)
		} else if m != nobody {
			forced = true
		}
	}
	order := g.byTakers()
	left := slices.DeleteFunc(slices.Clone(order), func(p int) bool { return g.owner[p] != nobody })
	for _, p := range left {
		m := nobody
		if g.racks {
			m = g.leastLoaded(p, func(m int) bool { return !g.mismatch(m, p) })
		}
		if m == nobody {
			m = g.leastLoaded(p, func(int) bool { return true })
		}
		g.give(m, p)
	}
	if !forced { // try with those that have no owner to keep them, first
		g.even(left)
	}
	g.even(order)
}

// byTakers returns the partitions, those first that the fewest members can get.
func (g *stickyGroup) byTakers() []int {
	order := make([]int, len(g.parts))
	for p := range order {
		order[p] = p
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(len(g.takers[g.parts[a].topic]), len(g.takers[g.parts[b].topic]))
	})
	return order
}

// leastLoaded returns the member with the smallest share that wants a partition
// and may get it, nobody if none does.
func (g *stickyGroup) leastLoaded(p int, may func(m int) bool) int {
	best := nobody
	for _, m := range g.takers[g.parts[p].topic] {
		if (best == nobody || len(g.shares[m]) < len(g.shares[best])) && may(m) {
			best = m
		}
	}
	return best
}

// even moves partitions of a list as long as that makes shares more equal. Each
// move takes from a member that has at least two more than the one that gets it,
// so that it ends.
func (g *stickyGroup) even(list []int) {
	for moved := true; moved; {
		moved = false
		for _, p := range list {
			if m := g.betterOwner(p); m != nobody {
				g.move(p, m)
				moved = true
			}
		}
	}
}

// betterOwner returns the member that should have a partition instead of its
// owner, nobody if there is none: one that had it before, one in a rack of it if
// its owner is in one, or that with the smallest share.
func (g *stickyGroup) betterOwner(p int) int {
	from := g.owner[p]
	gains := func(m int) bool { return len(g.shares[m])+1 < len(g.shares[from]) }
	if m := g.previous[p]; m != nobody && m != from && g.wants[m][g.parts[p].topic] && gains(m) {
		return m
	}
	if g.local(from, p) {
		if m := g.leastLoaded(p, func(m int) bool { return gains(m) && g.local(m, p) }); m != nobody {
			return m
		}
	}
	return g.leastLoaded(p, gains)
}

// move gives a partition to another member; or, rather than having two members
// swap partitions of a topic, gives one back to it that it had before.
func (g *stickyGroup) move(p, m int) {
	if g.holder[p] == g.owner[p] {
		for _, other := range g.shares[g.owner[p]] {
			if g.holder[other] == m && g.parts[other].topic == g.parts[p].topic && g.mayKeep(other) {
				p = other
				break
			}
		}
	}
	g.take(p)
	g.give(m, p)
}
