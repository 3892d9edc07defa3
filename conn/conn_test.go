package conn

import (
	"bytes"
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFakeBroker(t, modern(func(p *peer) {
			req := p.next()
			if req.ClientID != "test" || req.Version != 4 || req.CorrelationID != 2 {
				t.Errorf("request header %+v", req.RequestHeader)
			}
			p.reply(req, &protocol.HeartbeatResponse{ErrorCode: protocol.ErrRebalanceInProgress})
			p.drain()
		})).dialDefault()
		resp, err := c.Do(t.Context(), heartbeat(1))
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.(*protocol.HeartbeatResponse).ErrorCode; got != protocol.ErrRebalanceInProgress {
			t.Errorf("error code %v", got)
		}
		if c.InFlight() != 0 || c.Addr() != "broker:9092" || c.Err() != nil {
			t.Errorf("in flight %d, addr %s, err %v", c.InFlight(), c.Addr(), c.Err())
		}
	})
}

func (b *fakeBroker) dialDefault() *Conn {
	b.t.Helper()
	return b.dial(b.config())
}

// Brokers see the requests in the order of the calls, and what was queued while
// a write ran comes in one further write.
func TestPipelining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		b := newFakeBroker(t, modern(func(p *peer) {
			<-proceed
			for i, req := range p.nextN(5) {
				if req.CorrelationID != int32(2+i) || req.Request.(*protocol.HeartbeatRequest).GenerationID != int32(i) {
					t.Errorf("request %d: correlation id %d, %+v", i, req.CorrelationID, req.Request)
				}
				p.reply(req, &protocol.HeartbeatResponse{ThrottleTimeMs: 0, ErrorCode: protocol.ErrorCode(i)})
			}
			p.drain()
		}))
		c := b.dialDefault()
		b.writes.Store(0)
		done := make(chan *Call, 5)
		calls := []*Call{c.Go(heartbeat(0), 0, done)}
		synctest.Wait() // the writer is in its first write, which nobody reads
		for i := range 4 {
			calls = append(calls, c.Go(heartbeat(int32(1+i)), 0, done))
		}
		if c.InFlight() != 5 {
			t.Errorf("%d in flight, want 5", c.InFlight())
		}
		close(proceed)
		for i := range 5 {
			call := <-done
			if call != calls[i] || call.Err != nil || !call.Written || call.Version != 4 || call.Started.IsZero() {
				t.Errorf("completion %d: %+v", i, call)
				continue
			}
			if code := call.Response.(*protocol.HeartbeatResponse).ErrorCode; code != protocol.ErrorCode(i) {
				t.Errorf("call %d has the response of call %d", i, code)
			}
		}
		if n := b.writes.Load(); n != 2 {
			t.Errorf("%d writes, want 2", n)
		}
	})
}

func TestInFlightLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		b := newFakeBroker(t, modern(func(p *peer) {
			reqs := p.nextN(2)
			<-proceed
			p.reply(reqs[0], &protocol.HeartbeatResponse{})
			req := p.next()
			p.reply(reqs[1], &protocol.HeartbeatResponse{})
			p.reply(req, &protocol.HeartbeatResponse{ErrorCode: protocol.ErrorCode(req.Request.(*protocol.HeartbeatRequest).GenerationID)})
			p.drain()
		}))
		cfg := b.config()
		cfg.MaxInFlight = 2
		c := b.dial(cfg)
		done := make(chan *Call, 3)
		c.Go(heartbeat(0), 0, done)
		c.Go(heartbeat(1), 0, done)
		refused := c.Go(heartbeat(2), 0, done)
		if call := <-done; call != refused || !errors.Is(call.Err, ErrTooManyInFlight) || call.Written {
			t.Fatalf("third call: %+v", call)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := doAsync(ctx, c, heartbeat(3))
		waits := doAsync(t.Context(), c, heartbeat(4))
		synctest.Wait()
		cancel()
		if r := <-gaveUp; !errors.Is(r.err, context.Canceled) {
			t.Errorf("cancelled while waiting for a place: %v", r.err)
		}
		close(proceed)
		if r := <-waits; r.err != nil || r.resp.(*protocol.HeartbeatResponse).ErrorCode != 4 {
			t.Errorf("the waiting call: %v, %v", r.resp, r.err)
		}
	})
}

