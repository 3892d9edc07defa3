package protocol_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// FuzzFrame decodes any bytes as the frame of a request and of a response, with
// their headers: API and version are the first four bytes, as in a request.
func FuzzFrame(f *testing.F) {
	for i, tt := range targets() {
		if tt.version != tt.api.Min && tt.version != tt.api.Max {
			continue
		}
		s := seedSchema(f, tt)
		g := &generator{Rand: rand.New(rand.NewPCG(2, uint64(i))), version: tt.version, full: true, strangeTags: true}
		b := binary.BigEndian.AppendUint16(nil, uint16(tt.api.Key))
		b = binary.BigEndian.AppendUint16(b, uint16(tt.version))
		b = append(b, 0, 0, 0, 7, 0, 2, 'm', 'e')
		if s.flexible(tt.version) {
			b = append(b, 1, 9, 1, 0xff) // an unknown tag
		}
		f.Add(g.encode(b, s.Fields, g.record(s.Fields), s.flexible(tt.version)))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		h, req, err := protocol.DecodeRequest(frame)
		runtime.ReadMemStats(&after)
		if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(16<<10+256*len(frame)); got > limit {
			t.Fatalf("%d bytes allocated for a request of %d", got, len(frame))
		}
		if err == nil {
			checkRequestFrame(t, h, req)
		}
		if len(frame) < 4 {
			return
		}
		api := protocol.Lookup(protocol.APIKey(binary.BigEndian.Uint16(frame)))
		if version := int16(binary.BigEndian.Uint16(frame[2:])); api != nil && version >= api.Min && version <= api.Max {
			checkResponseFrame(t, api, version, frame[4:])
		}
	})
}

// checkRequestFrame demands that a request is the same frame from its first
// encoding on.
func checkRequestFrame(t *testing.T, h protocol.RequestHeader, req protocol.Request) {
	c := wire.NewEncoder(nil)
	err := protocol.EncodeRequest(c, h, req)
	if errors.Is(err, wire.ErrUnsupported) && req.APIKey() == protocol.ListOffsets {
		return // the timestamp is a constant that the version does not know
	}
	if err != nil {
		t.Fatalf("encode what was decoded: %v", err)
	}
	once := c.Flat()
	h2, req2, err := protocol.DecodeRequest(once[4:])
	if err != nil || h2 != h || int(binary.BigEndian.Uint32(once)) != len(once)-4 {
		t.Fatalf("header %+v, then %+v (%v) in %d bytes", h, h2, err, len(once))
	}
	c = wire.NewEncoder(nil)
	if err := protocol.EncodeRequest(c, h2, req2); err != nil || !bytes.Equal(c.Flat(), once) {
		t.Fatalf("%s v%d: encoded\n%x, then\n%x (%v)", h.Key, h.Version, once, c.Flat(), err)
	}
}

// checkResponseFrame does the same for what follows a correlation id.
func checkResponseFrame(t *testing.T, api *protocol.API, version int16, body []byte) {
	resp := api.NewResponse()
	if err := protocol.DecodeResponse(body, version, resp); err != nil {
		if !errors.Is(err, wire.ErrMalformed) {
			t.Fatalf("%s v%d: %v", api.Name, version, err)
		}
		return
	}
	c := wire.NewEncoder(nil)
	if err := protocol.EncodeResponse(c, 7, version, resp); err != nil {
		t.Fatalf("%s v%d: encode what was decoded: %v", api.Name, version, err)
	}
	once := c.Flat()
	resp = api.NewResponse()
	if err := protocol.DecodeResponse(once[8:], version, resp); err != nil {
		t.Fatalf("%s v%d: decode what was encoded: %v", api.Name, version, err)
	}
	c = wire.NewEncoder(nil)
	if err := protocol.EncodeResponse(c, 7, version, resp); err != nil || !bytes.Equal(c.Flat(), once) {
		t.Fatalf("%s v%d: encoded\n%x, then\n%x (%v)", api.Name, version, once, c.Flat(), err)
	}
}

// FuzzConsumerProtocol decodes any bytes as a subscription and an assignment,
// which other members of a group wrote.
func FuzzConsumerProtocol(f *testing.F) {
	for _, msg := range consumerMessages {
		s := loadSchema(f, releases[0], msg.schema)
		for _, version := range s.versions() {
			g := &generator{Rand: rand.New(rand.NewPCG(3, uint64(version))), version: version, full: true}
			f.Add(g.encode([]byte{0, byte(version)}, s.Fields, g.record(s.Fields), false))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, msg := range consumerMessages {
			checkConsumerMessage(t, msg, b)
		}
	})
}

func checkConsumerMessage(t *testing.T, msg consumerMessage, b []byte) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v, err := msg.decode(b)
	runtime.ReadMemStats(&after)
	if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(8<<10+64*len(b)); got > limit {
		t.Fatalf("%s: %d bytes allocated for %d", msg.schema, got, len(b))
	}
	if err != nil {
		if !errors.Is(err, wire.ErrMalformed) {
			t.Fatalf("%s: %v", msg.schema, err)
		}
		return
	}
	version := min(int16(binary.BigEndian.Uint16(b)), protocol.ConsumerProtocolVersion)
	once, err := msg.encode(v, version)
	if err != nil {
		t.Fatalf("%s: encode what was decoded: %v", msg.schema, err)
	}
	if len(once) > len(b) || !bytes.Equal(once[2:], b[2:len(once)]) {
		t.Fatalf("%s: encoded\n%x, of\n%x", msg.schema, once, b)
	}
}
