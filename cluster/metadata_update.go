package cluster

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Update takes the answer to a request for all topics that are of interest:
// other topics are forgotten.
//
// A topic that was answered with an error loses its partitions, and keeps the
// error as [Topic].Err. If the answer is of one topic only, that error is also
// what the update fails with. Where a try may help, another update is wanted
// after a back-off. A partition whose leader epoch is older than what is known
// of the same topic id keeps what is known (KIP-320), and an answer without
// brokers leaves the known brokers.
func (m *Metadata) Update(resp *protocol.MetadataResponse) error { return m.update(resp, false) }

// UpdatePartial is Update for the answer to a request for some topics: the
// others stay.
func (m *Metadata) UpdatePartial(resp *protocol.MetadataResponse) error { return m.update(resp, true) }

func (m *Metadata) update(resp *protocol.MetadataResponse, partial bool) error {
	if resp.ErrorCode != protocol.ErrNone {
		err := &protocol.BrokerError{Code: resp.ErrorCode, API: protocol.Metadata, Partition: -1}
		m.FailedUpdate(err)
		return err
	}
	m.mu.Lock()
	if !m.begun {
		m.beginLocked(!partial)
	}
	old := m.Snapshot()
	s := old.clone()
	if !partial {
		clear(s.topics)
		clear(s.byID)
	}
	m.takeCluster(s, resp)
	open := m.takeTopics(s, old, resp.Topics)
	err := onlyTopicError(resp.Topics)
	m.lastAttempt = time.Now()
	if !partial {
		m.lastSuccess = m.lastAttempt
	}
	m.failures = 0
	m.settle(open)
	m.swap(s)
	m.finish(err)
	m.mu.Unlock()
	m.runListeners()
	if open {
		m.requested()
	}
	return err
}

// settle sets the back-off after an answer, and wants another one if it left
// topics open.
func (m *Metadata) settle(open bool) {
	if !open {
		m.unresolved = 0
		m.delay = m.backoff.Base
		return
	}
	m.unresolved++
	m.delay = m.backoff.Delay(m.unresolved)
	m.wantSome = true
}

// takeCluster takes brokers, controller and cluster id into s.
func (m *Metadata) takeCluster(s *Snapshot, resp *protocol.MetadataResponse) {
	if resp.ClusterID != nil {
		s.ClusterID = *resp.ClusterID
	}
	if len(resp.Brokers) == 0 {
		if len(s.nodes) > 0 {
			m.log.warn("no brokers", "metadata response names no brokers; keeping those known")
		}
		return
	}
	s.Controller = max(resp.ControllerID, NoNode)
	clear(s.nodes)
	for _, b := range resp.Brokers {
		n := Node{ID: b.NodeID, Host: b.Host, Port: b.Port}
		if b.Rack != nil {
			n.Rack = *b.Rack
		}
		s.nodes[n.ID] = n
		delete(s.coordinatorNodes, n.ID)
	}
}

// quietAnswers is how many answers in a row may leave a topic open before the
// log tells: a new topic needs a moment until all brokers know it.
const quietAnswers = 4

// takeTopics takes topics into s, and tells whether it left one open: a topic or
// partition about which the brokers may soon answer otherwise.
func (m *Metadata) takeTopics(s, old *Snapshot, topics []protocol.MetadataResponseTopic) (open bool) {
	for i := range topics {
		from := &topics[i]
		if from.Name == nil {
			continue // asked by id, and not known
		}
		t := &Topic{Name: *from.Name, ID: from.TopicID, Internal: from.IsInternal, Err: from.ErrorCode}
		if t.Err == protocol.ErrNone {
			t.Partitions = newPartitions(from.Partitions)
			if known := old.topics[t.Name]; known != nil {
				keepNewer(t, known)
			}
		} else if !t.Err.Retriable() || m.unresolved >= quietAnswers {
			m.log.warn("topic "+t.Name, "topic has no metadata", "topic", t.Name, "error", t.Err)
		}
		s.put(t)
		open = open || t.open()
	}
	return open
}

// newPartitions returns the partitions by ascending number, the last one where a
// number occurs twice.
func newPartitions(from []protocol.MetadataResponsePartition) []Partition {
	list := make([]Partition, 0, len(from))
	for i := range from {
		p := &from[i]
		list = append(list, Partition{
			Partition:   p.PartitionIndex,
			Leader:      max(p.LeaderID, NoNode),
			LeaderEpoch: p.LeaderEpoch,
			Replicas:    p.ReplicaNodes,
			ISR:         p.ISRNodes,
			Offline:     p.OfflineReplicas,
			Err:         p.ErrorCode,
		})
	}
	return sortPartitions(list)
}

