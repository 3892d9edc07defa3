package protocol_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// TestCutAndLengthened checks that each message in each version, cut anywhere or
// with a byte too much, gives an error that names API, version and offset.
func TestCutAndLengthened(t *testing.T) {
	for i, tt := range targets() {
		s := seedSchema(t, tt)
		g := &generator{Rand: rand.New(rand.NewPCG(4, uint64(i))), version: tt.version, full: true}
		body := g.encode(nil, s.Fields, g.record(s.Fields), s.flexible(tt.version))
		decode := frameDecoder(tt, s.flexible(tt.version))
		if err := decode(body); err != nil {
			t.Fatalf("%s v%d: %v", tt.name, tt.version, err)
		}
		kind := strings.ToLower(strings.TrimPrefix(tt.name, tt.api.Name))
		want := regexp.MustCompile(fmt.Sprintf(`^decode %s %s v%d: malformed message: .* at offset \d+$`, tt.api.Name, kind, tt.version))
		check := func(b []byte) {
			t.Helper()
			if err := decode(b); !errors.Is(err, wire.ErrMalformed) || !want.MatchString(err.Error()) {
				t.Fatalf("%s v%d: %d of %d bytes: error is %v", tt.name, tt.version, len(b), len(body), err)
			}
		}
		for n := 0; n < len(body); n += 1 + n/50 {
			check(body[:n])
		}
		check(append(body, 0))
	}
}

// frameDecoder returns what decodes a message that follows its header, which has
// tags if flexible is set.
func frameDecoder(tt target, flexible bool) func([]byte) error {
	if tt.name == tt.api.Name+"Request" {
		header := binary.BigEndian.AppendUint16(nil, uint16(tt.api.Key))
		header = binary.BigEndian.AppendUint16(header, uint16(tt.version))
		header = append(header, 0, 0, 0, 7, 0, 2, 'm', 'e')
		if flexible {
			header = append(header, 0)
		}
		return func(b []byte) error {
			_, _, err := protocol.DecodeRequest(append(header[:len(header):len(header)], b...))
			return err
		}
	}
	var header []byte
	if flexible && tt.api.Key != protocol.ApiVersions {
		header = []byte{0}
	}
	return func(b []byte) error {
		return protocol.DecodeResponse(append(header[:len(header):len(header)], b...), tt.version, tt.api.NewResponse())
	}
}
