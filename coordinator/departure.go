package coordinator

import "fmt"

// Departure is what becomes of a member when its membership is closed (KIP-1092).
type Departure uint8

const (
	// DefaultDeparture has a dynamic member leave the group, and a static one remain.
	DefaultDeparture Departure = iota
	// LeaveGroup has a static member leave for good, too: its partitions go to
	// others at once.
	LeaveGroup
	// RemainInGroup has a dynamic member not tell that it goes, too: its partitions
	// wait for the end of its session.
	RemainInGroup
)

var departureNames = [...]string{"default", "leave group", "remain in group"}

// String returns the departure in lower case.
func (d Departure) String() string {
	if int(d) >= len(departureNames) {
		return fmt.Sprintf("departure %d", uint8(d))
	}
	return departureNames[d]
}

// leaves tells whether a member leaves the group.
func (d Departure) leaves(static bool) bool {
	return d == LeaveGroup || d == DefaultDeparture && !static
}
