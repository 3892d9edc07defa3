package coordinator

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// fakeCluster is a cluster of brokers in memory with one group coordinator,
// which any broker may host. Like Kafka it handles one request of a connection
// at a time.
type fakeCluster struct {
	group    fakeGroup
	consumer fakeConsumerGroup

	mu          sync.Mutex
	nodes       int32
	topics      map[string]int       // partitions; -1: no leader yet
	ids         map[string]wire.UUID // of topics that were created anew
	coordinator int32
	maxVersions map[protocol.APIKey]int16
	down        map[int32]bool // refuses connections
	mute        map[int32]bool // accepts them and answers nothing
	conns       map[*fakeConn]struct{}
	script      func(req protocol.Request) protocol.Response // first say; nil: none
	seen        map[protocol.APIKey]int
	requests    []protocol.Request // but heartbeats and metadata
}

func newFakeCluster(nodes int32, topics map[string]int) *fakeCluster {
	f := &fakeCluster{
		nodes:       nodes,
		topics:      topics,
		ids:         make(map[string]wire.UUID),
		maxVersions: make(map[protocol.APIKey]int16),
		down:        make(map[int32]bool),
		mute:        make(map[int32]bool),
		conns:       make(map[*fakeConn]struct{}),
		seen:        make(map[protocol.APIKey]int),
	}
	f.group.init()
	f.consumer.init(topics)
	return f
}

func (f *fakeCluster) bootstrap() []string {
	var addrs []string
	for n := range f.nodes {
		addrs = append(addrs, fmt.Sprintf("node%d:9092", n))
	}
	return addrs
}

// DialContext makes the cluster a conn.Dialer.
func (f *fakeCluster) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	var node int32
	if _, err := fmt.Sscanf(address, "node%d:9092", &node); err != nil {
		return nil, fmt.Errorf("dial %s: no such host", address)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down[node] {
		return nil, fmt.Errorf("dial %s: connection refused", address)
	}
	client, server := net.Pipe()
	c := &fakeConn{cluster: f, node: node, conn: server, frames: make(chan []byte, 1000), ended: make(chan struct{})}
	f.conns[c] = struct{}{}
	go c.read()
	go c.serve()
	return client, nil
}

// set changes the cluster.
func (f *fakeCluster) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// count returns how many requests of an API have arrived.
func (f *fakeCluster) count(key protocol.APIKey) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[key]
}

// all returns the requests of one type that have arrived.
func all[R protocol.Request](f *fakeCluster) []R {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []R
	for _, req := range f.requests {
		if r, ok := req.(R); ok {
			found = append(found, r)
		}
	}
	return found
}

// kill ends a node's connections and refuses others.
func (f *fakeCluster) kill(node int32) {
	f.set(func() {
		f.down[node] = true
		for c := range f.conns {
			if c.node == node {
				c.conn.Close()
			}
		}
	})
}

// cut has the connections that there are lead nowhere.
func (f *fakeCluster) cut() {
	f.set(func() {
		for c := range f.conns {
			c.cut = true
		}
	})
}

// move makes another node the coordinator. It knows the group as it was, but
// not who waits.
func (f *fakeCluster) move(node int32) {
	f.set(func() { f.coordinator = node })
	f.group.abortWaits(protocol.ErrNotCoordinator)
}

// close ends all connections.
func (f *fakeCluster) close() {
	f.set(func() {
		for c := range f.conns {
			c.conn.Close()
		}
	})
}

// fakeConn is the broker's end of a connection.
type fakeConn struct {
	cluster *fakeCluster
	node    int32
	conn    net.Conn
	frames  chan []byte
	ended   chan struct{}
	cut     bool // the network between has dropped it, and tells neither end
}

func (c *fakeConn) read() {
	defer close(c.ended)
	for {
		var size [4]byte
		if _, err := io.ReadFull(c.conn, size[:]); err != nil {
			return
		}
		frame := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(c.conn, frame); err != nil {
			return
		}
		c.frames <- frame
	}
}

