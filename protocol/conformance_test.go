package protocol_test

import (
	"bytes"
	"errors"
	"hash/fnv"
	"iter"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// rounds is how many random messages are tried per version and direction.
const rounds = 60

// TestSchemas holds all messages of all APIs that a broker offers, in all
// versions, against Kafka's own schemas.
func TestSchemas(t *testing.T) {
	offered := brokerAPIs(t)
	versions, fields := 0, 0
	for _, key := range slices.Sorted(maps.Keys(offered)) {
		api := protocol.Lookup(key)
		if api == nil {
			t.Errorf("%v is missing", offered[key])
			continue
		}
		for _, direction := range []string{"Request", "Response"} {
			t.Run(api.Name+direction, func(t *testing.T) {
				checked, covered := testMessage(t, api, direction, offered[key])
				if want := int(api.Max-api.Min) + 1; len(checked) != want || !checked[api.Min] || !checked[api.Max] {
					t.Errorf("%d versions have a schema, the table of APIs has %d to %d", len(checked), api.Min, api.Max)
				}
				versions += len(checked)
				fields += covered
			})
		}
	}
	for _, api := range protocol.APIs() {
		if offered[api.Key] == nil {
			t.Errorf("no broker offers %s", api.Name)
		}
	}
	t.Logf("%d APIs, %d versions of requests and responses, %d fields checked", len(offered), versions, fields)
}

// source is where an API's schemas are.
type source struct {
	release, name string
	// unstable tells that the last version is still to change.
	unstable bool
}

// brokerAPIs returns the APIs that brokers offer to clients in any release.
func brokerAPIs(t *testing.T) map[protocol.APIKey][]source {
	apis := map[protocol.APIKey][]source{}
	for head, src := range requestSchemas(t) {
		if slices.Contains(head.Listeners, "broker") {
			key := protocol.APIKey(head.APIKey)
			apis[key] = append(apis[key], src)
		}
	}
	return apis
}

// requestSchemas yields the heads of the schemas of all requests in all releases.
func requestSchemas(t *testing.T) iter.Seq2[schemaHead, source] {
	return func(yield func(schemaHead, source) bool) {
		for _, release := range releases {
			files, err := filepath.Glob(filepath.Join("testdata", "schemas", release, "*Request.json"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no schemas of %s: %v", release, err)
			}
			for _, file := range files {
				name := strings.TrimSuffix(filepath.Base(file), "Request.json")
				var head schemaHead
				readSchema(t, release, name+"Request", &head)
				if !yield(head, source{release, name, head.LatestVersionUnstable}) {
					return
				}
			}
		}
	}
}

// TestSchemasAreComplete makes sure that TestSchemas misses no API for want of
// its schema.
func TestSchemasAreComplete(t *testing.T) {
	have := map[string]bool{}
	for head := range requestSchemas(t) {
		have[strconv.Itoa(int(head.APIKey))] = true
	}
	readTSV(t, "apikeys-4.3.1.tsv", func(row []string) {
		if !have[row[0]] {
			t.Errorf("%s has no schema", row[1])
		}
	})
}

// TestUnstableVersions demands that a request takes a version which Kafka calls
// unstable only where it must.
func TestUnstableVersions(t *testing.T) {
	unstable := 0
	for head, src := range requestSchemas(t) {
		api := protocol.Lookup(protocol.APIKey(head.APIKey))
		if !src.unstable || src.release != releases[len(releases)-1] || api == nil {
			continue
		}
		unstable++
		if limit, ok := api.NewRequest().(protocol.VersionLimiter); !ok || limit.MaxVersion() >= api.Max {
			t.Errorf("%s v%d is unstable, an empty request allows it", api.Name, api.Max)
		}
	}
	if unstable == 0 {
		t.Error("no schema has an unstable version")
	}
}

// testMessage checks a message in all versions of all releases that have it, and
// returns those and how many fields they have.
func testMessage(t *testing.T, api *protocol.API, direction string, sources []source) (map[int16]bool, int) {
	versions := map[int16]bool{}
	covered := map[string]bool{}
	for i, src := range sources {
		s := loadSchema(t, src.release, src.name+direction)
		if s.APIKey != int16(api.Key) {
			t.Errorf("%v: key %d, the schema has %d", src, api.Key, s.APIKey)
		}
		for _, v := range s.versions() {
			if src.unstable && known(t, sources[i+1:], direction, v) {
				continue // a later release tells what the version has become
			}
			versions[v] = true
			if s.flexible(v) != api.IsFlexible(v) {
				t.Errorf("%s v%d: flexible %t", src.release, v, s.flexible(v))
			}
			m := messageTest{T: t, target: target{api, api.Name + direction, v}, checker: checker{s, v, covered}}
			m.rng = rand.New(rand.NewPCG(uint64(v), seed(m.target.name)))
			m.roundTrips()
			m.refusals()
		}
	}
	msg := empty(api, api.Name+direction)
	k := checker{covered: covered}
	if list := k.uncovered(reflect.TypeOf(msg)); len(list) > 0 {
		t.Errorf("no schema has %v", list)
	}
	return versions, len(covered)
}

// known tells whether any of the schemas has the version.
func known(t *testing.T, sources []source, direction string, version int16) bool {
	return slices.ContainsFunc(sources, func(src source) bool {
		return within(loadSchema(t, src.release, src.name+direction).ValidVersions, version)
	})
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
	case v.CanUint():
		v.SetUint(77)
	case v.CanFloat():
		v.SetFloat(77)
	case v.Kind() == reflect.String:
		v.SetString("set")
	case v.Kind() == reflect.Array:
		v.Index(0).SetUint(1)
	}
}
