package producer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// oldBroker is a broker on an in-memory network that leads the partitions of all
// topics and speaks only what versions says. It collects what is produced, and
// the client's warnings.
type oldBroker struct {
	mu       sync.Mutex
	versions map[protocol.APIKey]int16
	refuse   []protocol.ErrorCode // for the next requests
	produced []*protocol.ProduceRequest
	conns    []net.Conn
	cut      map[net.Conn]bool // those that lead nowhere
	warnings []string

	partitions int           // of each topic; 0 stands for 1
	held       chan struct{} // nil unless answers to Produce wait until it is closed

	secure func(net.Conn) net.Conn                  // nil without TLS
	others func(protocol.Request) protocol.Response // answers what the broker itself does not; nil: nothing
}

// newOldBroker returns one that has Produce up to a version, and what it takes to
// find out the rest.
func newOldBroker(produce int16) *oldBroker {
	return &oldBroker{versions: map[protocol.APIKey]int16{
		protocol.Produce: produce, protocol.Metadata: 0, protocol.ApiVersions: 0, protocol.FindCoordinator: 0,
	}}
}

func (b *oldBroker) producer(t *testing.T, z codec.Codec) *Producer {
	t.Helper()
	p, err := New(Config{
		Config:      cluster.Config{BootstrapServers: []string{"old:9092"}, Dialer: b, Logger: slog.New(b)},
		Compression: z,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (b *oldBroker) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *oldBroker) DialContext(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	b.set(func() { b.conns = append(b.conns, server) })
	if b.secure != nil {
		server = b.secure(server)
	}
	go b.serve(server)
	return client, nil
}

func (b *oldBroker) serve(c net.Conn) {
	fakebroker.Serve(c, func(header *protocol.RequestHeader, req protocol.Request) (protocol.Response, bool) {
		if b.isCut(c) {
			return nil, true
		}
		resp := b.respond(header, req)
		if held := b.heldBack(req); held != nil {
			<-held
		}
		return resp, true
	})
}

// cutOff has the connections that there are lead nowhere.
func (b *oldBroker) cutOff() {
	b.set(func() {
		b.cut = make(map[net.Conn]bool)
		for _, c := range b.conns {
			b.cut[c] = true
		}
	})
}

func (b *oldBroker) isCut(c net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cut[c]
}

func (b *oldBroker) respond(header *protocol.RequestHeader, req protocol.Request) protocol.Response {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r := req.(type) {
	case *protocol.ApiVersionsRequest:
		resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
		if header.Version > 0 {
			header.Version, resp.ErrorCode = 0, protocol.ErrUnsupportedVersion
			return resp
		}
		for key, highest := range b.versions {
			resp.APIKeys = append(resp.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: key, MaxVersion: highest})
		}
		return resp
	case *protocol.MetadataRequest:
		resp := &protocol.MetadataResponse{
			Brokers:                     []protocol.MetadataResponseBroker{{Host: "old", Port: 9092}},
			ClusterAuthorizedOperations: protocol.NoAuthorizedOperations,
		}
		for _, topic := range r.Topics {
			resp.Topics = append(resp.Topics, protocol.MetadataResponseTopic{
				Name: topic.Name, TopicAuthorizedOperations: protocol.NoAuthorizedOperations,
			})
			last := &resp.Topics[len(resp.Topics)-1]
			for n := range max(b.partitions, 1) {
				last.Partitions = append(last.Partitions, protocol.MetadataResponsePartition{PartitionIndex: int32(n), LeaderEpoch: -1})
			}
		}
		return resp
	case *protocol.ProduceRequest:
		return b.produce(r)
	}
	if b.others != nil {
		return b.others(req)
	}
	panic(fmt.Sprintf("%T was not offered", req))
}

func (b *oldBroker) produce(r *protocol.ProduceRequest) protocol.Response {
	code := protocol.ErrNone
	if len(b.refuse) > 0 {
		code, b.refuse = b.refuse[0], b.refuse[1:]
	}
	b.produced = append(b.produced, r)
	resp := &protocol.ProduceResponse{}
	for _, topic := range r.TopicData {
		answers := protocol.ProduceResponseTopic{Name: topic.Name}
		for _, partition := range topic.PartitionData {
			answers.PartitionResponses = append(answers.PartitionResponses, protocol.ProduceResponsePartition{
				Index: partition.Index, ErrorCode: code, BaseOffset: 70, LogAppendTimeMs: -1, LogStartOffset: -1,
			})
		}
		resp.Responses = append(resp.Responses, answers)
	}
	return resp
}

// hold has answers to Produce wait until the function is called.
func (b *oldBroker) hold() (answer func()) {
	b.set(func() { b.held = make(chan struct{}) })
	return func() { b.set(func() { close(b.held); b.held = nil }) }
}

func (b *oldBroker) heldBack(req protocol.Request) chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := req.(*protocol.ProduceRequest); ok {
		return b.held
	}
	return nil
}

// sets returns the records of each request, in their order.
func (b *oldBroker) sets() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	var sets [][]byte
	for _, r := range b.produced {
		for _, topic := range r.TopicData {
			sets = append(sets, slices.Concat(topic.PartitionData[0].Records...))
		}
	}
	return sets
}

func (b *oldBroker) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
func (b *oldBroker) WithAttrs([]slog.Attr) slog.Handler               { return b }
func (b *oldBroker) WithGroup(string) slog.Handler                    { return b }

func (b *oldBroker) Handle(_ context.Context, r slog.Record) error {
	b.set(func() { b.warnings = append(b.warnings, r.Message) })
	return nil
}

