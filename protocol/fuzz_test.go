package protocol_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// target is one message in one version.
type target struct {
	api     *protocol.API
	name    string // such as "FetchRequest"
	version int16
}

// targets returns all messages in all versions.
func targets() []target {
	var list []target
	for _, api := range protocol.APIs() {
		for v := api.Min; v <= api.Max; v++ {
			list = append(list, target{api, api.Name + "Request", v}, target{api, api.Name + "Response", v})
		}
	}
	return list
}

func (tt target) decode(b []byte) (protocol.Message, error) {
	msg := empty(tt.api, tt.name)
	c := wire.NewDecoder(b, tt.version, tt.api.IsFlexible(tt.version))
	msg.Code(c)
	c.End()
	return msg, c.Err()
}

func (tt target) encode(msg protocol.Message) ([]byte, error) {
	c := wire.NewEncoder(nil)
	c.Version, c.Flexible = tt.version, tt.api.IsFlexible(tt.version)
	msg.Code(c)
	return c.Flat(), c.Err()
}

// FuzzDecode decodes any bytes as any message in any version: the first two bytes
// say which. With -fuzzminimizetime=10x it does not stall on shrinking inputs.
func FuzzDecode(f *testing.F) {
	all := targets()
	for i, tt := range all {
		s := seedSchema(f, tt)
		g := &generator{Rand: rand.New(rand.NewPCG(1, uint64(i))), version: tt.version, full: true, strangeTags: true}
		b := binary.BigEndian.AppendUint16(nil, uint16(i))
		f.Add(g.encode(b, s.Fields, g.record(s.Fields), s.flexible(tt.version)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 {
			return
		}
		tt := all[int(binary.BigEndian.Uint16(b))%len(all)]
		checkDecode(t, tt, b[2:])
	})
}

// seedSchema returns the schema of the latest release that has the version: an
// earlier one may still have had it unstable.
func seedSchema(tb testing.TB, tt target) *schema {
	for _, release := range slices.Backward(releases) {
		if _, err := os.Stat(schemaFile(release, tt.name)); errors.Is(err, fs.ErrNotExist) {
			continue // a release from before the API, or with another name for it
		}
		if s := loadSchema(tb, release, tt.name); within(s.ValidVersions, tt.version) {
			return s
		}
	}
	tb.Fatalf("no schema of %v", tt)
	return nil
}

// checkDecode demands that decoding allocates no more than some times the input,
// and that what it accepts can be encoded, and is the same again from then on.
func checkDecode(t *testing.T, tt target, b []byte) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	msg, err := tt.decode(b)
	runtime.ReadMemStats(&after)
	if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(16<<10+256*len(b)); got > limit {
		t.Fatalf("%s v%d: %d bytes allocated for a message of %d", tt.name, tt.version, got, len(b))
	}
	if err != nil {
		if !errors.Is(err, wire.ErrMalformed) {
			t.Fatalf("%s v%d: %v", tt.name, tt.version, err)
		}
		return
	}
	once, err := tt.encode(msg)
	if errors.Is(err, wire.ErrUnsupported) && tt.api.Key == protocol.ListOffsets {
		return // the timestamp is a constant that the version does not know
	}
	if err != nil {
		t.Fatalf("%s v%d: encode what was decoded: %v", tt.name, tt.version, err)
	}
	msg, err = tt.decode(once)
	if err != nil {
		t.Fatalf("%s v%d: decode what was encoded: %v", tt.name, tt.version, err)
	}
	twice, err := tt.encode(msg)
	if err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("%s v%d: encoded\n%x, then\n%x (%v)", tt.name, tt.version, once, twice, err)
	}
}

// TestDecodeGarbage is FuzzDecode on messages with a few bytes changed, and on
// lengths that claim what is not there.
func TestDecodeGarbage(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, tt := range targets() {
		s := seedSchema(t, tt)
		for range 20 {
			g := &generator{Rand: rng, version: tt.version, full: true}
			b := g.encode(nil, s.Fields, g.record(s.Fields), s.flexible(tt.version))
			for range min(len(b), 1+rng.IntN(4)) {
				b[rng.IntN(len(b))] = byte(rng.Uint32())
			}
			checkDecode(t, tt, b)
		}
		for _, claim := range []uint32{0x7fffffff, 0xffffffff, 0x80000000, 1 << 20} {
			checkDecode(t, tt, bytes.Repeat(binary.BigEndian.AppendUint32(nil, claim), 5))
			checkDecode(t, tt, bytes.Repeat(binary.AppendUvarint(nil, uint64(claim)), 4))
		}
	}
}
