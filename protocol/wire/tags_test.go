package wire_test

import (
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// node is a struct with tagged fields that have tagged fields.
type node struct {
	ID    int8
	N     int32 // tag 1, default -1
	Name  string
	Child *node  // tag 2
	List  []node // tag 130
}

func (n *node) code(c *wire.Coder) {
	c.Int8(&n.ID)
	c.TagsStart()
	if f := c.Tag(0, n.Name != ""); f.Present {
		c.String(&n.Name)
		c.TagEnd(f)
	}
	wire.Tagged(c, 1, &n.N, -1, (*wire.Coder).Int32)
	wire.TaggedStruct(c, 2, &n.Child, (*node).code)
	wire.TaggedArray(c, 130, &n.List, (*node).code)
	c.TagsEnd()
}

func decodeNode(t *testing.T, text string) (*node, *wire.Coder) {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	n := new(node)
	d := wire.NewDecoder(b, 0, true)
	n.code(d)
	d.End()
	return n, d
}

func TestTags(t *testing.T) {
	for _, tt := range []struct {
		name string
		node *node
		hex  string
	}{
		{"none", &node{ID: 7, N: -1}, "07 00"},
		{"one", &node{ID: 7, N: 5}, "07 01 01 04 00000005"},
		{"all", &node{ID: 7, Name: "ab", N: 5, Child: &node{ID: 8, N: -1}, List: []node{{ID: 9, N: -1}}},
			"07 04  00 03 03 6162  01 04 00000005  02 02 0800  8201 03 02 0900"},
		{"nested", &node{ID: 1, N: -1, Child: &node{ID: 2, N: -1, Child: &node{ID: 3, N: 4}}},
			"01 01 02 0c  02 01 02 08  03 01 01 04 00000004"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.ReplaceAll(tt.hex, " ", "")
			c := wire.NewEncoder(nil)
			c.Flexible = true
			tt.node.code(c)
			if got := hex.EncodeToString(c.Flat()); c.Err() != nil || got != want {
				t.Errorf("encoded %s (%v), want %s", got, c.Err(), want)
			}
			got, d := decodeNode(t, want)
			if d.Err() != nil || !reflect.DeepEqual(got, tt.node) {
				t.Errorf("decoded %+v (%v), want %+v", got, d.Err(), tt.node)
			}
			if d.Offset() != len(want)/2 {
				t.Errorf("offset %d at the end, want %d", d.Offset(), len(want)/2)
			}
		})
	}
}

// A tagged field longer than 127 bytes needs a longer length.
func TestLongTag(t *testing.T) {
	for _, n := range []int{126, 127, 128, 16383, 16384} {
		in := &node{N: -1, Name: strings.Repeat("x", n)}
		c := wire.NewEncoder(nil)
		c.Flexible = true
		in.code(c)
		d := wire.NewDecoder(c.Flat(), 0, true)
		out := new(node)
		out.code(d)
		if d.End(); d.Err() != nil || !reflect.DeepEqual(in, out) {
			t.Errorf("%d bytes: %v", n, d.Err())
		}
	}
}

// What a newer peer sends is passed over, wherever it stands and however deep.
func TestUnknownTags(t *testing.T) {
	for _, text := range []string{
		"07 03  01 04 00000005  03 02 aabb  c801 00",
		"07 02  01 04 00000005  ffffffff0f 01 aa",
		"07 02  01 04 00000005  03 00",
	} {
		got, d := decodeNode(t, strings.ReplaceAll(text, " ", ""))
		if want := (&node{ID: 7, N: 5}); d.Err() != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: decoded %+v (%v)", text, got, d.Err())
		}
	}
	got, d := decodeNode(t, strings.ReplaceAll("07 02  02 05 08 01 03 01 aa  81 01 01 ee", " ", ""))
	if want := (&node{ID: 7, N: -1, Child: &node{ID: 8, N: -1}}); d.Err() != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v (%v)", got, d.Err())
	}
	d = wire.NewDecoder([]byte{1, 9, 2, 0xaa, 0xbb, 5}, 0, true)
	d.Tags()
	if d.Err() != nil || d.Len() != 1 {
		t.Errorf("Tags left %d bytes (%v)", d.Len(), d.Err())
	}
}

func TestMalformedTags(t *testing.T) {
	for _, tt := range []struct{ hex, want string }{
		{"07 02  01 04 00000005  01 04 00000005", "tag 1 after tag 1 at offset 10"},
		{"07 02  03 00  01 04 00000005", "tag 1 after tag 3 at offset 6"},
		{"07 02  05 00  03 00", "tag 3 after tag 5 at offset 6"},
		{"07 01  01 05 0000000500", "tagged field 1 has 1 bytes too many at offset 8"},
		{"07 01  01 03 000005", "field needs 4 bytes, 3 left at offset 4"},
		{"07 01  01 04 0000", "tagged field needs 4 bytes, 2 left at offset 4"},
		{"07 01  09 ffffffff0f 00", "tagged field needs 4294967295 bytes, 1 left at offset 8"},
		{"07 ffffffff0f", "4294967295 tagged fields, 0 bytes left at offset 6"},
		{"07 01", "1 tagged fields, 0 bytes left at offset 2"},
		{"07", "tagged field count needs 1 bytes, 0 left at offset 1"},
		// The child's tag ends before its value; behind it stands tag 130.
		{"07 02  02 07 08 01 01 03 000005 8201 01 01", "field needs 4 bytes, 3 left at offset 8"},
		{"07 02  02 03 08 01 01  8201 01 01", "1 tagged fields, 1 bytes left at offset 6"},
	} {
		_, d := decodeNode(t, strings.ReplaceAll(tt.hex, " ", ""))
		if !errors.Is(d.Err(), wire.ErrMalformed) || !strings.HasSuffix(d.Err().Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.hex, d.Err(), tt.want)
		}
	}
}

// Versions that are not flexible have no tagged fields.
func TestNoTags(t *testing.T) {
	c := wire.NewEncoder(nil)
	(&node{ID: 7, Name: "left out"}).code(c)
	c.Tags()
	if got := hex.EncodeToString(c.Flat()); c.Err() != nil || got != "07" {
		t.Errorf("encoded %s (%v)", got, c.Err())
	}
	d := wire.NewDecoder([]byte{7}, 0, false)
	var n node
	n.code(d)
	d.Tags()
	if d.End(); d.Err() != nil || n.N != -1 {
		t.Errorf("decoded %+v (%v)", n, d.Err())
	}
}

// Splices cannot be moved to make room for a tagged field's length.
func TestNoSpliceWithinTag(t *testing.T) {
	c := wire.NewEncoder(nil)
	c.Flexible = true
	chunks := wire.Chunks{[]byte("a")}
	c.NullableChunks(&chunks)
	c.TagsStart()
	f := c.Tag(0, true)
	n := int32(1)
	c.Int32(&n)
	c.TagEnd(f)
	if c.Err() != nil {
		t.Fatalf("a splice before a tagged field: %v", c.Err())
	}
	f = c.Tag(1, true)
	c.NullableChunks(&chunks)
	c.TagEnd(f)
	c.TagsEnd()
	if c.Err() == nil {
		t.Error("a splice within a tagged field was accepted")
	}
}