// A Do that finds no place in time says so, and says that nothing was sent.
func TestNoPlaceInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern((*peer).drain))
		cfg := b.config()
		cfg.MaxInFlight = 1
		c := b.dial(cfg)
		c.Go(heartbeat(0), time.Minute, nil)
		start := time.Now()
		_, err := c.Do(t.Context(), heartbeat(1))
		want := "broker broker:9092: request: Heartbeat v4: request timed out after 30s: 1 other requests were in flight all the time"
		if !errors.Is(err, ErrRequestTimeout) || err.Error() != want || time.Since(start) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if c.Err() != nil {
			t.Errorf("the connection ended: %v", c.Err())
		}
	})
}

func TestUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern(serve))
		cfg := b.config()
		cfg.MaxInFlight = 1
		c := b.dial(cfg)
		for i := range 3 {
			resp, err := c.Do(t.Context(), &protocol.ProduceRequest{Acks: 0})
			if resp != nil || err != nil {
				t.Fatalf("produce with acks 0: %v, %v", resp, err)
			}
			if _, err := c.Do(t.Context(), heartbeat(int32(i))); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What cannot be encoded fails alone, and takes no correlation id from the
// others.
func TestEncodeError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		apis := allAPIs()
		for i := range apis.APIKeys {
			if apis.APIKeys[i].APIKey == protocol.Heartbeat {
				apis.APIKeys[i].MaxVersion = 2
			}
		}
		b := newFakeBroker(t, func(p *peer) { p.hello(apis); serve(p) })
		c := b.dialDefault()
		static := heartbeat(1)
		static.GroupInstanceID = new(string)
		done := make(chan *Call, 1)
		c.Go(static, 0, done)
		call := <-done
		if !errors.Is(call.Err, wire.ErrUnsupported) || call.Written || !strings.Contains(call.Err.Error(), "broker:9092") {
			t.Errorf("%+v", call)
		}
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Error(err)
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		b := newFakeBroker(t, modern(func(p *peer) {
			req := p.next()
			<-answer
			p.reply(req, &protocol.HeartbeatResponse{ErrorCode: 1})
			serve(p)
		}))
		cfg := b.config()
		cfg.MaxInFlight = 1
		c := b.dial(cfg)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Do(ctx, heartbeat(1))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if e := (*Error)(nil); !errors.As(err, &e) || e.Retriable() {
			t.Errorf("%v is retriable", err)
		}
		if c.InFlight() != 1 {
			t.Errorf("%d in flight: the abandoned request's response is still to come", c.InFlight())
		}
		close(answer)
		resp, err := c.Do(t.Context(), heartbeat(2))
		if err != nil || resp.(*protocol.HeartbeatResponse).ErrorCode != 0 {
			t.Errorf("next request: %v, %v", resp, err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Do(ended, heartbeat(3)); !errors.Is(err, context.Canceled) {
			t.Errorf("with an ended context: %v", err)
		}
	})
}

// A request that is abandoned before the writer takes it is never written.
func TestCancelBeforeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		b := newFakeBroker(t, modern(func(p *peer) {
			<-proceed
			for {
				req := p.next()
				if g := req.Request.(*protocol.HeartbeatRequest).GenerationID; g == 2 {
					t.Errorf("the abandoned request was written")
				}
				p.reply(req, &protocol.HeartbeatResponse{})
			}
		}))
		c := b.dialDefault()
		first := doAsync(t.Context(), c, heartbeat(1))
		synctest.Wait() // the writer is stuck in the first request
		ctx, cancel := context.WithCancel(t.Context())
		abandoned := doAsync(ctx, c, heartbeat(2))
		synctest.Wait()
		cancel()
		if r := <-abandoned; !errors.Is(r.err, context.Canceled) {
			t.Errorf("%v", r.err)
		}
		if c.InFlight() != 1 {
			t.Errorf("%d in flight, want 1", c.InFlight())
		}
		close(proceed)
		if r := <-first; r.err != nil {
			t.Error(r.err)
		}
		if _, err := c.Do(t.Context(), heartbeat(3)); err != nil {
			t.Error(err)
		}
	})
}

