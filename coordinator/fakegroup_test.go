package coordinator

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// initialDelay is group.initial.rebalance.delay.ms.
const initialDelay = 3 * time.Second

// fakeGroup is a group as Kafka's coordinator keeps it: see
// kafka.coordinator.group.GroupCoordinator.
type fakeGroup struct {
	mu         sync.Mutex
	phase      string // empty, preparing, completing, stable
	generation int32
	leader     string
	members    map[string]*fakeMember
	pending    map[string]bool // given an id, not joined yet
	ids        int
	timer      *time.Timer // ends preparing
	waiting    bool        // for the initial delay
	offsets    map[cluster.TopicPartition]protocol.OffsetFetchResponsePartition
}

type fakeMember struct {
	id, instance string
	protocols    []protocol.JoinGroupRequestProtocol
	session      time.Duration
	rebalance    time.Duration
	join, sync   chan protocol.Response // who waits, else nil
	assignment   []byte
	expiry       *time.Timer
}

func (g *fakeGroup) init() {
	g.phase = "empty"
	g.members = make(map[string]*fakeMember)
	g.pending = make(map[string]bool)
	g.offsets = make(map[cluster.TopicPartition]protocol.OffsetFetchResponsePartition)
}

// handle returns a channel on which the response comes, maybe later.
func (g *fakeGroup) handle(version int16, req protocol.Request) <-chan protocol.Response {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make(chan protocol.Response, 1)
	switch req := req.(type) {
	case *protocol.JoinGroupRequest:
		g.join(version, req, out)
	case *protocol.SyncGroupRequest:
		g.sync(req, out)
	case *protocol.HeartbeatRequest:
		out <- &protocol.HeartbeatResponse{ErrorCode: g.heartbeat(req)}
	case *protocol.LeaveGroupRequest:
		resp := &protocol.LeaveGroupResponse{ErrorCode: g.leave(req)}
		if version >= 3 {
			resp.Members = []protocol.LeaveGroupResponseMember{{MemberID: req.Members[0].MemberID, ErrorCode: resp.ErrorCode}}
			resp.ErrorCode = protocol.ErrNone
		}
		out <- resp
	case *protocol.OffsetCommitRequest:
		out <- g.commit(req)
	case *protocol.OffsetFetchRequest:
		out <- g.fetch(req)
	default:
		panic(fmt.Sprintf("no such request: %T", req))
	}
	return out
}

func (g *fakeGroup) join(version int16, req *protocol.JoinGroupRequest, out chan protocol.Response) {
	id, instance := req.MemberID, ""
	if req.GroupInstanceID != nil {
		instance = *req.GroupInstanceID
	}
	m := g.members[id]
	switch {
	case instance != "" && id == "":
		m = g.replaceStatic(instance)
	case id == "":
		id = g.newID()
		if version >= 4 {
			g.pending[id] = true
			out <- joinError(protocol.ErrMemberIDRequired, id)
			return
		}
		m = &fakeMember{id: id}
	case m == nil && g.pending[id]:
		m = &fakeMember{id: id}
	case m == nil:
		out <- refusal(req, protocol.ErrUnknownMemberID)
		return
	case m.instance != instance:
		out <- refusal(req, protocol.ErrFencedInstanceID)
		return
	}
	delete(g.pending, m.id)
	known := g.members[m.id] != nil
	same := known && reflect.DeepEqual(m.protocols, req.Protocols)
	g.members[m.id] = m
	m.instance, m.protocols = instance, req.Protocols
	m.session = time.Duration(req.SessionTimeoutMs) * time.Millisecond
	m.rebalance = time.Duration(req.RebalanceTimeoutMs) * time.Millisecond
	m.join = out
	if same && (g.phase == "completing" || g.phase == "stable" && m.id != g.leader) {
		g.answerJoin(m)
		return
	}
	g.prepare()
	g.tryComplete()
}

// replaceStatic gives a static member that came back a new id.
func (g *fakeGroup) replaceStatic(instance string) *fakeMember {
	m := &fakeMember{}
	for _, old := range g.members {
		if old.instance == instance {
			delete(g.members, old.id)
			old.expiry.Stop()
			m = old
			if g.leader == old.id {
				defer func() { g.leader = m.id }()
			}
		}
	}
	m.id = g.newID()
	if m.instance != "" {
		g.members[m.id] = m
	}
	return m
}

func (g *fakeGroup) newID() string {
	g.ids++
	return fmt.Sprintf("member-%02d", g.ids)
}

