package wire_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// A struct that may be null has a byte before it: -1 for null, else 1.
func TestNullableStruct(t *testing.T) {
	type outer struct{ node *node }
	code := func(c *wire.Coder, o *outer) { wire.NullableStruct(c, &o.node, (*node).code) }
	for _, tt := range []struct {
		in   outer
		want []byte
	}{
		{outer{}, []byte{0xff}},
		{outer{&node{ID: 7, N: -1}}, []byte{1, 7}},
	} {
		c := wire.NewEncoder(nil)
		code(c, &tt.in)
		if c.Err() != nil || !bytes.Equal(c.Flat(), tt.want) {
			t.Errorf("%+v: encoded %x (%v), want %x", tt.in, c.Flat(), c.Err(), tt.want)
		}
		got := outer{&node{ID: 99}}
		d := wire.NewDecoder(tt.want, 0, false)
		code(d, &got)
		if d.End(); d.Err() != nil || !reflect.DeepEqual(got, tt.in) {
			t.Errorf("%x: decoded %+v (%v), want %+v", tt.want, got, d.Err(), tt.in)
		}
	}
	for _, short := range [][]byte{{}, {1}} {
		d := wire.NewDecoder(short, 0, false)
		code(d, &outer{})
		if !errors.Is(d.Err(), wire.ErrMalformed) {
			t.Errorf("%x: %v", short, d.Err())
		}
	}
}
