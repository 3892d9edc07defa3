package properties

import "maps"

// nearest returns the known name that looks most like an unknown one, empty if
// none does.
func nearest(name string) string {
	best, distance := "", max(2, len(name)/4)+1
	consider := func(known string) {
		d := edits(name, known)
		if d < distance || d == distance && best != "" && known < best {
			best, distance = known, d
		}
	}
	for known := range maps.Keys(byName) {
		consider(known)
	}
	for known := range maps.Keys(reasons) {
		consider(known)
	}
	return best
}

// edits returns how many characters have to be inserted, deleted, replaced, or
// swapped with their neighbour to make b of a (optimal string alignment).
func edits(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