func (c *fakeConn) serve() {
	defer c.cluster.set(func() { delete(c.cluster.conns, c) })
	defer c.conn.Close()
	for {
		select {
		case frame := <-c.frames:
			if err := c.answer(frame); err != nil {
				return
			}
		case <-c.ended:
			return
		}
	}
}

func (c *fakeConn) answer(frame []byte) error {
	h, req, err := protocol.DecodeRequest(frame)
	if err != nil {
		return err
	}
	resp := c.cluster.handle(c, h.Version, req)
	if resp == nil {
		<-c.ended
		return errors.New("no answer")
	}
	out := wire.NewEncoder(nil)
	if err := protocol.EncodeResponse(out, h.CorrelationID, h.Version, resp); err != nil {
		panic(err)
	}
	_, err = c.conn.Write(out.Flat())
	return err
}

// handle returns the response, nil for none.
func (f *fakeCluster) handle(c *fakeConn, version int16, req protocol.Request) protocol.Response {
	f.mu.Lock()
	f.seen[req.APIKey()]++
	if k := req.APIKey(); k != protocol.Heartbeat && k != protocol.Metadata && k != protocol.ApiVersions {
		f.requests = append(f.requests, req)
	}
	script := f.script
	f.mu.Unlock()
	if script != nil {
		if resp := script(req); resp != nil {
			return resp
		}
	}
	f.mu.Lock()
	mute, coordinates := f.mute[c.node] || c.cut, f.coordinator == c.node
	f.mu.Unlock()
	if mute {
		return nil
	}
	switch req := req.(type) {
	case *protocol.ApiVersionsRequest:
		return f.apiVersions()
	case *protocol.MetadataRequest:
		return f.metadata(version, req)
	case *protocol.FindCoordinatorRequest:
		return f.findCoordinator(req)
	}
	if !coordinates {
		return refusal(req, protocol.ErrNotCoordinator)
	}
	if resp := f.consumer.handle(req); resp != nil {
		return resp
	}
	f.nameTopics(req)
	wait := f.group.handle(version, req)
	select {
	case resp := <-wait:
		return resp
	case <-c.ended:
		return nil
	}
}

// id returns the id of a topic. f.mu is held.
func (f *fakeCluster) id(topic string) wire.UUID {
	if id, ok := f.ids[topic]; ok {
		return id
	}
	return topicID(topic)
}

// nameTopics fills in the names of topics that a request has the ids of, unless it
// is that of no topic.
func (f *fakeCluster) nameTopics(req protocol.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := func(name *string, id wire.UUID) {
		for topic := range f.topics {
			if !id.IsZero() && f.id(topic) == id {
				*name = topic
			}
		}
	}
	switch req := req.(type) {
	case *protocol.OffsetCommitRequest:
		for i := range req.Topics {
			name(&req.Topics[i].Name, req.Topics[i].TopicID)
		}
	case *protocol.OffsetFetchRequest:
		for i := range req.Groups[0].Topics {
			name(&req.Groups[0].Topics[i].Name, req.Groups[0].Topics[i].TopicID)
		}
	}
}

func (f *fakeCluster) apiVersions() protocol.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	for _, api := range protocol.APIs() {
		limit, ok := f.maxVersions[api.Key]
		if !ok {
			limit = api.Max
		}
		if limit < 0 {
			continue // the broker does not have it
		}
		resp.APIKeys = append(resp.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: api.Key, MinVersion: api.Min, MaxVersion: limit})
	}
	return resp
}

