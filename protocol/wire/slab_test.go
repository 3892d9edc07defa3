package wire_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// shared has the fields that share allocations with others.
type shared struct {
	Name   string
	Rack   *string
	Nodes  []int32
	Always []int32 // of a length beyond what is shared
}

func (s *shared) code(c *wire.Coder) {
	c.String(&s.Name)
	c.NullableString(&s.Rack)
	c.Int32s(&s.Nodes)
	c.Int32s(&s.Always)
}

func sharedExample(i int) *shared {
	rack := strings.Repeat("r", i)
	return &shared{
		Name: fmt.Sprintf("name-%d", i), Rack: &rack,
		Nodes: []int32{int32(i), 2, 3}, Always: slices.Repeat([]int32{int32(i)}, 100),
	}
}

// What was decoded depends neither on the input, which a connection may read the
// next response into, nor on what else shares its memory, also once the decoder
// is used for other messages.
func TestDecodedIsIndependent(t *testing.T) {
	const n = 500
	var decoded []*shared
	for i := range n {
		e := wire.NewEncoder(nil)
		sharedExample(i).code(e)
		in := e.Flat()
		s := new(shared)
		d := wire.NewDecoder(in, 0, false)
		s.code(d)
		if d.End(); d.Err() != nil {
			t.Fatal(d.Err())
		}
		d.Release()
		clear(in)
		decoded = append(decoded, s)
	}
	for _, s := range decoded {
		_ = append(s.Nodes, -1)
		_ = append(s.Always, -1)
	}
	for i, s := range decoded {
		if want := sharedExample(i); !reflect.DeepEqual(s, want) {
			t.Fatalf("message %d is %+v, was %+v", i, s, want)
		}
	}
}

// A decoder that was released forgets its error and its place.
func TestReleaseAfterError(t *testing.T) {
	for range 10 {
		d := wire.NewDecoder([]byte{7, 2, 2, 3, 8, 1, 1, 0x82, 1, 1, 1}, 0, true) // ends within a tagged field
		new(node).code(d)
		if d.Err() == nil {
			t.Fatal("a malformed message was accepted")
		}
		d.Release()
		d = wire.NewDecoder([]byte{7, 0}, 0, true)
		n := new(node)
		n.code(d)
		if d.End(); d.Err() != nil || n.ID != 7 || d.Offset() != 2 {
			t.Fatalf("decoded %+v at %d (%v)", n, d.Offset(), d.Err())
		}
		d.Release()
	}
}
