package consumer

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/barnabas-go/kafka/record"
)

// fakeKafka is a cluster on an in-memory network, for use within a synctest
// bubble: metadata, logs, ListOffsets and Fetch with sessions as KIP-227 has
// them.
type fakeKafka struct {
	mu       sync.Mutex
	down     map[int32]bool    // nodes that do not listen
	hangs    map[int32]bool    // nodes that take requests and answer nothing
	dead     map[net.Conn]bool // connections over which nothing is answered any more
	nodes    int32
	conns    map[int32][]net.Conn
	topics   map[string]*fakeTopic
	sessions map[int32]*fakeSession
	lastID   int32
	changed  chan struct{}             // closed when a log has changed
	most     map[protocol.APIKey]int16 // the highest versions that the brokers speak
	running  sync.WaitGroup
	// answer, if set, may answer a request in the brokers' place.
	answer func(node int32, req protocol.Request) protocol.Response

	requests []seenRequest
	logs     []string
}

type seenRequest struct {
	node int32
	req  protocol.Request
	at   time.Time
}

type fakeTopic struct {
	id         wire.UUID
	err        protocol.ErrorCode
	partitions []*fakeLog
}

type fakeLog struct {
	leader, epoch int32
	start, end    int64
	batches       []fakeBatch
	aborted       []protocol.FetchResponseAbortedTransaction
	replica       int32 // to be preferred, -1 for none
}

type fakeBatch struct {
	last  int64
	bytes []byte
}

type fakeSession struct {
	epoch int32
	order []protocolPartition
	sent  map[protocolPartition]int64 // high watermark last told
}

type protocolPartition struct {
	topic     string
	id        wire.UUID
	partition int32
	offset    int64
	epoch     int32
	last      int32 // epoch of the record before offset
	max       int32
}

func (p protocolPartition) key() protocolPartition {
	return protocolPartition{topic: p.topic, id: p.id, partition: p.partition}
}

// newFakeKafka returns a cluster. What runs of it at the test's end is waited for.
func newFakeKafka(t *testing.T, nodes int32) *fakeKafka {
	k := &fakeKafka{
		nodes:    nodes,
		down:     make(map[int32]bool),
		hangs:    make(map[int32]bool),
		dead:     make(map[net.Conn]bool),
		conns:    make(map[int32][]net.Conn),
		topics:   make(map[string]*fakeTopic),
		sessions: make(map[int32]*fakeSession),
		changed:  make(chan struct{}),
		most:     make(map[protocol.APIKey]int16),
	}
	t.Cleanup(k.running.Wait)
	return k
}

// set changes something, and has waiting fetches look again.
func (k *fakeKafka) set(change func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change()
	close(k.changed)
	k.changed = make(chan struct{})
}

// topic creates a topic whose partitions are led by the nodes in turn.
func (k *fakeKafka) topic(name string, partitions int) {
	k.set(func() {
		k.lastID++
		t := &fakeTopic{id: wire.UUID{0: 0xaa, 15: byte(k.lastID)}}
		for i := range partitions {
			t.partitions = append(t.partitions, &fakeLog{leader: int32(i) % k.nodes, epoch: 1, replica: -1})
		}
		k.topics[name] = t
	})
}

func (k *fakeKafka) log(tp TopicPartition) *fakeLog {
	return k.topics[tp.Topic].partitions[tp.Partition]
}

// produce appends one batch with the given values.
func (k *fakeKafka) produce(tp TopicPartition, values ...string) {
	k.set(func() {
		l := k.log(tp)
		l.append(encodeBatch(nil, values...), int64(len(values)))
	})
}

// append takes a batch of n offsets into the log.
func (l *fakeLog) append(b []byte, n int64) {
	binary.BigEndian.PutUint64(b, uint64(l.end))
	binary.BigEndian.PutUint32(b[12:], uint32(l.epoch))
	l.end += n
	l.batches = append(l.batches, fakeBatch{last: l.end - 1, bytes: b})
}

// encodeBatch returns a batch with the given values, timestamps from 1000 on, a
// millisecond apart.
func encodeBatch(z *codec.Compressor, values ...string) []byte {
	var b record.Builder
	for i, v := range values {
		rec := record.Record{Value: []byte(v)}
		need := b.Need(int64(1000+i), &rec)
		if need.Memory > 0 {
			b.Grow(need.Memory)
		}
		b.Append(need, &rec)
	}
	if err := b.Seal(z); err != nil {
		panic(err)
	}
	b.Stamp(-1, -1, -1, false)
	return bytes.Join(b.Chunks(), nil)
}

// DialContext connects to node i at "node-i:9092".
func (k *fakeKafka) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(address)
	id, err := strconv.Atoi(strings.TrimPrefix(host, "node-"))
	if err != nil {
		return nil, err
	}
	node := int32(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down[node] || node >= k.nodes {
		return nil, errors.New("connection refused")
	}
	client, server := net.Pipe()
	k.conns[node] = append(k.conns[node], server)
	k.running.Go(func() { k.serve(server, node) })
	return client, nil
}

// kill ends a node's connections and refuses new ones.
func (k *fakeKafka) kill(node int32) {
	k.set(func() {
		k.down[node] = true
		for _, c := range k.conns[node] {
			_ = c.Close()
		}
		k.conns[node] = nil
	})
}

func (k *fakeKafka) serve(c net.Conn, node int32) {
	fakebroker.Serve(c, func(header *protocol.RequestHeader, req protocol.Request) (protocol.Response, bool) {
		resp, ok := k.respond(node, header.Version, req)
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.dead[c] {
			return nil, true
		}
		return resp, ok
	})
}

