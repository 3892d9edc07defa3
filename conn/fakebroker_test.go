package conn

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// fakeBroker is a Dialer to a broker that plays a script on each connection: a
// goroutine with the broker's end of a pipe. The last script repeats.
type fakeBroker struct {
	t       testing.TB
	scripts []func(*peer)
	dials   atomic.Int32
	writes  atomic.Int32 // Write calls of the client
}

func newFakeBroker(t testing.TB, scripts ...func(*peer)) *fakeBroker {
	return &fakeBroker{t: t, scripts: scripts}
}

func (b *fakeBroker) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	n := int(b.dials.Add(1))
	script := b.scripts[min(n, len(b.scripts))-1]
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		script(&peer{t: b.t, conn: server, r: bufio.NewReader(server)})
	}()
	return &countingConn{client, &b.writes}, nil
}

type countingConn struct {
	net.Conn
	writes *atomic.Int32
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// config returns a configuration that leads to the broker.
func (b *fakeBroker) config() Config {
	return Config{ClientID: "test", Dialer: b, Logger: slog.New(slog.DiscardHandler)}
}

// dial connects to the broker, and closes the connection when the test ends.
func (b *fakeBroker) dial(cfg Config) *Conn {
	b.t.Helper()
	c, err := Dial(b.t.Context(), "broker:9092", cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { c.Close() })
	return c
}

// peer is a broker's end of a connection.
type peer struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

type request struct {
	protocol.RequestHeader
	protocol.Request
}

// read returns the next request, false when the client has closed.
func (p *peer) read() (request, bool) {
	var size [4]byte
	if _, err := io.ReadFull(p.r, size[:]); err != nil {
		return request{}, false
	}
	frame := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(p.r, frame); err != nil {
		return request{}, false
	}
	h, req, err := protocol.DecodeRequest(frame)
	if err != nil {
		p.t.Errorf("broker: %v", err)
		return request{}, false
	}
	return request{h, req}, true
}

// next returns the next request; when the client has closed, that is the end of
// the script.
func (p *peer) next() request {
	req, ok := p.read()
	if !ok {
		runtime.Goexit()
	}
	return req
}

// nextN returns the next n requests.
func (p *peer) nextN(n int) []request {
	list := make([]request, n)
	for i := range list {
		list[i] = p.next()
	}
	return list
}

// frame returns a response to a request.
func (p *peer) frame(req request, resp protocol.Response) []byte {
	c := wire.NewEncoder(nil)
	if err := protocol.EncodeResponse(c, req.CorrelationID, req.Version, resp); err != nil {
		p.t.Errorf("broker: %v", err)
	}
	return c.Flat()
}

func (p *peer) reply(req request, resp protocol.Response) { p.write(p.frame(req, resp)) }

// write sends bytes; that the client has closed is its right.
func (p *peer) write(b []byte) { p.conn.Write(b) }

// drain reads until the client closes.
func (p *peer) drain() { io.Copy(io.Discard, p.r) }

// allAPIs is the answer of a broker that speaks all that this client does.
func allAPIs() *protocol.ApiVersionsResponse {
	resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	for _, a := range protocol.APIs() {
		resp.APIKeys = append(resp.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: a.Key, MinVersion: a.Min, MaxVersion: a.Max})
	}
	return resp
}

// hello answers the question for API versions.
func (p *peer) hello(apis *protocol.ApiVersionsResponse) {
	req := p.next()
	if req.Key != protocol.ApiVersions || req.CorrelationID != 1 {
		p.t.Errorf("first request is %v with correlation id %d, want ApiVersions with 1", req.Key, req.CorrelationID)
	}
	p.reply(req, apis)
}

// modern is a script that begins with hello.
func modern(script func(*peer)) func(*peer) {
	return func(p *peer) {
		p.hello(allAPIs())
		script(p)
	}
}

// serve answers every request with an empty response, until the client closes.
func serve(p *peer) {
	for {
		req := p.next()
		if u, ok := req.Request.(protocol.Unanswered); ok && u.NoResponse() {
			continue
		}
		p.reply(req, empty(req.Key))
	}
}

// empty returns a response with nothing in it that all versions carry.
func empty(key protocol.APIKey) protocol.Response {
	resp := protocol.Lookup(key).NewResponse()
	switch r := resp.(type) {
	case *protocol.MetadataResponse:
		r.ClusterAuthorizedOperations = protocol.NoAuthorizedOperations
	case *protocol.FindCoordinatorResponse:
		r.Coordinators = make([]protocol.FindCoordinatorResponseCoordinator, 1)
	case *protocol.OffsetFetchResponse:
		r.Groups = make([]protocol.OffsetFetchResponseGroup, 1)
	}
	return resp
}

func heartbeat(generation int32) *protocol.HeartbeatRequest {
	return &protocol.HeartbeatRequest{GroupID: "g", GenerationID: generation}
}

// result is what Do returned, and when.
type result struct {
	resp protocol.Response
	err  error
	at   time.Time
}

// doAsync calls Do on a goroutine of its own.
func doAsync(ctx context.Context, c *Conn, req protocol.Request) <-chan result {
	ch := make(chan result, 1)
	go func() {
		resp, err := c.Do(ctx, req)
		ch <- result{resp, err, time.Now()}
	}()
	return ch
}

// pass lets virtual time pass.
func pass(d time.Duration) { <-time.After(d) }