// prepare begins a rebalance, if none has begun.
func (g *fakeGroup) prepare() {
	if g.phase == "preparing" {
		return
	}
	delay := time.Duration(0)
	if g.phase == "empty" {
		g.waiting, delay = true, initialDelay
	}
	for _, m := range g.members {
		if m.sync != nil {
			m.sync <- &protocol.SyncGroupResponse{ErrorCode: protocol.ErrRebalanceInProgress}
			m.sync = nil
			g.renew(m)
		}
		if !g.waiting {
			delay = max(delay, m.rebalance)
		}
	}
	g.phase = "preparing"
	generation := g.generation
	g.timer = time.AfterFunc(delay, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.phase == "preparing" && g.generation == generation {
			g.waiting = false
			g.complete()
		}
	})
}

// tryComplete ends the wait for members if all are there.
func (g *fakeGroup) tryComplete() {
	if g.phase != "preparing" || g.waiting || len(g.pending) > 0 {
		return
	}
	for _, m := range g.members {
		if m.join == nil {
			return
		}
	}
	g.complete()
}

// complete begins the next generation with who has joined.
func (g *fakeGroup) complete() {
	g.timer.Stop()
	for id, m := range g.members {
		if m.join == nil {
			m.stop()
			delete(g.members, id)
		}
	}
	g.generation++
	if len(g.members) == 0 {
		g.phase, g.leader = "empty", ""
		return
	}
	g.phase = "completing"
	if g.members[g.leader] == nil {
		g.leader = slices.Min(slices.Collect(maps.Keys(g.members)))
	}
	for _, m := range g.members {
		m.assignment = nil
		g.answerJoin(m)
	}
}

// protocol returns the first of the leader's protocols that all members have.
func (g *fakeGroup) protocol() string {
	for _, p := range g.members[g.leader].protocols {
		shared := true
		for _, m := range g.members {
			shared = shared && m.metadata(p.Name) != nil
		}
		if shared {
			return p.Name
		}
	}
	return ""
}

// metadata returns what the member told for a protocol, nil if it does not have it.
func (m *fakeMember) metadata(name string) []byte {
	for _, p := range m.protocols {
		if p.Name == name {
			return p.Metadata
		}
	}
	return nil
}

func (g *fakeGroup) answerJoin(m *fakeMember) {
	name := g.protocol()
	resp := &protocol.JoinGroupResponse{GenerationID: g.generation, MemberID: m.id, Leader: g.leader, ProtocolName: &name}
	if m.id == g.leader {
		for _, id := range slices.Sorted(maps.Keys(g.members)) {
			other := g.members[id]
			resp.Members = append(resp.Members, protocol.JoinGroupResponseMember{
				MemberID: id, GroupInstanceID: optional(other.instance), Metadata: other.metadata(name),
			})
		}
	}
	m.join <- resp
	m.join = nil
	g.renew(m)
}

// renew starts the member's session anew.
func (g *fakeGroup) renew(m *fakeMember) {
	m.stop()
	id := m.id
	m.expiry = time.AfterFunc(m.session, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.members[id] == m && m.join == nil && m.sync == nil {
			g.remove(m)
		}
	})
}

func (m *fakeMember) stop() {
	if m.expiry != nil {
		m.expiry.Stop()
	}
}

func (g *fakeGroup) remove(m *fakeMember) {
	m.stop()
	delete(g.members, m.id)
	if m.join != nil {
		m.join <- joinError(protocol.ErrUnknownMemberID, "")
	}
	if len(g.members) == 0 && g.phase != "preparing" {
		g.generation++
		g.phase, g.leader = "empty", ""
		return
	}
	g.prepare()
	g.tryComplete()
}

// check returns what is wrong with a member's request.
func (g *fakeGroup) check(id string, instance *string, generation int32) protocol.ErrorCode {
	m := g.members[id]
	switch {
	case m == nil && instance != nil && slices.ContainsFunc(slices.Collect(maps.Values(g.members)), func(m *fakeMember) bool { return m.instance == *instance }):
		return protocol.ErrFencedInstanceID
	case m == nil:
		return protocol.ErrUnknownMemberID
	case generation != g.generation:
		return protocol.ErrIllegalGeneration
	}
	return protocol.ErrNone
}

