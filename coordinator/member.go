package coordinator

import (
	"fmt"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// member is the state machine of a membership. It knows neither network nor
// clock: whoever drives it calls a method for what has happened, and then does
// what next and event ask for.
//
// Under the eager protocol the application gives up all partitions before the
// member joins. Under the cooperative one (KIP-429) it keeps what it has, and
// after the rebalance gives up what the group wants to be another's; the member
// joins again then, so that the other gets it.
type member struct {
	standing
	instanceID  string
	cooperative bool
	state       State

	subscribed bool
	topics     []string // the subscription, sorted
	joinTopics []string // the one that the last JoinGroup told

	memberID   string
	generation int32 // -1 outside of a generation
	protocol   string
	leader     bool
	members    []protocol.JoinGroupResponseMember // of which the member is the leader
	skipAssign bool                               // KIP-814
	shares     []protocol.SyncGroupRequestAssignment
	watched    map[string]int // partition counts that the leader's assignment rests on

	reason   string // why a rebalance is wanted; empty if none is
	joinedBy string // the reason that the last JoinGroup told
	leaver   string // the member id that leaves

	assigned []cluster.TopicPartition // what SyncGroup told
	claimed  []cluster.TopicPartition // what the last JoinGroup told to be the member's
	owned    []cluster.TopicPartition // what the application was told
	untold   bool                     // the application must be told of assigned, or of fatal
	lost     error                    // why owned is lost
	fatal    error
}

func newMember(instanceID string, cooperative bool) *member {
	return &member{
		standing:   standing{commits: Generation{ID: -1, Unjoined: true}},
		instanceID: instanceID, cooperative: cooperative, generation: -1,
	}
}

// next returns the action to begin now, if there is one.
func (m *member) next() action {
	switch {
	case m.busy != doNothing:
		return doNothing
	case m.leaving != "":
		return m.begin(doLeave)
	case m.waiting() || !m.subscribed || m.idle || m.state == Fatal:
		return doNothing
	case m.pausing:
		return m.begin(doPause)
	case m.state == Syncing && m.leader && m.shares == nil:
		return m.begin(doAssign)
	case m.state == Syncing:
		return m.begin(doSync)
	case m.state == Unjoined || m.reason != "":
		m.state = Joining
		m.joinTopics, m.claimed = m.topics, m.kept()
		m.joinedBy, m.reason = m.reason, ""
		return m.begin(doJoin)
	}
	return doNothing
}

func (m *member) where() State { return m.state }

// heartbeating tells whether the coordinator expects heartbeats. It does not
// while it holds a JoinGroup or SyncGroup.
func (m *member) heartbeating() bool {
	return m.generation >= 0 && (m.state == Stable || m.state == Preparing || m.state == Syncing && m.busy != doSync)
}

// settle finds the event that the application must be told next. One that it is
// at stays; one that it has not seen yet may turn into another, or vanish.
func (m *member) settle() {
	if m.delivered {
		return
	}
	if len(m.owned) == 0 {
		m.lost = nil
	}
	switch leaving := m.toRevoke(); {
	case m.state == Fatal && m.untold:
		m.tell(Failed, m.owned, m.fatal)
	case m.lost != nil:
		m.tell(Lost, m.owned, m.lost)
	case len(leaving) > 0:
		m.state = Preparing
		m.tell(Revoke, leaving, nil)
	case m.untold && m.assignable():
		m.tell(Assign, m.kept(), nil)
	default:
		m.event = nil
	}
}

func (m *member) tell(kind EventKind, partitions []cluster.TopicPartition, err error) {
	if m.event == nil || m.event.Kind != kind || m.event.Err != err || !slices.Equal(m.event.Partitions, partitions) {
		m.event = newEvent(kind, slices.Clone(partitions), err)
	}
}

// eventDelivered notes that the application got the event.
func (m *member) eventDelivered() {
	m.delivered = true
	switch m.event.Kind {
	case Revoke:
		m.owned = minus(m.owned, m.event.Partitions)
	case Assign:
		m.owned = slices.Clone(m.event.Partitions)
		m.untold = false
		if e := m.commits.epochs; e != nil {
			e.assign(m.owned)
		}
	case Failed:
		m.owned, m.lost, m.untold = nil, nil, false
	case Lost:
		m.owned, m.lost = nil, nil
	}
}

// eventDone notes that the application is done with the event.
func (m *member) eventDone() {
	if e := m.commits.epochs; e != nil && m.event.Kind == Revoke {
		e.revoke(m.event.Partitions)
	}
	m.event, m.delivered = nil, false
	m.settle()
}

// subscribe sets the subscription. After a failure it starts anew.
func (m *member) subscribe(topics []string) {
	topics = slices.Clone(topics)
	slices.Sort(topics)
	topics = slices.Compact(topics)
	revived := m.state == Fatal
	if revived {
		m.state, m.lost, m.fatal, m.untold, m.failures = Unjoined, m.fatal, nil, false, 0
	}
	if m.subscribed && !revived && slices.Equal(topics, m.topics) {
		return
	}
	m.subscribed, m.topics = true, topics
	m.rejoin(fmt.Sprintf("the subscription of the member is new: %d topics", len(topics)))
}

// rejoin asks for a rebalance.
func (m *member) rejoin(reason string) {
	if m.subscribed && m.reason == "" {
		m.reason = reason
	}
	m.settle()
}

// pauseOver ends the back-off.
func (m *member) pauseOver() {
	m.end()
	m.pausing = false
}

// unsubscribe leaves the group. The application is told nothing more.
func (m *member) unsubscribe(reason string) {
	m.depart(nil, reason)
	m.subscribed, m.topics, m.idle, m.pausing = false, nil, false, false
	m.owned, m.fatal = nil, nil
	m.event, m.delivered = nil, false
	m.reason = ""
}

// pollExpired leaves the group since the application does not poll.
func (m *member) pollExpired(err error) {
	m.depart(err, "the application has not polled in time")
	m.idle = true
}

// depart gives up the membership and leaves the group, unless the member is a
// static one, which shall be able to come back, or its departure is another.
func (m *member) depart(err error, reason string) {
	id, was := m.memberID, m.busy
	if was == doLeave {
		return
	}
	m.lose(err, false)
	if id != "" && m.departure.leaves(m.instanceID != "") {
		m.state, m.leaving, m.leaver = Leaving, reason, id
		m.settle()
	}
}

// left notes the end of leave, however it went.
func (m *member) left() {
	m.end()
	m.leaving, m.leaver = "", ""
	if m.state == Leaving {
		m.state = Unjoined
	}
}

// lose gives up the membership: the partitions may be another's already.
func (m *member) lose(err error, keepID bool) {
	if m.busy != doNothing && m.busy != doLeave {
		m.end()
	}
	if !keepID {
		m.memberID = ""
	}
	m.leaveGeneration()
	m.state = Unjoined
	m.lost, m.untold = err, false
	if err != nil {
		m.reason = err.Error()
	}
	m.settle()
}

func (m *member) leaveGeneration() {
	m.leaveRebalance()
	m.assigned = nil
	if e := m.commits.epochs; e != nil {
		e.end()
	}
	m.commits = Generation{ID: -1, InstanceID: m.instanceID, Unjoined: true}
}

// leaveRebalance forgets what JoinGroup told.
func (m *member) leaveRebalance() {
	m.generation, m.protocol, m.leader = -1, "", false
	m.members, m.shares, m.watched = nil, nil, nil
}

// fail ends the membership for good.
func (m *member) fail(err error) {
	m.lose(err, false)
	m.state, m.fatal, m.untold = Fatal, err, true
	m.settle()
}

// countsChanged compares the partition counts that metadata have now, as far as
// they are known, with those that the leader's assignment rests on.
func (m *member) countsChanged(count func(topic string) (n int, known bool)) {
	if !m.leader || m.state != Stable && m.state != Preparing {
		return
	}
	for topic, was := range m.watched {
		if now, known := count(topic); known && now != was {
			m.rejoin(fmt.Sprintf("topic %s has %d partitions instead of %d", topic, now, was))
			return
		}
	}
}