// A done channel without room breaks the contract, but loses no call and does
// not stop the connection.
func TestDoneWithoutRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFakeBroker(t, modern(serve)).dialDefault()
		done := make(chan *Call)
		a, b := c.Go(heartbeat(1), 0, done), c.Go(heartbeat(2), 0, done)
		if _, err := c.Do(t.Context(), heartbeat(3)); err != nil {
			t.Fatal(err)
		}
		if x, y := <-done, <-done; x == y || (x != a && x != b) || (y != a && y != b) {
			t.Errorf("got %p and %p, want %p and %p", x, y, a, b)
		}
	})
}

func TestVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		apis := &protocol.ApiVersionsResponse{
			APIKeys: []protocol.ApiVersionsResponseAPI{
				{APIKey: protocol.Metadata, MinVersion: 0, MaxVersion: 11},
				{APIKey: protocol.Fetch, MinVersion: 13, MaxVersion: 99},
				{APIKey: protocol.Produce, MinVersion: 50, MaxVersion: 60},
				{APIKey: 999, MinVersion: 0, MaxVersion: 1},
			},
			SupportedFeatures:      []protocol.ApiVersionsResponseSupportedFeature{{Name: "group.version", MinVersion: 0, MaxVersion: 1}},
			FinalizedFeatures:      []protocol.ApiVersionsResponseFinalizedFeature{{Name: "group.version", MinVersionLevel: 1, MaxVersionLevel: 1}},
			FinalizedFeaturesEpoch: 7,
		}
		c := newFakeBroker(t, func(p *peer) { p.hello(apis); serve(p) }).dialDefault()
		for _, tt := range []struct {
			key  protocol.APIKey
			want int16
			ok   bool
		}{
			{protocol.Metadata, 11, true}, {protocol.Fetch, protocol.Lookup(protocol.Fetch).Max, true},
			{protocol.Produce, 13, false}, {protocol.Heartbeat, 0, false}, {999, 0, false},
		} {
			if v, ok := c.Version(tt.key); ok != tt.ok || ok && v != tt.want {
				t.Errorf("%v: version %d, %v; want %d, %v", tt.key, v, ok, tt.want, tt.ok)
			}
		}
		v := c.Versions()
		if v.Assumed != "" || v.FinalizedEpoch != 7 || v.FinalizedFeatures["group.version"] != (VersionRange{1, 1}) ||
			v.SupportedFeatures["group.version"] != (VersionRange{0, 1}) {
			t.Errorf("%+v", v)
		}
		if r, ok := v.Range(999); !ok || r != (VersionRange{0, 1}) {
			t.Errorf("range of an API unknown to the client: %v, %v", r, ok)
		}
		for _, tt := range []struct {
			req  protocol.Request
			want string
		}{
			{&protocol.ProduceRequest{}, "broker broker:9092: Produce is not supported: the client can use versions 0 to 13 for the request, the broker has 50 to 60; the client is too old for it"},
			{heartbeat(1), "broker broker:9092: Heartbeat is not supported: the broker does not have this API; it needs a newer release, or another listener or process role"},
			// by topic name, which versions above 12 do not carry
			{&protocol.FetchRequest{Topics: []protocol.FetchRequestTopic{{Topic: "t"}}}, "broker broker:9092: Fetch is not supported: the client can use versions 0 to 12 for the request, the broker has 13 to 99; the client is too old for it"},
		} {
			_, err := c.Do(t.Context(), tt.req)
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) || err.Error() != tt.want || unsupported.Retriable() {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			done := make(chan *Call, 1)
			c.Go(tt.req, 0, done)
			if call := <-done; call.Err == nil || call.Err.Error() != tt.want {
				t.Errorf("Go: %v", call.Err)
			}
		}
		if c.InFlight() != 0 {
			t.Errorf("%d in flight", c.InFlight())
		}
	})
}

func TestNextCorrelationID(t *testing.T) {
	if a, b, c := nextCorrelationID(0), nextCorrelationID(1), nextCorrelationID(math.MaxInt32); a != 1 || b != 2 || c != 0 {
		t.Errorf("after 0, 1 and the largest: %d, %d, %d; want 1, 2, 0", a, b, c)
	}
	if a := nextCorrelationID(math.MaxInt32 - 2); a != math.MaxInt32-1 || nextCorrelationID(a) != math.MaxInt32 {
		t.Errorf("the third last is followed by %d", a)
	}
}

