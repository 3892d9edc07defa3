package coordinator

import "fmt"

// State is where a membership stands.
type State int32

const (
	// Unjoined members are in no group, or not any more.
	Unjoined State = iota
	// Preparing members are about to rejoin and give up their partitions first.
	Preparing
	// Joining members wait for the answer to JoinGroup, or to their first heartbeat.
	Joining
	// Syncing members wait for their assignment; the leader makes it.
	Syncing
	// Stable members have an assignment.
	Stable
	// Leaving members wait for the answer to LeaveGroup.
	Leaving
	// Fatal members have failed for good.
	Fatal
	// Reconciling members of a [ConsumerGroup] give up and take partitions, as the
	// coordinator wants it.
	Reconciling
	// Acknowledging members tell the coordinator that they have done so.
	Acknowledging
	// Fenced members were put out of the group, and give up their partitions before
	// they join again.
	Fenced
	// Stale members have left the group until the application polls again.
	Stale
)

var stateNames = [...]string{"unjoined", "preparing", "joining", "syncing", "stable", "leaving", "fatal",
	"reconciling", "acknowledging", "fenced", "stale"}

// String returns the state in lower case.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return fmt.Sprintf("state %d", int32(s))
	}
	return stateNames[s]
}
