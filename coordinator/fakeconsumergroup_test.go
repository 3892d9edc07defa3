package coordinator

import (
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

const (
	fakeInterval = 5 * time.Second  // group.consumer.heartbeat.interval.ms
	fakeSession  = 45 * time.Second // group.consumer.session.timeout.ms
)

// fakeConsumerGroup is a group of KIP-848 as Kafka's coordinator keeps it, see
// org.apache.kafka.coordinator.group.GroupMetadataManager, with the partitions
// dealt out one by one.
type fakeConsumerGroup struct {
	mu      sync.Mutex
	topics  map[string]int
	epoch   int32
	members map[string]*fakeConsumer
	hidden  map[string]bool // topics whose ids no metadata tell
	fence   map[string]protocol.ErrorCode
}

type fakeConsumer struct {
	id      string
	epoch   int32
	topics  []string
	pattern *regexp.Regexp
	target  []idPartition // what it shall have in the end
	granted []idPartition // what it was told to have
	giving  []idPartition // what it was told to give up, and has not yet
	expiry  *time.Timer
}

// topicID is the id of a topic in a fake cluster.
func topicID(name string) (id wire.UUID) {
	copy(id[:], name)
	return id
}

func (g *fakeConsumerGroup) init(topics map[string]int) {
	g.topics = topics
	g.members = make(map[string]*fakeConsumer)
	g.hidden = make(map[string]bool)
	g.fence = make(map[string]protocol.ErrorCode)
}

// set changes the group.
func (g *fakeConsumerGroup) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

func (g *fakeConsumerGroup) memberIDs() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.members))
}

// handle returns the response to a request of a member, nil for others.
func (g *fakeConsumerGroup) handle(req protocol.Request) protocol.Response {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch req := req.(type) {
	case *protocol.ConsumerGroupHeartbeatRequest:
		resp := g.heartbeat(req)
		resp.HeartbeatIntervalMs = int32(fakeInterval.Milliseconds())
		return resp
	case *protocol.OffsetCommitRequest:
		if code := g.entitled(req.MemberID, req.GenerationIDOrMemberEpoch); code != protocol.ErrNone || len(g.members) > 0 {
			return refusal(req, code)
		}
	case *protocol.OffsetFetchRequest:
		if id := req.Groups[0].MemberID; id != nil {
			if code := g.entitled(*id, req.Groups[0].MemberEpoch); code != protocol.ErrNone {
				return refusal(req, code)
			}
		}
	}
	return nil
}

func (g *fakeConsumerGroup) entitled(id string, epoch int32) protocol.ErrorCode {
	switch m := g.members[id]; {
	case len(g.members) == 0 || epoch < 0:
		return protocol.ErrNone
	case m == nil:
		return protocol.ErrUnknownMemberID
	case m.epoch != epoch:
		return protocol.ErrStaleMemberEpoch
	}
	return protocol.ErrNone
}

func (g *fakeConsumerGroup) heartbeat(req *protocol.ConsumerGroupHeartbeatRequest) *protocol.ConsumerGroupHeartbeatResponse {
	if code, ok := g.fence[req.MemberID]; ok {
		delete(g.fence, req.MemberID)
		g.remove(req.MemberID)
		return &protocol.ConsumerGroupHeartbeatResponse{ErrorCode: code}
	}
	m := g.members[req.MemberID]
	switch {
	case req.MemberEpoch < 0:
		if m != nil && req.MemberEpoch == protocol.LeaveMemberEpoch {
			g.remove(m.id)
		}
		return &protocol.ConsumerGroupHeartbeatResponse{MemberEpoch: req.MemberEpoch}
	case req.MemberEpoch == 0 && (req.TopicPartitions == nil || len(req.TopicPartitions) > 0 || req.RebalanceTimeoutMs < 0):
		return &protocol.ConsumerGroupHeartbeatResponse{ErrorCode: protocol.ErrInvalidRequest}
	case m == nil && req.MemberEpoch > 0:
		return &protocol.ConsumerGroupHeartbeatResponse{ErrorCode: protocol.ErrUnknownMemberID}
	case m == nil:
		m = &fakeConsumer{id: req.MemberID}
		m.expiry = time.AfterFunc(fakeSession, func() { g.set(func() { g.remove(m.id) }) })
		g.members[m.id] = m
	case req.MemberEpoch > m.epoch:
		return &protocol.ConsumerGroupHeartbeatResponse{ErrorCode: protocol.ErrFencedMemberEpoch}
	}
	m.expiry.Reset(fakeSession)
	full := req.MemberEpoch == 0 || req.SubscribedTopicNames != nil
	g.subscribe(m, req)
	changed := g.reconcile(m, req)
	resp := &protocol.ConsumerGroupHeartbeatResponse{MemberID: &m.id, MemberEpoch: m.epoch}
	if full || changed {
		resp.Assignment = &protocol.ConsumerGroupHeartbeatResponseAssignment{TopicPartitions: report(m.granted)}
	}
	return resp
}

