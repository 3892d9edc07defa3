package protocol_test

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// TestHeaderSchemas holds the headers of requests and responses against Kafka's
// schemas. Their bodies are small: Heartbeat is flexible from v4 on.
func TestHeaderSchemas(t *testing.T) {
	for _, release := range releases {
		request, response := loadSchema(t, release, "RequestHeader"), loadSchema(t, release, "ResponseHeader")
		for _, tt := range []struct{ version, request, response int16 }{{3, 1, 0}, {4, 2, 1}} {
			g := &generator{Rand: rand.New(rand.NewPCG(3, 4)), version: tt.request, full: true}
			rec := record{"RequestApiKey": int64(12), "RequestApiVersion": int64(tt.version), "CorrelationId": int64(77), "ClientId": "me"}
			// The client id keeps its two-byte length, so only the tags are flexible.
			want := g.encode(nil, request.Fields, rec, false)
			if request.flexible(tt.request) {
				want = append(want, 0)
			}
			c := wire.NewEncoder(nil)
			h := protocol.RequestHeader{Version: tt.version, CorrelationID: 77, ClientID: "me"}
			if err := protocol.EncodeRequest(c, h, &protocol.HeartbeatRequest{}); err != nil {
				t.Fatal(err)
			}
			if got := c.Flat()[4:]; !strings.HasPrefix(string(got), string(want)) {
				t.Errorf("request header of v%d is %x, want %x", tt.version, got, want)
			}

			g.version = tt.response
			want = g.encode(nil, response.Fields, rec, response.flexible(tt.response))
			c = wire.NewEncoder(nil)
			if err := protocol.EncodeResponse(c, 77, tt.version, &protocol.HeartbeatResponse{}); err != nil {
				t.Fatal(err)
			}
			if got := c.Flat()[4:]; !strings.HasPrefix(string(got), string(want)) || len(got) < len(want)+6 {
				t.Errorf("response header of v%d is %x, want %x", tt.version, got, want)
			}
		}
	}
}

// A broker's answer to ApiVersions never has tags in its header (KIP-511).
func TestApiVersionsResponseHeader(t *testing.T) {
	want := &protocol.ApiVersionsResponse{
		APIKeys:                []protocol.ApiVersionsResponseAPI{{APIKey: protocol.Fetch, MinVersion: 4, MaxVersion: 18}},
		FinalizedFeaturesEpoch: -1,
	}
	c := wire.NewEncoder(nil)
	if err := protocol.EncodeResponse(c, 5, 3, want); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(c.Flat()); got != "00000013"+"00000005"+"0000"+"02"+"00010004001200"+"00000000"+"00" {
		t.Errorf("encoded %s", got)
	}
	var got protocol.ApiVersionsResponse
	if err := protocol.DecodeResponse(c.Flat()[8:], 3, &got); err != nil || !reflect.DeepEqual(&got, want) {
		t.Errorf("decoded %+v (%v), want %+v", got, err, want)
	}
}

// notOurs is a message of an API that the package does not know.
type notOurs struct{}

func (notOurs) APIKey() protocol.APIKey { return 999 }
func (notOurs) Code(*wire.Coder)        {}

func TestUnknownVersions(t *testing.T) {
	encode := func(req protocol.Request, version int16) error {
		return protocol.EncodeRequest(wire.NewEncoder(nil), protocol.RequestHeader{Version: version}, req)
	}
	for name, err := range map[string]error{
		"Fetch v19 is unknown: it has versions 0 to 18": encode(protocol.NewFetchRequest(), 19),
		"Fetch v-1 is unknown":                          encode(protocol.NewFetchRequest(), -1),
		"API 999 is unknown":                            encode(notOurs{}, 0),
		"decode response: API 999 is unknown":           protocol.DecodeResponse(nil, 0, notOurs{}),
		"decode response: Fetch v19 is unknown":         protocol.DecodeResponse(nil, 19, &protocol.FetchResponse{}),
		"encode response: Fetch v19 is unknown":         protocol.EncodeResponse(wire.NewEncoder(nil), 1, 19, &protocol.FetchResponse{}),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	for _, frame := range []string{"", "0001", "00010013", "03e70000", "0001000400000001ffff"} {
		b, err := hex.DecodeString(frame)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := protocol.DecodeRequest(b); err == nil {
			t.Errorf("frame %q was decoded", frame)
		}
	}
}

// Errors of decoding name the API, the version and the place.
func TestDecodeErrors(t *testing.T) {
	body := []byte{0, 0, 0, 0, 0} // Heartbeat v4 has the header's tags, then 7 bytes
	err := protocol.DecodeResponse(body, 4, &protocol.HeartbeatResponse{})
	want := "decode Heartbeat response v4: malformed message: field needs 2 bytes, 0 left at offset 5"
	if !errors.Is(err, wire.ErrMalformed) || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	err = protocol.DecodeResponse(make([]byte, 9), 4, &protocol.HeartbeatResponse{})
	if want = "decode Heartbeat response v4: malformed message: 1 bytes left over at offset 8"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}
