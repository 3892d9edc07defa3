package coordinator

import (
	"errors"
	"fmt"
	"slices"

	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// heartbeat returns the request of the heartbeat that next asked for. One that
// joins, or comes after a failure or with another subscription, tells everything;
// others only what the member has, and only if that has changed.
func (m *consumerMember) heartbeat() *protocol.ConsumerGroupHeartbeatRequest {
	req := m.header(m.epoch)
	m.telling = statement{wanted: m.wanted, held: m.held, reconciled: m.reconciled}
	m.due = false
	everything := m.told == nil || !m.told.wanted.equal(m.wanted)
	if everything {
		req.RackID = optional(m.cfg.Rack)
		req.RebalanceTimeoutMs = int32(m.cfg.RebalanceTimeout.Milliseconds())
		req.ServerAssignor = optional(m.cfg.RemoteAssignor)
		req.SubscribedTopicNames = append([]string{}, m.wanted.topics...)
		if m.wanted.pattern != "" || m.told != nil && m.told.wanted.pattern != "" {
			req.SubscribedTopicRegex = &m.wanted.pattern
		}
	}
	if everything || m.told.reconciled != m.reconciled || !slices.Equal(m.told.held, m.held) {
		req.TopicPartitions, m.telling.listed = report(m.held), true
	}
	m.settle()
	return req
}

// farewell returns the request that leaves the group. A static member keeps its
// partitions until its session is over, to find them when it is back.
func (m *consumerMember) farewell() *protocol.ConsumerGroupHeartbeatRequest {
	if m.cfg.InstanceID != "" && !m.departure.leaves(true) {
		return m.header(protocol.RejoinMemberEpoch)
	}
	return m.header(protocol.LeaveMemberEpoch)
}

// header returns a request that tells nothing.
func (m *consumerMember) header(epoch int32) *protocol.ConsumerGroupHeartbeatRequest {
	return &protocol.ConsumerGroupHeartbeatRequest{
		GroupID:            m.cfg.GroupID,
		MemberID:           m.id,
		MemberEpoch:        epoch,
		InstanceID:         optional(m.cfg.InstanceID),
		RebalanceTimeoutMs: -1,
	}
}

// beaten takes the answer to a heartbeat, one without an error.
func (m *consumerMember) beaten(resp *protocol.ConsumerGroupHeartbeatResponse) {
	joining := m.epoch == 0
	m.end()
	if resp.MemberEpoch <= 0 {
		m.retry(fmt.Errorf("the coordinator answered a heartbeat with member epoch %d", resp.MemberEpoch))
		return
	}
	if resp.MemberID != nil && *resp.MemberID != "" {
		m.id = *resp.MemberID
	}
	telling := m.telling
	m.told, m.err = &telling, nil
	if !joining { // else fencing each member that has joined would not count as failing
		m.failures = 0
	}
	m.enter(resp.MemberEpoch, joining)
	if resp.Assignment != nil {
		m.retarget(newTarget(resp.Assignment.TopicPartitions))
	}
	m.settle()
}

// enter takes the member's epoch.
func (m *consumerMember) enter(epoch int32, joining bool) {
	m.epoch = epoch
	e := m.commits.epochs
	if joining {
		e = newEpochs()
	}
	e.enter(epoch)
	m.commits = Generation{ID: epoch, MemberID: m.id, InstanceID: m.cfg.InstanceID, epochs: e}
}

// retarget takes what the member shall have.
func (m *consumerMember) retarget(t target) {
	if m.target != nil && m.target.equal(t) {
		return
	}
	names := make(map[wire.UUID]string, len(t))
	for _, topic := range t {
		if name, known := m.names[topic.TopicID]; known {
			names[topic.TopicID] = name
		}
	}
	for _, p := range m.owned {
		if _, found := slices.BinarySearchFunc(t, p.id, func(topic protocol.AssignedTopic, id wire.UUID) int {
			return slices.Compare(topic.TopicID[:], id[:])
		}); found {
			names[p.id] = p.Topic
		}
	}
	m.target, m.names = t, names
	m.targets++
}

// unnamed returns the ids of topics in the target whose names are not known.
func (m *consumerMember) unnamed() []wire.UUID {
	var ids []wire.UUID
	for _, topic := range m.target {
		if _, known := m.names[topic.TopicID]; !known {
			ids = append(ids, topic.TopicID)
		}
	}
	return ids
}

// learn takes names of topics.
func (m *consumerMember) learn(names map[wire.UUID]string) {
	learned := false
	for _, id := range m.unnamed() {
		if name, known := names[id]; known {
			m.names[id], learned = name, true
		}
	}
	if learned {
		m.settle()
	}
}

// beatFailed takes a heartbeat that failed. The coordinator may have got it: the
// next one tells everything.
func (m *consumerMember) beatFailed(err error) {
	m.end()
	code := protocol.CodeOf(err)
	fenced := code == protocol.ErrUnknownMemberID || code == protocol.ErrFencedMemberEpoch
	switch {
	case fenced && m.epoch > 0:
		m.failures++
		m.pausing, m.err = m.failures > 1, err
		m.lose(err)
	case fenced || coordination.Retriable(err):
		m.retry(err)
	default:
		m.fail(m.advise(err), code != protocol.ErrFencedInstanceID)
	}
}

// retry has another heartbeat sent after a pause.
func (m *consumerMember) retry(err error) {
	m.failures++
	m.pausing, m.err = true, err
	m.told = nil
	m.settle()
}

// consumerAdvice says what to do about codes that no retry helps with.
var consumerAdvice = map[protocol.ErrorCode]string{
	protocol.ErrGroupAuthorizationFailed: "the principal needs READ on the group",
	protocol.ErrTopicAuthorizationFailed: "the principal needs DESCRIBE on the topics subscribed to",
	protocol.ErrInvalidGroupID:           "choose another GroupID (group.id)",
	protocol.ErrGroupMaxSizeReached:      "the group has as many members as the broker's group.consumer.max.size allows",
	protocol.ErrInvalidRegularExpression: "brokers match the pattern by RE2/J, which does not know all that package regexp does: " +
		"simplify it, or set GroupProtocol to ClassicProtocol (group.protocol=classic), where the client matches",
	protocol.ErrGroupIDNotFound: "the group is of another type, or has members of the classic protocol which the broker's " +
		"group.consumer.migration.policy does not let it mix with: set that to bidirectional or upgrade, end the other members, or choose another GroupID (group.id)",
	protocol.ErrUnsupportedVersion: "the broker knows the protocol, but does not allow it: " + howToEnable,
}

// advise adds to err what to do about it.
func (m *consumerMember) advise(err error) error {
	switch code := protocol.CodeOf(err); code {
	case protocol.ErrUnreleasedInstanceID:
		return fmt.Errorf("%w; another member with InstanceID (group.instance.id) %q is in the group: end it first, "+
			"or wait for the broker's group.consumer.session.timeout.ms if it has died; the id must be unique in the group", err, m.cfg.InstanceID)
	case protocol.ErrFencedInstanceID:
		return fmt.Errorf("%w; another member has joined with InstanceID (group.instance.id) %q, which must be unique in the group", err, m.cfg.InstanceID)
	case protocol.ErrUnsupportedAssignor:
		return fmt.Errorf("%w; RemoteAssignor (group.remote.assignor) is %q and must be one of the broker's group.consumer.assignors, uniform and range by default",
			err, m.cfg.RemoteAssignor)
	default:
		if text, ok := consumerAdvice[code]; ok {
			return fmt.Errorf("%w; %s", err, text)
		}
	}
	if errors.Is(err, wire.ErrUnsupported) && m.wanted.pattern != "" {
		return fmt.Errorf("%w; brokers match patterns since Kafka 4.0", err)
	}
	return err
}