func (g *fakeConsumerGroup) subscribe(m *fakeConsumer, req *protocol.ConsumerGroupHeartbeatRequest) {
	if req.SubscribedTopicNames == nil {
		return
	}
	var pattern *regexp.Regexp
	if req.SubscribedTopicRegex != nil && *req.SubscribedTopicRegex != "" {
		pattern = regexp.MustCompile("^(?:" + *req.SubscribedTopicRegex + ")$")
	}
	if m.epoch == 0 || !slices.Equal(m.topics, req.SubscribedTopicNames) || (m.pattern == nil) != (pattern == nil) {
		m.topics, m.pattern = req.SubscribedTopicNames, pattern
		g.assign()
	}
}

// assign makes another target for all members.
func (g *fakeConsumerGroup) assign() {
	g.epoch++
	ids := slices.Sorted(maps.Keys(g.members))
	for _, m := range g.members {
		m.target = nil
	}
	next := 0
	for _, topic := range slices.Sorted(maps.Keys(g.topics)) {
		var takers []*fakeConsumer
		for _, id := range ids {
			if m := g.members[id]; slices.Contains(m.topics, topic) || m.pattern != nil && m.pattern.MatchString(topic) {
				takers = append(takers, m)
			}
		}
		for p := range g.topics[topic] {
			if len(takers) > 0 {
				m := takers[next%len(takers)]
				next++
				m.target = append(m.target, idPartition{cluster.TopicPartition{Topic: topic, Partition: int32(p)}, topicID(topic)})
			}
		}
	}
}

// reconcile brings a member nearer to its target, and tells whether it must hear
// of it.
func (g *fakeConsumerGroup) reconcile(m *fakeConsumer, req *protocol.ConsumerGroupHeartbeatRequest) bool {
	before := m.granted
	if req.MemberEpoch == 0 {
		m.granted, m.giving = nil, nil
	}
	if req.TopicPartitions != nil {
		m.giving = slices.DeleteFunc(m.giving, func(p idPartition) bool {
			return !slices.ContainsFunc(req.TopicPartitions, func(t protocol.AssignedTopic) bool {
				return t.TopicID == p.id && slices.Contains(t.Partitions, p.Partition)
			})
		})
	}
	gone := without(m.granted, m.target)
	m.granted = without(m.granted, gone)
	m.giving = append(m.giving, gone...)
	if len(m.giving) == 0 {
		m.epoch = g.epoch
		m.granted = m.target
		for _, other := range g.members {
			if other != m {
				m.granted = without(m.granted, slices.SortedFunc(slices.Values(slices.Concat(other.granted, other.giving)), compareIDs))
			}
		}
	}
	return !slices.Equal(before, m.granted)
}

func (g *fakeConsumerGroup) remove(id string) {
	if m := g.members[id]; m != nil {
		m.expiry.Stop()
		delete(g.members, id)
		g.assign()
	}
}

// topicByID answers a question for the name of a topic.
func (f *fakeCluster) topicByID(id wire.UUID) protocol.MetadataResponseTopic {
	f.consumer.mu.Lock()
	defer f.consumer.mu.Unlock()
	for name := range f.topics {
		if topicID(name) == id && !f.consumer.hidden[name] {
			return protocol.MetadataResponseTopic{TopicID: id, Name: &name}
		}
	}
	return protocol.MetadataResponseTopic{TopicID: id, ErrorCode: protocol.ErrUnknownTopicID}
}
