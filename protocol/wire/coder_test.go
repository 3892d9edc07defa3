package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"net"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// all has a field of every type that a Coder codes.
type all struct {
	Bool           bool
	Int8           int8
	Int16          int16
	Uint16         uint16
	Int32          int32
	Uint32         uint32
	Int64          int64
	Float64        float64
	UUID           wire.UUID
	Varint         int64
	String         string
	Null, NotNull  *string
	NonNull        *string
	Bytes          []byte
	NullBytes      []byte
	EmptyBytes     []byte
	Chunks, NoneAt wire.Chunks
	Int32s         []int32
	NullInt32s     []int32
	Int64s         []int64
	Strings        []string
	NullStrings    []string
	UUIDs          []wire.UUID
}

func (a *all) code(c *wire.Coder) {
	c.Bool(&a.Bool)
	c.Int8(&a.Int8)
	c.Int16(&a.Int16)
	c.Uint16(&a.Uint16)
	c.Int32(&a.Int32)
	c.Uint32(&a.Uint32)
	c.Int64(&a.Int64)
	c.Float64(&a.Float64)
	c.UUID(&a.UUID)
	c.Varint(&a.Varint)
	c.String(&a.String)
	c.NullableString(&a.Null)
	c.NullableString(&a.NotNull)
	c.NonNullString("NonNull", &a.NonNull)
	c.Bytes(&a.Bytes)
	c.NullableBytes(&a.NullBytes)
	c.NullableBytes(&a.EmptyBytes)
	c.NullableChunks(&a.Chunks)
	c.NullableChunks(&a.NoneAt)
	c.Int32s(&a.Int32s)
	c.NullableInt32s(&a.NullInt32s)
	c.Int64s(&a.Int64s)
	c.Strings(&a.Strings)
	c.NullableStrings(&a.NullStrings)
	c.UUIDs(&a.UUIDs)
}

func example() *all {
	empty, ü := "", "ü"
	return &all{
		Bool: true, Int8: -2, Int16: -3, Uint16: 0xfffc, Int32: -5, Uint32: 0xfffffffa, Int64: -7, Float64: 1.5,
		UUID: wire.UUID{15: 8}, Varint: -65, String: "s", NotNull: &empty, NonNull: &ü,
		Bytes: []byte{9}, EmptyBytes: []byte{}, Chunks: wire.Chunks{{1, 2}, {3}},
		Int32s: []int32{1}, Int64s: []int64{2}, Strings: []string{"a", ""}, NullStrings: []string{}, UUIDs: []wire.UUID{{0: 1}},
	}
}

// The bytes are put together from the protocol guide's description of types.
func TestTypes(t *testing.T) {
	fixed := "01" + "fe" + "fffd" + "fffc" + "fffffffb" + "fffffffa" + "fffffffffffffff9" + "3ff8000000000000" +
		"00000000000000000000000000000008" + "8101"
	for flexible, want := range map[bool]string{
		false: fixed + "000173" + "ffff" + "0000" + "0002c3bc" +
			"0000000109" + "ffffffff" + "00000000" + "00000003010203" + "ffffffff" +
			"0000000100000001" + "ffffffff" + "000000010000000000000002" + "00000002000161" + "0000" + "00000000" +
			"0000000101000000000000000000000000000000",
		true: fixed + "0273" + "00" + "01" + "03c3bc" +
			"0209" + "00" + "01" + "04010203" + "00" +
			"0200000001" + "00" + "020000000000000002" + "030261" + "01" + "01" +
			"0201000000000000000000000000000000",
	} {
		c := wire.NewEncoder(nil)
		c.Flexible = flexible
		in := example()
		in.code(c)
		if got := hex.EncodeToString(c.Flat()); c.Err() != nil || got != want {
			t.Errorf("flexible %t: encoded\n%s (%v), want\n%s", flexible, got, c.Err(), want)
		}
		if c.Len() != len(want)/2 {
			t.Errorf("flexible %t: Len is %d of %d", flexible, c.Len(), len(want)/2)
		}
		var out all
		d := wire.NewDecoder(c.Flat(), 0, flexible)
		out.code(d)
		d.End()
		in.Chunks = wire.Chunks{{1, 2, 3}} // a decoder finds one chunk
		if d.Err() != nil || !reflect.DeepEqual(&out, in) {
			t.Errorf("flexible %t: decoded\n%+v (%v), want\n%+v", flexible, &out, d.Err(), in)
		}
		for n := range c.Flat() {
			d := wire.NewDecoder(c.Flat()[:n], 0, flexible)
			new(all).code(d)
			if !errors.Is(d.Err(), wire.ErrMalformed) {
				t.Errorf("flexible %t: cut at %d: %v", flexible, n, d.Err())
			}
		}
	}
}

