package coordinator

import (
	"slices"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// consumerMember is the state machine of a membership under the consumer
// protocol (KIP-848). It knows neither network nor clock: whoever drives it calls
// a method for what has happened, and then does what next and event ask for.
//
// The coordinator tells by heartbeats which partitions the member shall have: the
// target. The member gives up what is not in it, takes what is new, and tells by
// its next heartbeat what it has then.
type consumerMember struct {
	standing
	cfg   ConsumerGroupConfig
	id    string // made by the client, kept for its life (KIP-1082)
	epoch int32  // 0 outside of the group

	subscribed bool
	wanted     topicFilter
	due        bool // a heartbeat

	told    *statement // what the coordinator has heard for sure; nil: nothing
	telling statement  // by the heartbeat under way

	target     target
	targets    int                  // counts those that differ from the one before
	reconciled int                  // the last of these that the member has done
	names      map[wire.UUID]string // of the target's topics, as far as they are known

	owned    []idPartition // what the application was told
	held     []idPartition // owned, and what the application is still giving up
	assigned bool          // the application was told since the member has joined
	lost     error         // why owned is lost
	fatal    error
	untold   bool // the application must be told of fatal

	offered []idPartition // by the event
}

// topicFilter is a subscription: topics by name, and by a pattern that the
// coordinator matches.
type topicFilter struct {
	topics  []string // sorted
	pattern string   // RE2; empty: none
}

func (f topicFilter) equal(other topicFilter) bool {
	return f.pattern == other.pattern && slices.Equal(f.topics, other.topics)
}

// statement is what heartbeats tell the coordinator of the member.
type statement struct {
	wanted     topicFilter
	held       []idPartition
	reconciled int
	listed     bool // held was told
}

func newConsumerMember(cfg ConsumerGroupConfig, id string) *consumerMember {
	m := &consumerMember{cfg: cfg, id: id}
	m.commits = m.unjoined()
	return m
}

func (m *consumerMember) unjoined() Generation {
	return Generation{ID: -1, InstanceID: m.cfg.InstanceID, Unjoined: true}
}

// where returns where the membership stands.
func (m *consumerMember) where() State {
	switch {
	case m.fatal != nil:
		return Fatal
	case m.leaving != "":
		return Leaving
	case !m.subscribed:
		return Unjoined
	case m.idle:
		return Stale
	case m.epoch == 0 && m.event != nil:
		return Fenced
	case m.epoch == 0:
		return Joining
	case m.event != nil || len(m.unnamed()) > 0:
		return Reconciling
	case m.news():
		return Acknowledging
	}
	return Stable
}

// next returns the action to begin now, if there is one.
func (m *consumerMember) next() action {
	switch {
	case m.busy != doNothing:
		return doNothing
	case m.leaving != "":
		return m.begin(doLeave)
	case !m.subscribed || m.idle || m.fatal != nil:
		return doNothing
	case m.epoch == 0 && m.event != nil: // the partitions of before are given up first
		return doNothing
	case m.pausing:
		return m.begin(doPause)
	case m.epoch == 0 || m.due || m.news():
		return m.begin(doBeat)
	}
	return doNothing
}

// expecting tells whether the member is in the group and has nothing to read.
func (m *consumerMember) expecting() bool {
	return m.epoch > 0 && len(m.target) == 0 && len(m.owned) == 0
}

// news tells whether the coordinator should hear of something at once. Of what the
// application is taking or giving up it hears when that is done.
func (m *consumerMember) news() bool {
	return m.told == nil || !m.told.wanted.equal(m.wanted) ||
		!m.delivered && (m.told.reconciled != m.reconciled || !slices.Equal(m.told.held, m.held))
}

// settle finds the event that the application must be told next. One that it is
// at stays; one that it has not seen yet may turn into another, or vanish.
func (m *consumerMember) settle() {
	if m.delivered {
		return
	}
	if len(m.owned) == 0 {
		m.lost = nil
	}
	switch {
	case m.fatal != nil && m.untold:
		m.tell(Failed, m.owned, m.fatal)
	case m.lost != nil:
		m.tell(Lost, m.owned, m.lost)
	case m.epoch > 0 && m.target != nil:
		m.reconcile()
	default:
		m.event = nil
	}
}

// reconcile finds what the application has to do until it has the target, or as
// much of it as can be named. What goes goes first.
func (m *consumerMember) reconcile() {
	all := m.target.named(m.names)
	switch gone := without(m.owned, all); {
	case len(gone) > 0:
		m.tell(Revoke, gone, nil)
	case !m.assigned && len(all) == 0 && len(m.target) > 0: // no name is known yet
		m.event = nil
	case !m.assigned || len(all) > len(m.owned):
		if m.disowned(all) {
			m.event = nil
			return
		}
		m.tell(Assign, all, nil)
	default:
		m.event = nil
		if len(m.unnamed()) == 0 {
			m.reconciled = m.targets
		}
	}
}

// disowned tells whether the coordinator is hearing, or may have heard, that the
// member does not have all of partitions. It may then take what it does not hear of
// for given up, raise the member's epoch, and have another own it in that epoch. Its
// next answer tells whether it is still the member's.
func (m *consumerMember) disowned(partitions []idPartition) bool {
	if m.busy != doBeat {
		return m.told == nil
	}
	return m.telling.listed && len(without(partitions, m.telling.held)) > 0
}

func (m *consumerMember) tell(kind EventKind, partitions []idPartition, err error) {
	if m.event == nil || m.event.Kind != kind || m.event.Err != err || !slices.Equal(m.offered, partitions) {
		m.event = newEvent(kind, topicPartitions(partitions), err)
		m.offered = slices.Clone(partitions)
	}
}

// eventDelivered notes that the application got the event.
func (m *consumerMember) eventDelivered() {
	m.delivered = true
	switch m.event.Kind {
	case Revoke:
		m.owned = without(m.owned, m.offered)
	case Assign:
		m.owned, m.held, m.assigned = m.offered, m.offered, true
		m.commits.epochs.assign(m.event.Partitions)
	case Lost:
		m.owned, m.lost = nil, nil
	case Failed:
		m.owned, m.lost, m.untold = nil, nil, false
	}
}

// eventDone notes that the application is done with the event.
func (m *consumerMember) eventDone() {
	if e := m.commits.epochs; e != nil && m.event.Kind == Revoke {
		e.revoke(m.event.Partitions)
	}
	m.event, m.offered, m.delivered = nil, nil, false
	m.held = m.owned
	m.settle()
}

// subscribe sets the subscription. After a failure it starts anew.
func (m *consumerMember) subscribe(wanted topicFilter) {
	if m.fatal != nil {
		m.lost, m.fatal, m.untold, m.failures, m.pausing = m.fatal, nil, false, 0, false
	}
	m.subscribed, m.wanted = true, wanted
	m.settle()
}

// rejoin tells the coordinator everything at once: it is who decides on a
// rebalance.
func (m *consumerMember) rejoin() { m.due, m.told = true, nil }

// beatDue notes that it is time for a heartbeat.
func (m *consumerMember) beatDue() { m.due = true }

// pauseOver ends the back-off.
func (m *consumerMember) pauseOver() {
	m.end()
	m.pausing = false
	m.due = true
}

// unsubscribe leaves the group. The application is told nothing more.
func (m *consumerMember) unsubscribe(reason string) {
	m.depart(nil, reason)
	m.subscribed, m.wanted, m.idle, m.pausing, m.failures = false, topicFilter{}, false, false, 0
	m.owned, m.held, m.fatal, m.untold, m.lost = nil, nil, nil, false, nil
	m.event, m.offered, m.delivered = nil, nil, false
}

// pollExpired leaves the group since the application does not poll.
func (m *consumerMember) pollExpired(err error) {
	m.depart(err, "the application has not polled in time")
	m.idle = true
}

// depart gives up the membership and leaves the group, if the member is in it or
// about to be. A static one that remains has a farewell of its own.
func (m *consumerMember) depart(err error, reason string) {
	was, in := m.busy, m.epoch > 0 || m.busy == doBeat
	if was == doLeave {
		return
	}
	m.lose(err)
	if static := m.cfg.InstanceID != ""; in && (static || m.departure.leaves(static)) {
		m.leaving = reason
	}
}

// left notes the end of leave, however it went.
func (m *consumerMember) left() {
	m.end()
	m.leaving = ""
}

// lose gives up the membership: the partitions may be another's already.
func (m *consumerMember) lose(err error) {
	if m.busy != doNothing && m.busy != doLeave {
		m.end()
	}
	if m.commits.epochs != nil {
		m.commits.epochs.end()
	}
	m.epoch, m.commits = 0, m.unjoined()
	m.told, m.due = nil, false
	m.target, m.names, m.assigned = nil, nil, false
	m.held = nil
	m.lost = err
	m.settle()
}

// fail ends the membership for good. A coordinator that still knows the member is
// told, so that others get the partitions.
func (m *consumerMember) fail(err error, known bool) {
	in := known && m.epoch > 0
	m.lose(err)
	m.fatal, m.untold, m.pausing = err, true, false
	if in {
		m.leaving = "the member has failed"
	}
	m.settle()
}
