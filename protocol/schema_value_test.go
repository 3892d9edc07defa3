package protocol_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
)

// record is a value of a struct of a schema: per field, by the schema's name, an
// int64, float64, bool, string, []byte, [16]byte, []any, record or nil.
type record map[string]any

// generator makes values of schemas.
type generator struct {
	*rand.Rand
	version int16
	// full demands that no array is empty and nothing is null or default.
	full bool
	// strangeTags adds tagged fields that no schema has.
	strangeTags bool
}

// record returns a value of a struct, with those fields that the version has.
func (g *generator) record(fields []*field) record {
	r := record{}
	for _, f := range fields {
		if f.in(g.version) {
			r[f.Name] = g.value(f)
		}
	}
	return r
}

func (g *generator) value(f *field) any {
	if !g.full {
		switch {
		case f.nullableIn(g.version) && g.IntN(4) == 0:
			return nil
		case f.taggedIn(g.version) && g.IntN(2) == 0:
			return f.defaultValue()
		}
	}
	if f.isArray() {
		list := make([]any, g.IntN(4))
		if g.full {
			list = make([]any, 1+g.IntN(2))
		}
		elem := *f
		elem.Type, elem.NullableVersions, elem.TaggedVersions = f.elemType(), "", ""
		for i := range list {
			list[i] = g.value(&elem)
		}
		return list
	}
	if f.isStruct() {
		return g.record(f.Fields)
	}
	return g.scalar(f.Type)
}

func (g *generator) scalar(typ string) any {
	switch typ {
	case "int8":
		return g.integer(math.MinInt8, math.MaxInt8)
	case "int16":
		return g.integer(math.MinInt16, math.MaxInt16)
	case "uint16":
		return g.integer(0, math.MaxUint16)
	case "int32":
		return g.integer(math.MinInt32, math.MaxInt32)
	case "int64":
		return g.integer(math.MinInt64, math.MaxInt64)
	case "float64":
		return []float64{1, -0.5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), 0}[g.IntN(6)]
	case "bool":
		return g.full || g.IntN(2) == 0
	case "uuid":
		var id [16]byte
		if g.full || g.IntN(4) > 0 {
			binary.BigEndian.PutUint64(id[:], g.Uint64()|1)
			binary.BigEndian.PutUint64(id[8:], g.Uint64())
		}
		return id
	case "string":
		return g.string()
	case "bytes", "records":
		return []byte(g.string())
	}
	panic("type " + typ)
}

func (g *generator) integer(low, high int64) int64 {
	edges := []int64{low, high, 1, 127, 128, 0, -1}
	if g.full {
		edges = edges[:5]
	}
	for {
		n := int64(g.Uint64())
		if high < math.MaxInt64 {
			n = low + int64(g.Uint64N(uint64(high-low)+1))
		}
		if g.IntN(2) == 0 {
			n = edges[g.IntN(len(edges))]
		}
		if n >= low && n <= high {
			return n
		}
	}
}

func (g *generator) string() string {
	edges := []string{"a", "topic-0", "größe – 大きさ – 🦊", strings.Repeat("x", 126), strings.Repeat("y", 127), strings.Repeat("z", 128), "", ""}
	switch {
	case g.full:
		return edges[g.IntN(6)]
	case g.IntN(200) == 0:
		return strings.Repeat("m", math.MaxInt16)
	}
	return edges[g.IntN(len(edges))]
}

// encode appends a record as Kafka's own generated code writes it.
func (g *generator) encode(b []byte, fields []*field, r record, flexible bool) []byte {
	tagged := map[uint32][]byte{}
	for _, f := range fields {
		switch {
		case !f.in(g.version):
		case !f.taggedIn(g.version):
			b = g.encodeValue(b, f, r[f.Name], flexible)
		case !reflect.DeepEqual(r[f.Name], f.defaultValue()):
			tagged[f.Tag] = g.encodeValue(nil, f, r[f.Name], flexible)
		}
	}
	if !flexible {
		return b
	}
	if g.strangeTags {
		for range g.IntN(4) {
			// No schema has a tag of 5 or more.
			tagged[max(5, g.Uint32()>>g.IntN(33))] = []byte(g.string())
		}
	}
	b = binary.AppendUvarint(b, uint64(len(tagged)))
	numbers := make([]uint32, 0, len(tagged))
	for n := range tagged {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
		b = binary.AppendUvarint(b, uint64(len(tagged[n])))
		b = append(b, tagged[n]...)
	}
	return b
}

func (g *generator) encodeValue(b []byte, f *field, v any, flexible bool) []byte {
	if f.isArray() {
		if v == nil {
			return appendLen(b, -1, 4, flexible)
		}
		list := v.([]any)
		b = appendLen(b, len(list), 4, flexible)
		elem := *f
		elem.Type, elem.NullableVersions = f.elemType(), ""
		for _, e := range list {
			b = g.encodeValue(b, &elem, e, flexible)
		}
		return b
	}
	switch f.Type {
	case "int8":
		return append(b, byte(v.(int64)))
	case "int16", "uint16":
		return binary.BigEndian.AppendUint16(b, uint16(v.(int64)))
	case "int32":
		return binary.BigEndian.AppendUint32(b, uint32(v.(int64)))
	case "int64":
		return binary.BigEndian.AppendUint64(b, uint64(v.(int64)))
	case "float64":
		return binary.BigEndian.AppendUint64(b, math.Float64bits(v.(float64)))
	case "bool":
		if v.(bool) {
			return append(b, 1)
		}
		return append(b, 0)
	case "uuid":
		id := v.([16]byte)
		return append(b, id[:]...)
	case "string":
		if v == nil {
			return appendLen(b, -1, 2, flexible)
		}
		return append(appendLen(b, len(v.(string)), 2, flexible), v.(string)...)
	case "bytes", "records":
		if v == nil {
			return appendLen(b, -1, 4, flexible)
		}
		return append(appendLen(b, len(v.([]byte)), 4, flexible), v.([]byte)...)
	}
	if f.isStruct() {
		if v == nil {
			return append(b, 0xff)
		}
		if f.nullableIn(g.version) {
			b = append(b, 1)
		}
		return g.encode(b, f.Fields, v.(record), flexible)
	}
	panic(fmt.Sprintf("field %s of type %s", f.Name, f.Type))
}

// appendLen appends a length, -1 for null, in the compact form or in size bytes.
func appendLen(b []byte, n, size int, compact bool) []byte {
	switch {
	case compact:
		return binary.AppendUvarint(b, uint64(n+1))
	case size == 2:
		return binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return binary.BigEndian.AppendUint32(b, uint32(n))
}