// After its first error a Coder keeps it, and reads nothing more.
func TestErrorsAreSticky(t *testing.T) {
	var s string
	var n int16
	want := "malformed message: string needs 1029 bytes, 0 left at offset 7"
	d := wire.NewDecoder([]byte{0, 1, 2, 3, 4, 4, 5}, 0, false)
	d.String(&s)
	d.Int16(&n)
	d.String(&s)
	first := d.Err()
	d.Int16(&n)
	d.Fail(errors.New("another"))
	if d.Err() != first || n != 0x0304 {
		t.Errorf("%v after %v, n is %#x", d.Err(), first, n)
	}
	if first == nil || first.Error() != want {
		t.Errorf("got %v, want %s", first, want)
	}
}

// Null is refused where it has no place.
func TestNullRefused(t *testing.T) {
	for _, tt := range []struct {
		read func(*wire.Coder)
		want string
	}{
		{func(c *wire.Coder) { c.String(new(string)) }, "a string is demanded"},
		{func(c *wire.Coder) { c.NonNullString("f", new(*string)) }, "a string is demanded"},
		{func(c *wire.Coder) { c.Bytes(new([]byte)) }, "bytes are demanded"},
		{func(c *wire.Coder) { c.Strings(new([]string)) }, "an array is demanded"},
	} {
		for _, flexible := range []bool{true, false} {
			b := []byte{0}
			if !flexible {
				b = []byte{0xff, 0xff, 0xff, 0xff}
			}
			d := wire.NewDecoder(b, 0, flexible)
			tt.read(d)
			if !errors.Is(d.Err(), wire.ErrMalformed) || !strings.Contains(d.Err().Error(), "null where "+tt.want) {
				t.Errorf("flexible %t: %v, want null where %s", flexible, d.Err(), tt.want)
			}
		}
	}
	c := wire.NewEncoder(nil)
	c.NonNullString("Name", new(*string))
	if !errors.Is(c.Err(), wire.ErrUnsupported) || !strings.Contains(c.Err().Error(), "null Name") {
		t.Errorf("encoding null gives %v", c.Err())
	}
}

// Lengths are held against what is left, and against the protocol's limits.
func TestLengths(t *testing.T) {
	for _, tt := range []struct {
		flexible bool
		hex      string
		read     func(*wire.Coder)
		want     string
	}{
		{false, "fffe", func(c *wire.Coder) { c.String(new(string)) }, "string of length -2"},
		{false, "fffffffe", func(c *wire.Coder) { c.Bytes(new([]byte)) }, "bytes of length -2, 0 bytes left at offset 4"},
		{false, "7fffffff", func(c *wire.Coder) { c.Int32s(new([]int32)) }, "array of length 2147483647, 0 bytes left at offset 4"},
		{true, "ffffffff0f", func(c *wire.Coder) { c.NullableBytes(new([]byte)) }, "bytes of length 4294967294"},
		{true, "ffffffff1f", func(c *wire.Coder) { c.NullableBytes(new([]byte)) }, "more than 32 bits"},
		{true, strings.Repeat("80", 11), func(c *wire.Coder) { c.NullableBytes(new([]byte)) }, "more than 32 bits"},
		{true, strings.Repeat("80", 11), func(c *wire.Coder) { c.Varint(new(int64)) }, "more than 64 bits"},
		{true, "818002" + strings.Repeat("61", 1<<15), func(c *wire.Coder) { c.String(new(string)) }, "string of length 32768, the protocol allows 32767"},
	} {
		b, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		d := wire.NewDecoder(b, 0, tt.flexible)
		tt.read(d)
		if !errors.Is(d.Err(), wire.ErrMalformed) || !strings.Contains(d.Err().Error(), tt.want) {
			t.Errorf("%.20s: %v, want %s", tt.hex, d.Err(), tt.want)
		}
	}
	for _, flexible := range []bool{true, false} {
		c := wire.NewEncoder(nil)
		c.Flexible = flexible
		s := strings.Repeat("a", math.MaxInt16)
		c.String(&s)
		if c.Err() != nil {
			t.Errorf("the longest string: %v", c.Err())
		}
		s += "a"
		if c.String(&s); c.Err() == nil || !strings.Contains(c.Err().Error(), "32768 bytes") {
			t.Errorf("a string too long gives %v", c.Err())
		}
	}
}