// respond returns the answer to a request, nil for none; false if the connection
// is closed instead, as for requests that find out whether a broker is a very old
// one.
func (k *fakeKafka) respond(node int32, version int16, req protocol.Request) (resp protocol.Response, ok bool) {
	k.mu.Lock()
	k.requests = append(k.requests, seenRequest{node, req, time.Now()})
	answer, hangs := k.answer, k.hangs[node]
	k.mu.Unlock()
	if hangs {
		return nil, true
	}
	if answer != nil {
		if resp := answer(node, req); resp != nil {
			return resp, true
		}
	}
	switch r := req.(type) {
	case *protocol.ApiVersionsRequest:
		return k.apiVersions(), true
	case *protocol.MetadataRequest:
		return k.metadata(r), true
	case *protocol.ListOffsetsRequest:
		return k.listOffsets(node, r), true
	case *protocol.OffsetForLeaderEpochRequest:
		return k.epochEnds(node, r), true
	case *protocol.FetchRequest:
		return k.fetch(node, version, r), true
	}
	return nil, false
}

func (k *fakeKafka) apiVersions() protocol.Response {
	resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	for _, api := range protocol.APIs() {
		speaks := protocol.ApiVersionsResponseAPI{APIKey: api.Key, MinVersion: api.Min, MaxVersion: api.Max}
		if most, ok := k.most[api.Key]; ok {
			speaks.MaxVersion = most
		}
		resp.APIKeys = append(resp.APIKeys, speaks)
	}
	return resp
}

func (k *fakeKafka) metadata(r *protocol.MetadataRequest) protocol.Response {
	k.mu.Lock()
	defer k.mu.Unlock()
	resp := &protocol.MetadataResponse{ClusterAuthorizedOperations: protocol.NoAuthorizedOperations}
	for id := range k.nodes {
		if !k.down[id] {
			resp.Brokers = append(resp.Brokers, protocol.MetadataResponseBroker{NodeID: id, Host: fmt.Sprintf("node-%d", id), Port: 9092})
		}
	}
	var names []string
	for name := range k.topics {
		if r.Topics == nil {
			names = append(names, name)
		}
	}
	for _, t := range r.Topics {
		names = append(names, *t.Name)
	}
	for _, name := range names {
		resp.Topics = append(resp.Topics, k.describe(name))
	}
	return resp
}

func (k *fakeKafka) describe(name string) protocol.MetadataResponseTopic {
	t := protocol.MetadataResponseTopic{Name: &name, TopicAuthorizedOperations: protocol.NoAuthorizedOperations}
	topic := k.topics[name]
	switch {
	case topic == nil:
		t.ErrorCode = protocol.ErrUnknownTopicOrPartition
		return t
	case topic.err != 0:
		t.ErrorCode = topic.err
		return t
	}
	t.TopicID = topic.id
	t.IsInternal = strings.HasPrefix(name, "__")
	for i, l := range topic.partitions {
		t.Partitions = append(t.Partitions, protocol.MetadataResponsePartition{
			PartitionIndex: int32(i), LeaderID: l.leader, LeaderEpoch: l.epoch, ReplicaNodes: []int32{l.leader}, ISRNodes: []int32{l.leader},
		})
	}
	return t
}

func (k *fakeKafka) listOffsets(node int32, r *protocol.ListOffsetsRequest) protocol.Response {
	k.mu.Lock()
	defer k.mu.Unlock()
	resp := &protocol.ListOffsetsResponse{}
	for _, t := range r.Topics {
		out := protocol.ListOffsetsResponseTopic{Name: t.Name}
		for _, p := range t.Partitions {
			answer := protocol.ListOffsetsResponsePartition{PartitionIndex: p.PartitionIndex, Timestamp: -1, Offset: -1, LeaderEpoch: -1}
			l := k.log(TopicPartition{Topic: t.Name, Partition: p.PartitionIndex})
			switch {
			case l.leader != node:
				answer.ErrorCode = protocol.ErrNotLeaderOrFollower
			case p.Timestamp == protocol.LatestTimestamp:
				answer.Offset, answer.LeaderEpoch = l.end, l.epoch
			case p.Timestamp == protocol.EarliestTimestamp:
				answer.Offset, answer.LeaderEpoch = l.start, l.epoch
			default:
				answer.Offset, answer.Timestamp = l.find(p.Timestamp)
			}
			out.Partitions = append(out.Partitions, answer)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

// find returns the first record that is not older than timestamp.
func (l *fakeLog) find(timestamp int64) (offset, at int64) {
	for _, b := range l.batches {
		batch, err := record.NewReader(b.bytes).Next()
		if err != nil {
			panic(err)
		}
		payload, _ := batch.Payload(nil, 1<<20)
		cursor := record.NewCursor(batch, payload)
		var rec record.Record
		for ok, _ := cursor.Next(&rec); ok; ok, _ = cursor.Next(&rec) {
			if ms := rec.Timestamp.UnixMilli(); ms >= timestamp {
				return rec.Offset, ms
			}
		}
	}
	return -1, -1
}

// seen returns the requests of a type so far.
func seen[R protocol.Request](k *fakeKafka) []R {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []R
	for _, s := range k.requests {
		if r, ok := s.req.(R); ok {
			list = append(list, r)
		}
	}
	return list
}

// Handle keeps what is logged, so that tests can look at it.
func (k *fakeKafka) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Level.String() + " " + r.Message)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(" " + a.String())
		return true
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	k.logs = append(k.logs, b.String())
	return nil
}

func (k *fakeKafka) Enabled(context.Context, slog.Level) bool { return true }
func (k *fakeKafka) WithAttrs([]slog.Attr) slog.Handler       { return k }
func (k *fakeKafka) WithGroup(string) slog.Handler            { return k }

// logged returns the lines that contain a text.
func (k *fakeKafka) logged(text string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(k.logs), func(l string) bool { return !strings.Contains(l, text) })
}