// read returns the records of a batch or message set.
func read(t *testing.T, raw []byte) (batch record.Batch, list []record.Record) {
	t.Helper()
	first, err := record.NewReader(raw).Next()
	if err == nil {
		err = first.VerifyChecksum()
	}
	if err != nil {
		t.Fatal(err)
	}
	payload, err := first.Payload(nil, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for c := record.NewCursor(first, payload); ; {
		var rec record.Record
		ok, err := c.Next(&rec)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return *first, list
		}
		list = append(list, rec)
	}
}

// sendAll sends records and waits for the last.
func sendAll(t *testing.T, p *Producer, records ...record.Record) (Metadata, error) {
	t.Helper()
	var last Future
	for _, rec := range records {
		f, err := p.Send(t.Context(), rec)
		if err != nil {
			t.Fatal(err)
		}
		last = f
	}
	return last.Get(t.Context())
}

func compressible(topic string, n int) []record.Record {
	list := make([]record.Record, n)
	for i := range list {
		list[i] = record.Record{Topic: topic, Timestamp: time.UnixMilli(1700000000000 + int64(i)), Value: []byte(strings.Repeat("value", 20))}
	}
	return list
}

func TestOldFormats(t *testing.T) {
	for version := range int16(4) {
		for _, z := range []codec.Codec{codec.None, codec.Gzip, codec.Snappy, codec.LZ4} {
			t.Run(fmt.Sprintf("Produce v%d, %s", version, z), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newOldBroker(version)
					sent := compressible("t", 10)
					at, err := sendAll(t, b.producer(t, z), sent...)
					if err != nil {
						t.Fatal(err)
					}
					n := 0
					for _, raw := range b.sets() {
						batch, got := read(t, raw)
						if batch.Magic != []int8{0, 0, 1, 2}[version] || len(got) > 1 && batch.Attributes.Codec() != z {
							t.Errorf("%d records are in format v%d with %s", len(got), batch.Magic, batch.Attributes.Codec())
						}
						for _, rec := range got {
							if want := sent[n].Timestamp; string(rec.Value) != string(sent[n].Value) || version >= 2 && !rec.Timestamp.Equal(want) {
								t.Errorf("record %d is %+v", n, rec)
							}
							n++
						}
					}
					if n != len(sent) {
						t.Errorf("%d of %d records came", n, len(sent))
					}
					if at.Timestamp.IsZero() != (version < 2) {
						t.Errorf("the timestamp is told as %v", at.Timestamp)
					}
					if len(b.warnings) != 1 || !strings.Contains(b.warnings[0], "idempotent") {
						t.Errorf("warnings are %q, want one about idempotence", b.warnings)
					}
				})
			})
		}
	}
}

// What a broker is too old for fails, with an error that tells so, and nothing
// else.
func TestOldBrokersLack(t *testing.T) {
	header := []record.Header{{Key: "h"}}
	for _, tt := range []struct {
		codec   codec.Codec
		headers []record.Header
		version int16
		without protocol.APIKey
		feature string // empty: nothing is lacking
		since   string
	}{
		{codec.None, header, 2, -1, "record headers", "0.11"},
		{codec.Snappy, header, 0, -1, "record headers", "0.11"},
		{codec.None, header, 3, -1, "", ""},
		{codec.Zstd, nil, 6, -1, "zstd compression", "2.1"},
		{codec.Zstd, nil, 0, -1, "zstd compression", "2.1"},
		{codec.Zstd, nil, 7, -1, "", ""},
		{codec.LZ4, nil, 0, protocol.FindCoordinator, "lz4 compression", "0.8.2"},
		{codec.LZ4, nil, 0, -1, "", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newOldBroker(tt.version)
			delete(b.versions, tt.without)
			p := b.producer(t, tt.codec)
			good := b.producer(t, codec.Gzip)
			rec := compressible("bad", 1)[0]
			rec.Headers = tt.headers
			_, err := sendAll(t, p, rec)
			if tt.feature == "" {
				if err != nil {
					t.Errorf("Produce v%d, %s: %v", tt.version, tt.codec, err)
				}
				return
			}
			var lack *conn.FeatureError
			var failed *DeliveryError
			if !errors.As(err, &lack) || lack.Topic != "bad" || lack.Feature != tt.feature || lack.Since != tt.since ||
				!errors.As(err, &failed) || failed.Attempts != 0 || failed.PossiblyWritten {
				t.Errorf("Produce v%d, %s: error %v", tt.version, tt.codec, err)
			}
			if len(tt.headers) > 0 {
				good = p
			}
			if _, err := sendAll(t, good, compressible("bad", 2)...); err != nil {
				t.Errorf("records without %s: %v", tt.feature, err)
			}
		})
	}
}

// A retry sends the same bytes, unless the broker has become another one.
func TestOldFormatRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(1)
		b.refuse = []protocol.ErrorCode{protocol.ErrNotLeaderOrFollower, protocol.ErrNotEnoughReplicas, protocol.ErrNotEnoughReplicas}
		p := b.producer(t, codec.Gzip)
		f, err := p.Send(t.Context(), compressible("t", 1)[0])
		if err != nil {
			t.Fatal(err)
		}
		for len(b.sets()) < 2 {
			<-time.After(10 * time.Millisecond)
		}
		b.set(func() {
			b.versions[protocol.Produce] = 3
			for _, c := range b.conns {
				_ = c.Close()
			}
		})
		if at, err := f.Get(t.Context()); err != nil || at.Timestamp.IsZero() {
			t.Errorf("%v, %v", at, err)
		}
		sets := b.sets()
		if !slices.Equal(sets[0], sets[1]) {
			t.Error("the second try has other bytes")
		}
		if last, _ := read(t, sets[len(sets)-1]); last.Magic != 2 {
			t.Errorf("the last try is of format v%d", last.Magic)
		}
	})
}
