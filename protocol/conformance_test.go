package protocol_test

import (
	"bytes"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// rounds is how many random messages are tried per version and direction.
const rounds = 60

// TestSchemas holds all messages in all versions against Kafka's own schemas.
func TestSchemas(t *testing.T) {
	versions := map[string]bool{}
	for _, api := range protocol.APIs() {
		for _, direction := range []string{"Request", "Response"} {
			name := api.Name + direction
			t.Run(name, func(t *testing.T) {
				for v := range testMessage(t, api, name) {
					if v < api.Min || v > api.Max {
						t.Errorf("v%d is not in the table of APIs", v)
					}
					versions[name+string(rune(v))] = true
				}
			})
		}
	}
	want := 0
	for _, api := range protocol.APIs() {
		want += 2 * int(api.Max-api.Min+1)
	}
	if len(versions) != want {
		t.Errorf("%d versions have a schema, the table of APIs has %d", len(versions), want)
	}
	t.Logf("%d APIs, %d versions of requests and responses checked", len(protocol.APIs()), len(versions))
}

// testMessage checks one message in all versions of all releases, and returns
// those.
func testMessage(t *testing.T, api *protocol.API, name string) map[int16]bool {
	versions := map[int16]bool{}
	covered := map[string]bool{}
	for _, release := range releases {
		s := loadSchema(t, release, name)
		if s.APIKey != int16(api.Key) {
			t.Errorf("%s: key %d, the schema has %d", release, api.Key, s.APIKey)
		}
		for _, v := range s.versions() {
			versions[v] = true
			if s.flexible(v) != api.IsFlexible(v) {
				t.Errorf("%s v%d: flexible %t", release, v, s.flexible(v))
			}
			m := messageTest{T: t, target: target{api, name, v}, checker: checker{s, v, covered}}
			m.rng = rand.New(rand.NewPCG(uint64(v), seed(name)))
			m.roundTrips()
			m.refusals()
		}
	}
	msg := empty(api, name)
	k := checker{covered: covered}
	if list := k.uncovered(reflect.TypeOf(msg)); len(list) > 0 {
		t.Errorf("no schema has %v", list)
	}
	return versions
}

func seed(name string) uint64 {
	h := fnv.New64()
	h.Write([]byte(name))
	return h.Sum64()
}

// empty returns an empty request or response of the name.
func empty(api *protocol.API, name string) protocol.Message {
	if name == api.Name+"Request" {
		return api.NewRequest()
	}
	return api.NewResponse()
}

type messageTest struct {
	*testing.T
	target target
	checker
	rng *rand.Rand
}

// roundTrips decodes bytes that were made from the schema, compares each field
// and encodes again.
func (m *messageTest) roundTrips() {
	for i := range rounds {
		g := &generator{Rand: m.rng, version: m.version, full: i%10 == 0}
		rec := g.record(m.schema.Fields)
		canonical := g.encode(nil, m.schema.Fields, rec, m.schema.flexible(m.version))
		g.strangeTags = i%3 == 0
		in := g.encode(nil, m.schema.Fields, rec, m.schema.flexible(m.version))
		msg, err := m.target.decode(in)
		if err != nil {
			m.Fatalf("v%d: decode %x: %v", m.version, in, err)
		}
		if err := m.message(msg, rec); err != nil {
			m.Fatalf("v%d: %v", m.version, err)
		}
		out, err := m.target.encode(msg)
		if err != nil {
			m.Fatalf("v%d: encode %+v: %v", m.version, msg, err)
		}
		if !bytes.Equal(out, canonical) {
			m.Fatalf("v%d: encoded\n%x, want\n%x", m.version, out, canonical)
		}
		if n := len(in); n > 0 {
			if _, err := m.target.decode(in[:m.rng.IntN(n)]); !errors.Is(err, wire.ErrMalformed) {
				m.Fatalf("v%d: a message cut short gives %v", m.version, err)
			}
		}
	}
}

// refusals sets each field that the version lacks: one that matters must be
// refused, any other must leave no trace.
func (m *messageTest) refusals() {
	g := &generator{Rand: m.rng, version: m.version, full: true}
	in := g.encode(nil, m.schema.Fields, g.record(m.schema.Fields), m.schema.flexible(m.version))
	msg, err := m.target.decode(in)
	if err != nil {
		m.Fatal(err)
	}
	m.refuse(msg, in, reflect.ValueOf(msg).Elem(), m.schema.Fields)
}

func (m *messageTest) refuse(msg protocol.Message, canonical []byte, v reflect.Value, fields []*field) {
	for _, f := range fields {
		target := v.FieldByName(goName(f.Name))
		if !target.IsValid() || m.foldedAway(f, v) {
			continue
		}
		if f.in(m.version) {
			for target.Kind() == reflect.Pointer && !target.IsNil() {
				target = target.Elem()
			}
			if f.isArray() && len(f.Fields) > 0 {
				target = target.Index(0)
			}
			if target.Kind() == reflect.Struct {
				m.refuse(msg, canonical, target, f.Fields)
			}
			continue
		}
		old := reflect.ValueOf(target.Interface())
		setNotDefault(target)
		out, err := m.target.encode(msg)
		switch {
		case f.Ignorable || slices.Contains(never, m.schema.Name+"."+f.Name):
			if err != nil || !bytes.Equal(out, canonical) {
				m.Errorf("v%d: ignorable %s was not left out: %v", m.version, f.Name, err)
			}
		case !errors.Is(err, wire.ErrUnsupported):
			m.Errorf("v%d: %s was not refused: %v", m.version, f.Name, err)
		}
		target.Set(old)
	}
}

// foldedAway tells that the version has the field's content elsewhere.
func (m *messageTest) foldedAway(f *field, v reflect.Value) bool {
	fold, ok := folds[m.schema.Name]
	return ok && m.version < fold.before && v.FieldByName(fold.array).IsValid() &&
		(goName(f.Name) == fold.array || slices.Contains(fold.fields, f.Name))
}

// setNotDefault gives v a value that is no field's default.
func setNotDefault(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case v.Kind() == reflect.Bool: // true is the default of one
		v.SetBool(v.IsZero())
	case v.CanInt():
		v.SetInt(77)
	case v.Kind() == reflect.String:
		v.SetString("set")
	case v.Kind() == reflect.Array:
		v.Index(0).SetUint(1)
	}
}
