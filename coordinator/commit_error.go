package coordinator

import (
	"fmt"

	"github.com/barnabas-go/kafka/protocol"
)

// CommitFailedError tells that offsets were not committed since the member is
// not, or no more, entitled to: the group has rebalanced, or is about to. Other
// members may have read the same records by now. Trying again does not help.
type CommitFailedError struct {
	// Group that the offsets belong to.
	Group string
	// Generation under which the commit was made.
	Generation Generation
	// Err is the broker's error; nil if the member knew by itself.
	Err error
}

// Error tells what happened and what to do.
func (e *CommitFailedError) Error() string {
	s := fmt.Sprintf("commit of group %s by %s failed", e.Group, e.Generation)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	switch {
	case protocol.CodeOf(e.Err) == protocol.ErrRebalanceInProgress:
		return s + "; poll, to take part in the rebalance, then commit again what is still assigned"
	case protocol.CodeOf(e.Err) == protocol.ErrFencedInstanceID:
		return s + "; another member has taken this one's place with the same InstanceID (group.instance.id), which must be unique in the group"
	case e.Generation.ID < 0 && !e.Generation.Unjoined:
		return s + "; a consumer that chose its partitions itself cannot commit while the group has members: give it a GroupID (group.id) of its own"
	case e.Err == nil:
		s += ": the membership is lost or not yet gained"
	}
	return s + "; the group has given the partitions to other members, who start at the last committed offsets. If that happens often, " +
		"the time between polls is too long for max.poll.interval.ms (RebalanceTimeout): raise it, or take fewer records at a time with max.poll.records"
}

// Unwrap returns the broker's error.
func (e *CommitFailedError) Unwrap() error { return e.Err }

// Retriable is false.
func (e *CommitFailedError) Retriable() bool { return false }