func (g *fakeGroup) sync(req *protocol.SyncGroupRequest, out chan protocol.Response) {
	code := g.check(req.MemberID, req.GroupInstanceID, req.GenerationID)
	if code == protocol.ErrNone && g.phase == "preparing" {
		code = protocol.ErrRebalanceInProgress
	}
	if code != protocol.ErrNone {
		out <- &protocol.SyncGroupResponse{ErrorCode: code}
		return
	}
	m := g.members[req.MemberID]
	m.sync = out
	if g.phase == "completing" {
		if m.id != g.leader {
			return
		}
		for _, a := range req.Assignments {
			g.members[a.MemberID].assignment = a.Assignment
		}
		g.phase = "stable"
	}
	for _, m := range g.members {
		if m.sync != nil {
			m.sync <- &protocol.SyncGroupResponse{Assignment: m.assignment}
			m.sync = nil
			g.renew(m)
		}
	}
}

func (g *fakeGroup) heartbeat(req *protocol.HeartbeatRequest) protocol.ErrorCode {
	if code := g.check(req.MemberID, req.GroupInstanceID, req.GenerationID); code != protocol.ErrNone {
		return code
	}
	g.renew(g.members[req.MemberID])
	if g.phase == "preparing" {
		return protocol.ErrRebalanceInProgress
	}
	return protocol.ErrNone
}

func (g *fakeGroup) leave(req *protocol.LeaveGroupRequest) protocol.ErrorCode {
	id := req.Members[0].MemberID
	if g.pending[id] {
		delete(g.pending, id)
		g.tryComplete()
		return protocol.ErrNone
	}
	m := g.members[id]
	if m == nil {
		return protocol.ErrUnknownMemberID
	}
	g.remove(m)
	return protocol.ErrNone
}

// abortWaits answers all who wait with an error.
func (g *fakeGroup) abortWaits(code protocol.ErrorCode) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		if m.join != nil {
			m.join <- joinError(code, "")
			m.join = nil
			g.renew(m)
		}
		if m.sync != nil {
			m.sync <- &protocol.SyncGroupResponse{ErrorCode: code}
			m.sync = nil
			g.renew(m)
		}
	}
}

// evict removes a member as an administrator would.
func (g *fakeGroup) evict(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remove(g.members[id])
}

// ids returns the ids of the members, sorted.
func (g *fakeGroup) memberIDs() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.members))
}

func (g *fakeGroup) commit(req *protocol.OffsetCommitRequest) protocol.Response {
	code := protocol.ErrNone
	switch {
	case req.GenerationIDOrMemberEpoch < 0 && len(g.members) == 0:
	case g.phase == "completing":
		code = protocol.ErrRebalanceInProgress
	default:
		code = g.check(req.MemberID, req.GroupInstanceID, req.GenerationIDOrMemberEpoch)
	}
	if code == protocol.ErrNone {
		for _, t := range req.Topics {
			if t.Name == "" {
				continue
			}
			for _, p := range t.Partitions {
				g.offsets[cluster.TopicPartition{Topic: t.Name, Partition: p.PartitionIndex}] = protocol.OffsetFetchResponsePartition{
					PartitionIndex: p.PartitionIndex, CommittedOffset: p.CommittedOffset,
					CommittedLeaderEpoch: p.CommittedLeaderEpoch, Metadata: p.CommittedMetadata,
				}
			}
		}
	}
	return commitResponse(req, func(topic string, _ int32) protocol.ErrorCode {
		if topic == "" {
			return protocol.ErrUnknownTopicID
		}
		return code
	})
}

func (g *fakeGroup) fetch(req *protocol.OffsetFetchRequest) protocol.Response {
	asked := req.Groups[0]
	group := protocol.OffsetFetchResponseGroup{GroupID: asked.GroupID}
	for _, t := range asked.Topics {
		topic := protocol.OffsetFetchResponseTopic{Name: t.Name, TopicID: t.TopicID}
		for _, p := range t.PartitionIndexes {
			offset, ok := g.offsets[cluster.TopicPartition{Topic: t.Name, Partition: p}]
			if !ok {
				none := ""
				offset = protocol.OffsetFetchResponsePartition{PartitionIndex: p, CommittedOffset: -1, CommittedLeaderEpoch: -1, Metadata: &none}
			}
			if t.Name == "" {
				offset.ErrorCode = protocol.ErrUnknownTopicID
			}
			topic.Partitions = append(topic.Partitions, offset)
		}
		group.Topics = append(group.Topics, topic)
	}
	return &protocol.OffsetFetchResponse{Groups: []protocol.OffsetFetchResponseGroup{group}}
}

func joinError(code protocol.ErrorCode, id string) *protocol.JoinGroupResponse {
	none := "" // which versions before 7 need
	return &protocol.JoinGroupResponse{ErrorCode: code, GenerationID: -1, MemberID: id, ProtocolName: &none}
}