// Responses that are decoded in the read buffer must not hold bytes of it.
func TestAliases(t *testing.T) {
	var holdsBytes func(reflect.Type) bool
	holdsBytes = func(rt reflect.Type) bool {
		switch rt.Kind() {
		case reflect.Slice:
			return rt.Elem().Kind() == reflect.Uint8 || holdsBytes(rt.Elem())
		case reflect.Pointer, reflect.Array:
			return holdsBytes(rt.Elem())
		case reflect.Struct:
			for f := range rt.NumField() {
				if holdsBytes(rt.Field(f).Type) {
					return true
				}
			}
		case reflect.Interface, reflect.Map, reflect.Func, reflect.Chan:
			return true
		}
		return false
	}
	inPlace := 0
	for _, api := range protocol.APIs() {
		if aliases(api.Key) {
			continue
		}
		inPlace++
		if rt := reflect.TypeOf(api.NewResponse()); holdsBytes(rt) {
			t.Errorf("%v holds bytes", rt)
		}
	}
	if inPlace == 0 {
		t.Error("none is decoded in place")
	}
	if rt := reflect.TypeFor[protocol.FetchResponse](); !holdsBytes(rt) {
		t.Errorf("this test does not see the bytes in %v", rt)
	}
}

// Bytes of a response are the caller's: what comes later must not change them,
// however it is cut.
func TestResponseBytesStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sizes := []int{0, 1, 100, readBuffer - 100, readBuffer, 3 * readBuffer, unproven + 1, 2*unproven + 7}
		record := func(i int) []byte { return bytes.Repeat([]byte{byte(i + 1)}, sizes[i]) }
		c := newFakeBroker(t, modern(func(p *peer) {
			for i := range sizes {
				req := p.next()
				p.reply(req, &protocol.FetchResponse{Responses: []protocol.FetchResponseTopic{{
					Partitions: []protocol.FetchResponsePartition{{Records: record(i)}},
				}}})
			}
			p.drain()
		})).dialDefault()
		var got [][]byte
		for range sizes {
			resp, err := c.Do(t.Context(), &protocol.FetchRequest{ReplicaID: -1})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, resp.(*protocol.FetchResponse).Responses[0].Partitions[0].Records)
		}
		for i := range sizes {
			if !bytes.Equal(got[i], record(i)) {
				t.Errorf("response %d of %d bytes was changed", i, sizes[i])
			}
		}
	})
}

// Whatever callers do at a time, each gets the response to its own request, or
// an error, and every call comes once.
func TestConcurrentUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern(func(p *peer) {
			for i := 0; ; i++ {
				req := p.next()
				if i%7 == 0 {
					pass(time.Millisecond)
				}
				p.reply(req, &protocol.HeartbeatResponse{ErrorCode: protocol.ErrorCode(req.Request.(*protocol.HeartbeatRequest).GenerationID)})
			}
		}))
		c := b.dialDefault()
		var answered, cancelled, refused atomic.Int32
		var wg sync.WaitGroup
		for g := range 20 {
			wg.Go(func() {
				done := make(chan *Call, 1)
				for i := range 100 {
					want := int32(g*100 + i)
					var err error
					var resp protocol.Response
					if g%2 == 0 {
						ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%4+1)*time.Millisecond)
						resp, err = c.Do(ctx, heartbeat(want))
						cancel()
					} else {
						c.Go(heartbeat(want), 0, done)
						call := <-done
						resp, err = call.Response, call.Err
					}
					switch {
					case err == nil && int32(resp.(*protocol.HeartbeatResponse).ErrorCode) != want:
						t.Errorf("response %v to request %d", resp, want)
					case err == nil:
						answered.Add(1)
					case errors.Is(err, context.DeadlineExceeded):
						cancelled.Add(1)
					case errors.Is(err, ErrTooManyInFlight):
						refused.Add(1)
						pass(time.Millisecond)
					default:
						t.Errorf("request %d: %v", want, err)
					}
				}
			})
		}
		wg.Wait()
		t.Logf("%d answered, %d cancelled, %d refused", answered.Load(), cancelled.Load(), refused.Load())
		if answered.Load() == 0 || cancelled.Load() == 0 || refused.Load() == 0 {
			t.Error("not all cases occurred")
		}
		synctest.Wait()
		pass(time.Second)
		if c.InFlight() != 0 || c.Err() != nil {
			t.Errorf("%d in flight at the end, err %v", c.InFlight(), c.Err())
		}
	})
}
