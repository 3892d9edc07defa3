package cluster

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/protocol"
)

// fakeCluster is a scripted cluster on an in-memory network, for use within a
// synctest bubble. Its brokers answer ApiVersions, Metadata and FindCoordinator
// by what the fields say, and everything else by answer.
type fakeCluster struct {
	mu      sync.Mutex
	id      string
	brokers map[string]*fakeBroker // by address
	nodes   map[int32]string       // node id to address, as advertised
	topics  map[string]protocol.MetadataResponseTopic
	create  bool // create topics that are asked for

	metadataVersion int16         // the highest of Metadata
	dialTime        time.Duration // that a connection takes

	coordinator protocol.FindCoordinatorResponseCoordinator
	rebootstrap []string // addresses of brokers that refuse to tell metadata
	answer      func(addr string, req protocol.Request) protocol.Response

	dials    map[string][]time.Time // attempts by address
	requests []seen
	logs     []string
}

// seen is a request that arrived.
type seen struct {
	addr string
	req  protocol.Request
}

// fakeBroker is what listens on an address.
type fakeBroker struct {
	hangs bool // takes connections, but answers nothing
	conns []net.Conn
}

var errRefused = errors.New("connection refused")

// newFakeCluster returns a cluster whose node i listens on addrs[i].
func newFakeCluster(addrs ...string) *fakeCluster {
	f := &fakeCluster{
		id:      "one",
		brokers: make(map[string]*fakeBroker),
		nodes:   make(map[int32]string),
		topics:  make(map[string]protocol.MetadataResponseTopic),
		dials:   make(map[string][]time.Time),

		metadataVersion: protocol.Lookup(protocol.Metadata).Max,
	}
	for i, addr := range addrs {
		f.up(addr)
		f.nodes[int32(i)] = addr
	}
	return f
}

// client returns a client of the cluster, closed at the test's end.
func (f *fakeCluster) client(t *testing.T, cfg Config) *Client {
	cfg.Dialer = f
	if cfg.Logger == nil {
		cfg.Logger = slog.New(f)
	}
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// up has a broker listen on an address.
func (f *fakeCluster) up(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.brokers[addr] = &fakeBroker{}
}

// down ends a broker and its connections.
func (f *fakeCluster) down(addr string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.brokers[addr].conns {
		_ = c.Close()
	}
	delete(f.brokers, addr)
}

// set changes what the cluster answers.
func (f *fakeCluster) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// DialContext connects to the broker that listens on address.
func (f *fakeCluster) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	<-time.After(f.dialTime)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dials[address] = append(f.dials[address], time.Now())
	b := f.brokers[address]
	if b == nil {
		return nil, errRefused
	}
	client, server := net.Pipe()
	b.conns = append(b.conns, server)
	go f.serve(server, address)
	return client, nil
}

func (f *fakeCluster) serve(c net.Conn, addr string) {
	fakebroker.Serve(c, func(_ *protocol.RequestHeader, req protocol.Request) (protocol.Response, bool) {
		return f.respond(addr, req), true
	})
}

func (f *fakeCluster) respond(addr string, req protocol.Request) protocol.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, seen{addr, req})
	if b := f.brokers[addr]; b == nil || b.hangs {
		return nil
	}
	switch r := req.(type) {
	case *protocol.ApiVersionsRequest:
		resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
		for _, api := range protocol.APIs() {
			if api.Key == protocol.CreateTopics && f.metadataVersion == 0 {
				continue // it came later than version 1 of Metadata
			}
			speaks := protocol.ApiVersionsResponseAPI{APIKey: api.Key, MinVersion: api.Min, MaxVersion: api.Max}
			if api.Key == protocol.Metadata {
				speaks.MaxVersion = f.metadataVersion
			}
			resp.APIKeys = append(resp.APIKeys, speaks)
		}
		return resp
	case *protocol.MetadataRequest:
		if slices.Contains(f.rebootstrap, addr) {
			return &protocol.MetadataResponse{ErrorCode: protocol.ErrRebootstrapRequired, ClusterAuthorizedOperations: protocol.NoAuthorizedOperations}
		}
		return f.metadata(r)
	case *protocol.FindCoordinatorRequest:
		found := f.coordinator
		found.Key = r.CoordinatorKeys[0]
		return &protocol.FindCoordinatorResponse{Coordinators: []protocol.FindCoordinatorResponseCoordinator{found}}
	}
	return f.answer(addr, req)
}

func (f *fakeCluster) metadata(r *protocol.MetadataRequest) protocol.Response {
	resp := &protocol.MetadataResponse{ClusterID: ptr(f.id), ClusterAuthorizedOperations: protocol.NoAuthorizedOperations}
	for id, addr := range f.nodes {
		at := nodeAt(id, addr)
		resp.Brokers = append(resp.Brokers, protocol.MetadataResponseBroker{NodeID: id, Host: at.Host, Port: at.Port})
		resp.ControllerID = max(resp.ControllerID, id)
	}
	if r.Topics == nil {
		for _, topic := range f.topics {
			resp.Topics = append(resp.Topics, topic)
		}
	}
	for _, asked := range r.Topics {
		topic, ok := f.topics[*asked.Name]
		if !ok {
			topic = failedTopic(*asked.Name, protocol.ErrUnknownTopicOrPartition)
			if f.create && r.AllowAutoTopicCreation {
				f.topics[*asked.Name] = topicOf(*asked.Name, 0)
				topic.ErrorCode = protocol.ErrLeaderNotAvailable
			}
		}
		resp.Topics = append(resp.Topics, topic)
	}
	for i := range resp.Topics {
		resp.Topics[i].TopicAuthorizedOperations = protocol.NoAuthorizedOperations
	}
	return resp
}

func nodeAt(id int32, addr string) Node {
	host, port, _ := net.SplitHostPort(addr)
	n := Node{ID: id, Host: host}
	for _, digit := range port {
		n.Port = n.Port*10 + digit - '0'
	}
	return n
}

// asked returns the requests of one API, in the order of their arrival.
func (f *fakeCluster) asked(key protocol.APIKey) []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []seen
	for _, s := range f.requests {
		if s.req.APIKey() == key {
			list = append(list, s)
		}
	}
	return list
}

// dialed returns how often an address was dialed in the last period of time.
func (f *fakeCluster) dialed(addr string, period time.Duration) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, at := range f.dials[addr] {
		if time.Since(at) < period {
			n++
		}
	}
	return n
}

// logged returns the lines of the client's log.
func (f *fakeCluster) logged() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.logs)
}

// Enabled, Handle, WithAttrs and WithGroup collect the client's log.
func (f *fakeCluster) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

func (f *fakeCluster) Handle(_ context.Context, r slog.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	f.logs = append(f.logs, text)
	return nil
}

func (f *fakeCluster) WithAttrs([]slog.Attr) slog.Handler { return f }

func (f *fakeCluster) WithGroup(string) slog.Handler { return f }
