package coordinator

import "fmt"

// State is where a membership stands.
type State int32

const (
	// Unjoined members are in no group, or not any more.
	Unjoined State = iota
	// Preparing members are about to rejoin and give up their partitions first.
	Preparing
	// Joining members wait for the answer to JoinGroup.
	Joining
	// Syncing members wait for their assignment; the leader makes it.
	Syncing
	// Stable members have an assignment.
	Stable
	// Leaving members wait for the answer to LeaveGroup.
	Leaving
	// Fatal members have failed for good.
	Fatal
)

var stateNames = [...]string{"unjoined", "preparing", "joining", "syncing", "stable", "leaving", "fatal"}

// String returns the state in lower case.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return fmt.Sprintf("state %d", int32(s))
	}
	return stateNames[s]
}
