package coordinator

import (
	"errors"
	"fmt"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// consumerProtocol is the protocol type of consumer groups.
const consumerProtocol = "consumer"

// joined takes a JoinGroup response without an error.
func (m *member) joined(resp *protocol.JoinGroupResponse) {
	m.end()
	if t := resp.ProtocolType; t != nil && *t != consumerProtocol {
		m.fail(fmt.Errorf("the group is of type %q, not one of consumers: choose another GroupID (group.id)", *t))
		return
	}
	m.memberID, m.generation = resp.MemberID, resp.GenerationID
	if resp.ProtocolName != nil {
		m.protocol = *resp.ProtocolName
	}
	m.leader = resp.Leader == resp.MemberID
	m.members, m.skipAssign = resp.Members, resp.SkipAssignment
	m.shares, m.watched = nil, nil
	m.state = Syncing
}

// joinFailed takes a failed JoinGroup. id is the member id of the response, if
// there was one.
func (m *member) joinFailed(err error, id string) {
	m.end()
	switch protocol.CodeOf(err) {
	case protocol.ErrMemberIDRequired: // no failure, unless it comes again
		if m.memberID == "" {
			m.state = Unjoined
		} else {
			m.retry(err, false)
		}
		m.memberID = id
		m.reason = "need to re-join with the given member-id: " + id
	case protocol.ErrUnknownMemberID:
		m.startOver(err, false)
	case protocol.ErrIllegalGeneration:
		m.startOver(err, true)
	case protocol.ErrRebalanceInProgress:
		m.retry(err, false)
	default:
		m.retryOrFail(err)
	}
}

// divided takes the outcome of assign: what each member gets, and how many
// partitions each topic had.
func (m *member) divided(shares []protocol.SyncGroupRequestAssignment, counts map[string]int) {
	m.end()
	if shares == nil {
		shares = []protocol.SyncGroupRequestAssignment{}
	}
	m.shares, m.watched = shares, counts
	m.members = nil
}

// divideFailed takes a failed assign.
func (m *member) divideFailed(err error) {
	m.end()
	m.retryOrFail(err)
}

// synced takes the member's partitions, sorted, of a SyncGroup response without
// an error.
func (m *member) synced(partitions []cluster.TopicPartition) {
	m.end()
	m.shares = nil
	m.failures, m.err = 0, nil
	m.state = Stable
	m.assigned, m.untold = partitions, true
	e := m.commits.epochs
	if e == nil {
		e = newEpochs()
	}
	e.enter(m.generation)
	m.commits = Generation{ID: m.generation, MemberID: m.memberID, InstanceID: m.instanceID, Protocol: m.protocol, epochs: e}
	if len(minus(m.claimed, partitions)) > 0 && m.reason == "" {
		m.reason = "need to revoke partitions and re-join"
	}
	m.settle()
}

// syncFailed takes a failed SyncGroup.
func (m *member) syncFailed(err error) {
	m.end()
	switch protocol.CodeOf(err) {
	case protocol.ErrRebalanceInProgress:
		m.retry(err, true)
	case protocol.ErrIllegalGeneration:
		m.startOver(err, true)
	case protocol.ErrUnknownMemberID:
		m.startOver(err, false)
	default:
		m.retryOrFail(err)
	}
}

// holderGone takes that the coordinator which holds the member's JoinGroup or
// SyncGroup is none any more.
func (m *member) holderGone(err error) {
	switch m.busy {
	case doJoin:
		m.joinFailed(err, "")
	case doSync:
		m.syncFailed(err)
	}
}

// heartbeatFailed takes a failed heartbeat of the given generation.
func (m *member) heartbeatFailed(err error, generation int32) {
	if !m.heartbeating() || generation != m.generation {
		return
	}
	switch protocol.CodeOf(err) {
	case protocol.ErrRebalanceInProgress:
		if m.state == Stable {
			m.rejoin("the group is rebalancing")
		}
	case protocol.ErrUnknownMemberID:
		m.lose(err, false)
	case protocol.ErrIllegalGeneration:
		m.lose(err, true)
	default:
		if !coordination.Retriable(err) {
			m.fail(m.advise(err))
		}
	}
}

// sessionExpired notes that no heartbeat was answered for the session timeout.
func (m *member) sessionExpired(err error) { m.lose(err, true) }

// retry joins again: at once if it is the first failure in a row and the next
// try has a chance, else after a pause. Under the eager protocol the member has no
// partitions then, as it gave them up before it joined; otherwise it keeps them.
func (m *member) retry(err error, atOnce bool) {
	m.failures++
	m.err = err
	m.pausing = !atOnce || m.failures > 1
	if m.keeping() {
		m.leaveRebalance()
		m.state = Joining
	} else {
		m.leaveGeneration()
		m.state = Unjoined
	}
	m.reason = "rebalance failed: " + err.Error()
	m.settle()
}

// startOver joins again as one whose partitions may be another's already.
func (m *member) startOver(err error, keepID bool) {
	if !keepID {
		m.memberID = ""
	}
	m.leaveGeneration()
	m.lost, m.untold = err, false
	m.retry(err, true)
}

func (m *member) retryOrFail(err error) {
	if coordination.Retriable(err) {
		m.retry(err, false)
		return
	}
	m.fail(m.advise(err))
}

// advice says what to do about codes that no retry helps with.
var advice = map[protocol.ErrorCode]string{
	protocol.ErrInvalidSessionTimeout:     "SessionTimeout (session.timeout.ms) must be within the broker's group.min.session.timeout.ms and group.max.session.timeout.ms; brokers before 0.10.1 allow 30s at most",
	protocol.ErrInconsistentGroupProtocol: "all members of a group must be consumers and share at least one of their Assignors (partition.assignment.strategy)",
	protocol.ErrGroupMaxSizeReached:       "the group has as many members as the broker's group.max.size allows",
	protocol.ErrGroupAuthorizationFailed:  "the principal needs READ on the group",
	protocol.ErrInvalidGroupID:            "choose another GroupID (group.id)",
}

// advise adds to err what to do about it.
func (m *member) advise(err error) error {
	if protocol.CodeOf(err) == protocol.ErrFencedInstanceID {
		return fmt.Errorf("%w; another member has joined with InstanceID (group.instance.id) %q, which must be unique in the group", err, m.instanceID)
	}
	if errors.Is(err, wire.ErrUnsupported) && m.instanceID != "" {
		return fmt.Errorf("%w; static members (InstanceID, group.instance.id) need brokers of Kafka 2.3 or later", err)
	}
	if text, ok := advice[protocol.CodeOf(err)]; ok {
		return fmt.Errorf("%w; %s", err, text)
	}
	return err
}
