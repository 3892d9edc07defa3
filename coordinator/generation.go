package coordinator

import "fmt"

// Generation is the identity under which a member commits offsets.
type Generation struct {
	// ID counts the group's rebalances; under the consumer protocol it is the
	// member's epoch; -1 without a membership.
	ID int32
	// MemberID was given by the coordinator, or made by the member.
	MemberID string
	// InstanceID is that of a static member.
	InstanceID string
	// Protocol is the name of the assignor that the group uses; empty under the
	// consumer protocol.
	Protocol string
	// Unjoined tells that this is a group's member that is not, or no more, in
	// the group: its commits fail at once. It is false for a consumer that chose
	// its partitions itself.
	Unjoined bool

	epochs *epochs // of a member, else nil
}

// NoGeneration is that of a consumer which chose its partitions itself.
var NoGeneration = Generation{ID: -1}

// String names generation and member.
func (g Generation) String() string {
	switch {
	case g.Unjoined:
		return "not a member"
	case g.ID < 0:
		return "no membership"
	case g.InstanceID != "":
		return fmt.Sprintf("generation %d of member %s (instance %s)", g.ID, g.MemberID, g.InstanceID)
	}
	return fmt.Sprintf("generation %d of member %s", g.ID, g.MemberID)
}

// GroupMetadata tells by which member of which group a transaction commits
// offsets, so that one whose partitions have gone to others is refused (KIP-447).
type GroupMetadata struct {
	// GroupID is that of the group.
	GroupID string
	// Generation is the membership at the time that the records were read.
	Generation
}
