package assignors

import "slices"

// racksMatter tells whether members are to be given partitions of their racks
// (KIP-881): some are in a rack that has replicas, and not every rack has a
// replica of every partition.
func racksMatter(members []string, partitions []Partition) bool {
	all := make(map[string]struct{})
	for _, p := range partitions {
		for _, rack := range p.Racks {
			all[rack] = struct{}{}
		}
	}
	if !slices.ContainsFunc(members, func(rack string) bool { _, ok := all[rack]; return ok }) {
		return false
	}
	return slices.ContainsFunc(partitions, func(p Partition) bool { return len(distinct(p.Racks)) < len(all) })
}

// distinct returns the racks once each.
func distinct(racks []string) []string {
	racks = slices.Clone(racks)
	slices.Sort(racks)
	return slices.Compact(racks)
}

// in tells whether a partition has a replica in the rack.
func (p *Partition) in(rack string) bool { return slices.Contains(p.Racks, rack) }