// A decoder allocates in proportion to the bytes that there are, not to those
// that are claimed.
func TestAllocationIsBounded(t *testing.T) {
	type large struct {
		a int64
		_ [1 << 10]byte
	}
	elem := func(l *large, c *wire.Coder) { c.Int64(&l.a) }
	for _, claim := range []string{"00000008", "7fffffff"} {
		in, err := hex.DecodeString(claim + "0000000000000001")
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		wire.Array(wire.NewDecoder(in, 0, false), new([]large), elem)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 16<<10 {
			t.Errorf("%s: %d bytes allocated for %d", claim, got, len(in))
		}
	}
}

// Splices leave as they lie, between what was written around them.
func TestSplices(t *testing.T) {
	c := wire.NewEncoder(make([]byte, 0, 64))
	var size int32
	c.Int32(&size)
	first, none, second := wire.Chunks{[]byte("ab"), []byte("c")}, wire.Chunks{}, wire.Chunks{[]byte("d")}
	c.NullableChunks(&first)
	c.NullableChunks(&none)
	c.NullableChunks(&second)
	c.SetSize(0, int32(c.Len()-4))
	want := "\x00\x00\x00\x10" + "\x00\x00\x00\x03abc" + "\x00\x00\x00\x00" + "\x00\x00\x00\x01d"
	if got := string(c.Flat()); got != want {
		t.Errorf("flat %q, want %q", got, want)
	}
	bufs := c.Buffers(nil)
	if got := string(bytes.Join(bufs, nil)); got != want {
		t.Errorf("buffers %q, want %q", got, want)
	}
	aliased := func(b []byte) bool { return slicesContain(bufs, b) }
	if !aliased(first[0]) || !aliased(first[1]) || !aliased(second[0]) {
		t.Error("spliced bytes were copied")
	}
	if c.Offset()+first.Len()+second.Len() != c.Len() {
		t.Errorf("offset %d, len %d", c.Offset(), c.Len())
	}
	c.Reset()
	if c.Len() != 0 || len(c.Flat()) != 0 || len(c.Buffers(nil)) != 0 {
		t.Errorf("%d bytes left after Reset", c.Len())
	}
}

func slicesContain(bufs net.Buffers, b []byte) bool {
	for _, piece := range bufs {
		if len(piece) > 0 && &piece[0] == &b[0] {
			return true
		}
	}
	return false
}

// What is decoded may be appended to without writing over what follows.
func TestBytesHaveNoSpareCapacity(t *testing.T) {
	in := []byte{0, 0, 0, 1, 'a', 'b'}
	var got []byte
	wire.NewDecoder(in, 0, false).Bytes(&got)
	if _ = append(got, 'x'); in[5] != 'b' || &got[0] != &in[4] {
		t.Errorf("input is %q now", in)
	}
}

func TestVersions(t *testing.T) {
	n, on := int32(5), true
	c := wire.NewEncoder(nil)
	c.Version = 3
	wire.Ignore(c, &n, -1)
	wire.Refuse(c, "N", &n, 5)
	c.RefuseSet("On", false)
	if c.Err() != nil || n != 5 || len(c.Flat()) != 0 {
		t.Errorf("%v, n is %d", c.Err(), n)
	}
	wire.Refuse(c, "N", &n, -1)
	if want := "N 5, where the default is -1, is not supported by the message version 3"; c.Err() == nil || c.Err().Error() != want {
		t.Errorf("got %v, want %s", c.Err(), want)
	}
	d := wire.NewDecoder(nil, 3, false)
	wire.Ignore(d, &n, -1)
	wire.Refuse(d, "On", &on, false)
	d.RefuseSet("On", true)
	if d.Err() != nil || n != -1 || on {
		t.Errorf("%v, n is %d, on %t", d.Err(), n, on)
	}
}

func TestUUID(t *testing.T) {
	// As kafka-storage random-uuid prints and reads it.
	id := wire.UUID{0x4d, 0x6b, 0x55, 0x33, 0x4f, 0x45, 0x56, 0x42, 0x4e, 0x54, 0x63, 0x77, 0x4e, 0x54, 0x4a, 0x45}
	if got := id.String(); got != "TWtVM09FVkJOVGN3TlRKRQ" || id.IsZero() || !(wire.UUID{}).IsZero() {
		t.Errorf("got %s", got)
	}
}
