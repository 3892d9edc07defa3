package conn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// What a peer sends that is no proper response ends the connection with an
// error that names broker, API and what is wrong, and fails all in flight.
func TestBadResponses(t *testing.T) {
	size := func(n int32, rest ...byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(n)), rest...)
	}
	tests := []struct {
		name  string
		bytes []byte
		is    error
		want  string // after "broker broker:9092: request: Metadata v13: "
	}{
		{"wrong correlation id", size(4, 0, 0, 0, 9), ErrProtocol, "protocol error: response with correlation id 9, expected 2 for Metadata v13"},
		{"next correlation id", size(4, 0, 0, 0, 3), ErrProtocol, "protocol error: response with correlation id 3, expected 2 for Metadata v13: it answers the request after that"},
		{"negative size", size(-5), ErrProtocol, "protocol error: response of size -5, which must be 4 at least"},
		{"no room for the id", size(3, 0, 0, 0), ErrProtocol, "protocol error: response of size 3, which must be 4 at least"},
		{"too large", size(1<<20+1, 0, 0, 0, 2), ErrProtocol, "protocol error: response of 1048577 bytes to Metadata v13, Config.MaxResponseBytes is 1048576 (if that is no mistake of the broker: ask for less at a time, or raise MaxResponseBytes)"},
		{"absurd count", size(4+1+4+5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 7), wire.ErrMalformed, "protocol error: decode Metadata response v13: malformed message: array of length 2147483646, 0 bytes left at offset 10"},
		{"varint overflow", size(4+1+4+6, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 1), wire.ErrMalformed, "protocol error: decode Metadata response v13: malformed message: array is a varint of more than 32 bits at offset 5"},
		{"malformed", size(9, 0, 0, 0, 2, 0, 0, 0, 0, 0), wire.ErrMalformed, "protocol error: decode Metadata response v13: malformed message: array needs 1 bytes, 0 left at offset 5"},
		{"too long", size(25, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), wire.ErrMalformed, "protocol error: decode Metadata response v13: malformed message: 6 bytes left over at offset 15"},
		{"closed", nil, ErrDisconnected, "connection closed by the broker (" + hintSASL + ")"},
		{"closed within the size", []byte{0, 0}, io.ErrUnexpectedEOF, "connection closed by the broker: unexpected EOF after 2 of 4 bytes (" + hintSASL + ")"},
		{"closed within the id", size(100, 0), io.ErrUnexpectedEOF, "connection closed by the broker: unexpected EOF after 1 of 100 bytes (" + hintSASL + ")"},
		{"closed within the body", size(100, 0, 0, 0, 2, 0), io.ErrUnexpectedEOF, "connection closed by the broker: within the response to Metadata v13: unexpected EOF after 1 of 96 bytes (" + hintSASL + ")"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFakeBroker(t, modern(func(p *peer) {
					p.nextN(2)
					p.write(tt.bytes)
				}))
				cfg := b.config()
				cfg.MaxResponseBytes = 1 << 20
				c := b.dial(cfg)
				done := make(chan *Call, 2)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				c.Go(&protocol.MetadataRequest{}, 0, done)
				c.Go(heartbeat(1), 0, done)
				call := <-done
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
					t.Errorf("%d bytes allocated for %d that came", n, len(tt.bytes))
				}
				want := "broker broker:9092: request: Metadata v13: " + tt.want
				if call.Err == nil || call.Err.Error() != want || !errors.Is(call.Err, tt.is) || call.Response != nil {
					t.Errorf("got  %v\nwant %s", call.Err, want)
				}
				if call = <-done; !errors.Is(call.Err, tt.is) || !strings.Contains(call.Err.Error(), "Heartbeat v4: ") {
					t.Errorf("the other call: %v", call.Err)
				}
				<-c.Done()
				if !errors.Is(c.Err(), tt.is) {
					t.Errorf("Err: %v", c.Err())
				}
			})
		})
	}
}

// Kafka 0.8.2 fails FindCoordinator with a correlation id of 0; no other answer
// may have that.
func TestForgottenCorrelationID(t *testing.T) {
	for _, version := range []int16{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			apis := allAPIs()
			for i := range apis.APIKeys {
				if apis.APIKeys[i].APIKey == protocol.FindCoordinator {
					apis.APIKeys[i].MaxVersion = version
				}
			}
			c := newFakeBroker(t, func(p *peer) {
				p.hello(apis)
				req := p.next()
				req.CorrelationID = 0
				p.reply(req, empty(protocol.FindCoordinator))
				p.drain()
			}).dialDefault()
			_, err := c.Do(t.Context(), &protocol.FindCoordinatorRequest{CoordinatorKeys: []string{"g"}})
			if (err == nil) != (version == 0) || err != nil && !errors.Is(err, ErrProtocol) {
				t.Errorf("v%d: %v", version, err)
			}
		})
	}
}

func TestUnaskedResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFakeBroker(t, modern(func(p *peer) {
			p.write([]byte{0, 0, 0, 4, 0, 0, 0, 2})
			p.drain()
		})).dialDefault()
		<-c.Done()
		want := "broker broker:9092: request: protocol error: response of 4 bytes with correlation id 2, but no request is in flight"
		if err := c.Err(); !errors.Is(err, ErrProtocol) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// A response may come in any pieces.
func TestFragments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 4
		c := newFakeBroker(t, modern(func(p *peer) {
			var stream []byte
			for i, req := range p.nextN(n) {
				stream = append(stream, p.frame(req, &protocol.HeartbeatResponse{ErrorCode: protocol.ErrorCode(i)})...)
			}
			for i := range stream {
				p.write(stream[i : i+1])
			}
			for _, req := range p.nextN(n) {
				stream = append(stream, p.frame(req, &protocol.HeartbeatResponse{ErrorCode: -1})...)
			}
			p.write(stream[len(stream)/2:])
			p.drain()
		})).dialDefault()
		for _, whole := range []bool{false, true} {
			done := make(chan *Call, n)
			for i := range n {
				c.Go(heartbeat(int32(i)), 0, done)
			}
			for i := range n {
				want := protocol.ErrorCode(i)
				if whole {
					want = -1
				}
				if call := <-done; call.Err != nil || call.Response.(*protocol.HeartbeatResponse).ErrorCode != want {
					t.Errorf("call %d: %+v, %v", i, call.Response, call.Err)
				}
			}
		}
	})
}

// A size with few bytes behind it must not cost its memory.
func TestReadFrameBounded(t *testing.T) {
	const claimed, sent = 1 << 30, unproven + 1
	frame, err := readFrame(bytes.NewReader(make([]byte, sent)), claimed)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(frame) != sent {
		t.Fatalf("%d bytes, %v", len(frame), err)
	}
	if cap(frame) > 8*unproven {
		t.Errorf("%d bytes allocated for %d that came", cap(frame), sent)
	}
}

func TestReadFrame(t *testing.T) {
	for _, n := range []int{0, 1, unproven - 1, unproven, unproven + 1, 8 * unproven, 8*unproven + 1} {
		data := make([]byte, n)
		for i := 0; i < n; i += 1000 {
			data[i] = byte(i / 1000)
		}
		frame, err := readFrame(iotest.HalfReader(bytes.NewReader(data)), n)
		if err != nil || !bytes.Equal(frame, data) {
			t.Errorf("%d bytes: got %d that are equal: %v; %v", n, len(frame), bytes.Equal(frame, data), err)
		}
	}
}