func (f *fakeCluster) metadata(version int16, req *protocol.MetadataRequest) protocol.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := "fake"
	resp := &protocol.MetadataResponse{ClusterID: &id, ClusterAuthorizedOperations: protocol.NoAuthorizedOperations}
	for n := range f.nodes {
		if f.down[n] {
			continue
		}
		rack := fmt.Sprintf("rack%d", n)
		resp.Brokers = append(resp.Brokers, protocol.MetadataResponseBroker{NodeID: n, Host: fmt.Sprintf("node%d", n), Port: 9092, Rack: &rack})
	}
	for _, want := range req.Topics {
		if want.Name == nil {
			resp.Topics = append(resp.Topics, f.topicByID(want.TopicID))
			continue
		}
		topic := protocol.MetadataResponseTopic{Name: want.Name, TopicID: f.id(*want.Name), TopicAuthorizedOperations: protocol.NoAuthorizedOperations}
		for p := range int32(max(0, f.topics[*want.Name])) {
			topic.Partitions = append(topic.Partitions, protocol.MetadataResponsePartition{
				PartitionIndex: p, LeaderID: p % f.nodes, ReplicaNodes: []int32{p % f.nodes}, ISRNodes: []int32{p % f.nodes},
			})
		}
		if len(topic.Partitions) == 0 {
			topic.ErrorCode = protocol.ErrUnknownTopicOrPartition
		}
		if f.topics[*want.Name] < 0 {
			topic.ErrorCode = protocol.ErrLeaderNotAvailable
		}
		resp.Topics = append(resp.Topics, topic)
	}
	return resp
}

func (f *fakeCluster) findCoordinator(req *protocol.FindCoordinatorRequest) protocol.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &protocol.FindCoordinatorResponse{}
	for _, key := range req.CoordinatorKeys {
		found := protocol.FindCoordinatorResponseCoordinator{Key: key, NodeID: -1, ErrorCode: protocol.ErrCoordinatorNotAvailable}
		if f.coordinator >= 0 {
			found = protocol.FindCoordinatorResponseCoordinator{Key: key, NodeID: f.coordinator, Host: fmt.Sprintf("node%d", f.coordinator), Port: 9092}
		}
		resp.Coordinators = append(resp.Coordinators, found)
	}
	return resp
}

// refusal answers a group request with an error.
func refusal(req protocol.Request, code protocol.ErrorCode) protocol.Response {
	switch req := req.(type) {
	case *protocol.JoinGroupRequest:
		return joinError(code, req.MemberID)
	case *protocol.SyncGroupRequest:
		return &protocol.SyncGroupResponse{ErrorCode: code}
	case *protocol.HeartbeatRequest:
		return &protocol.HeartbeatResponse{ErrorCode: code}
	case *protocol.LeaveGroupRequest:
		return &protocol.LeaveGroupResponse{ErrorCode: code}
	case *protocol.ConsumerGroupHeartbeatRequest:
		return &protocol.ConsumerGroupHeartbeatResponse{ErrorCode: code}
	case *protocol.OffsetCommitRequest:
		return commitResponse(req, func(string, int32) protocol.ErrorCode { return code })
	case *protocol.OffsetFetchRequest:
		return &protocol.OffsetFetchResponse{Groups: []protocol.OffsetFetchResponseGroup{{GroupID: req.Groups[0].GroupID, ErrorCode: code}}}
	}
	panic(fmt.Sprintf("no refusal of %T", req))
}

// refuse is a script that answers the first n requests of an API with an error.
func refuse(key protocol.APIKey, n int, code protocol.ErrorCode) func(protocol.Request) protocol.Response {
	var mu sync.Mutex
	return func(req protocol.Request) protocol.Response {
		mu.Lock()
		defer mu.Unlock()
		if req.APIKey() != key || n == 0 {
			return nil
		}
		n--
		return refusal(req, code)
	}
}

func commitResponse(req *protocol.OffsetCommitRequest, code func(topic string, partition int32) protocol.ErrorCode) *protocol.OffsetCommitResponse {
	resp := &protocol.OffsetCommitResponse{}
	for _, t := range req.Topics {
		topic := protocol.OffsetCommitResponseTopic{Name: t.Name}
		for _, p := range t.Partitions {
			topic.TopicID = t.TopicID
			topic.Partitions = append(topic.Partitions, protocol.OffsetCommitResponsePartition{
				PartitionIndex: p.PartitionIndex, ErrorCode: code(t.Name, p.PartitionIndex),
			})
		}
		resp.Topics = append(resp.Topics, topic)
	}
	return resp
}

// lines is a log that a test can search.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, string(b))
	return len(b), nil
}

func (l *lines) has(words ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.text, func(line string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
	})
}

const second = time.Second