// sortPartitions sorts the partitions by number, in place, and keeps the last
// one of each.
func sortPartitions(list []Partition) []Partition {
	byNumber := func(a, b Partition) int { return cmp.Compare(a.Partition, b.Partition) }
	if !slices.IsSortedFunc(list, byNumber) {
		slices.SortStableFunc(list, byNumber)
	}
	kept := list[:0]
	for _, p := range list {
		if n := len(kept); n > 0 && kept[n-1].Partition == p.Partition {
			kept[n-1] = p
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// keepNewer keeps the known partition where t has an older leader epoch: a
// broker that lags behind answered (KIP-320). A topic with another id was
// deleted and created again, so that its epochs count anew.
func keepNewer(t, known *Topic) {
	if t.ID != known.ID && !t.ID.IsZero() && !known.ID.IsZero() {
		return
	}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		if k, ok := known.Partition(p.Partition); ok && p.LeaderEpoch >= 0 && p.LeaderEpoch < k.LeaderEpoch {
			*p = *k
		}
	}
}

// open tells that the brokers may soon answer otherwise about the topic.
func (t *Topic) open() bool {
	if t.Err != protocol.ErrNone {
		return t.Err.Retriable()
	}
	for i := range t.Partitions {
		if p := &t.Partitions[i]; p.Leader == NoNode || p.Err == protocol.ErrListenerNotFound {
			return true
		}
	}
	return false
}

// onlyTopicError returns the error of the only topic of an answer.
func onlyTopicError(topics []protocol.MetadataResponseTopic) error {
	if len(topics) != 1 || topics[0].ErrorCode == protocol.ErrNone {
		return nil
	}
	name := ""
	if topics[0].Name != nil {
		name = *topics[0].Name
	}
	return topicError(name, topics[0].ErrorCode)
}

func topicError(topic string, code protocol.ErrorCode) error {
	return &protocol.BrokerError{Code: code, API: protocol.Metadata, Topic: topic, Partition: -1}
}

// isTopicError tells that err is of a topic, not of the attempt to ask.
func isTopicError(err error) bool {
	var e *protocol.BrokerError
	return errors.As(err, &e) && e.Topic != ""
}

// UpdateLeader takes a hint of a broker on who leads a partition, as Produce and
// Fetch responses carry it (KIP-951), and the endpoints that came with it. It is
// ignored unless the partition and the leader are known and the epoch is newer
// than the known one. A hint may be wrong: request an update as well.
func (m *Metadata) UpdateLeader(tp TopicPartition, leader int32, epoch int32, endpoints ...Node) {
	m.mu.Lock()
	old := m.Snapshot()
	t, ok := old.topics[tp.Topic]
	if !ok || leader < 0 {
		m.mu.Unlock()
		return
	}
	p, ok := t.Partition(tp.Partition)
	if !ok || epoch <= p.LeaderEpoch {
		m.mu.Unlock()
		return
	}
	s := old.clone()
	for _, n := range endpoints {
		if known, ok := s.nodes[n.ID]; ok && n.Rack == "" {
			n.Rack = known.Rack
		}
		s.nodes[n.ID] = n
	}
	if _, ok := s.nodes[leader]; !ok {
		m.mu.Unlock()
		return
	}
	led := *t
	led.Partitions = slices.Clone(t.Partitions)
	p, _ = led.Partition(tp.Partition)
	p.Leader, p.LeaderEpoch, p.Err = leader, epoch, protocol.ErrNone
	s.put(&led)
	m.swap(s)
	m.mu.Unlock()
	m.runListeners()
}

// AddCoordinator takes the answer to the question for a coordinator. After an
// error the coordinator is NoNode, and AddCoordinator returns false. It also
// returns false, though it keeps the coordinator, if the metadata have another
// address for the node: then they, or the answer, are stale.
func (m *Metadata) AddCoordinator(kind CoordinatorKind, key string, node Node, code protocol.ErrorCode) bool {
	m.mu.Lock()
	s := m.Snapshot().clone()
	agree := code == protocol.ErrNone
	if agree {
		s.coordinators[coordinatorKey{kind, key}] = node.ID
		if known, ok := s.nodes[node.ID]; !ok {
			s.coordinatorNodes[node.ID] = node
		} else {
			agree = known.Host == node.Host && known.Port == node.Port
		}
	} else {
		s.coordinators[coordinatorKey{kind, key}] = NoNode
	}
	m.swap(s)
	m.mu.Unlock()
	m.runListeners()
	return agree
}

// AddGroupCoordinator is AddCoordinator for a consumer group.
func (m *Metadata) AddGroupCoordinator(group string, node Node, code protocol.ErrorCode) bool {
	return m.AddCoordinator(GroupCoordinator, group, node, code)
}

// forgetCoordinator forgets who coordinates a key.
func (m *Metadata) forgetCoordinator(kind CoordinatorKind, key string) {
	m.mu.Lock()
	if _, ok := m.Snapshot().coordinators[coordinatorKey{kind, key}]; !ok {
		m.mu.Unlock()
		return
	}
	s := m.Snapshot().clone()
	delete(s.coordinators, coordinatorKey{kind, key})
	m.swap(s)
	m.mu.Unlock()
	m.runListeners()
}

// WithPartitions returns a copy of the metadata that has these partitions, by
// topic, too. The copy has no listeners, and nobody waits for it.
func (m *Metadata) WithPartitions(partitions map[string][]Partition) *Metadata {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.Snapshot().clone()
	for name, more := range partitions {
		t := &Topic{Name: name}
		if known, ok := s.topics[name]; ok && known.Err == protocol.ErrNone {
			*t = *known
		}
		t.Partitions = sortPartitions(append(slices.Clone(t.Partitions), more...))
		s.put(t)
	}
	c := &Metadata{
		maxAge: m.maxAge, backoff: m.backoff, log: m.log, delay: m.delay,
		lastAttempt: m.lastAttempt, lastSuccess: m.lastSuccess,
		changed: make(chan struct{}),
	}
	c.snapshot.Store(s)
	return c
}
