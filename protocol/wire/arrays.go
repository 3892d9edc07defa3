package wire

import "unsafe"

// Array codes an array that is never null, each element by elem; a nil slice is
// written as empty and an empty array read as nil.
func Array[T any](c *Coder, v *[]T, elem func(*T, *Coder)) {
	if c.decoding {
		if n := c.readLen("array"); n >= 0 {
			readElems(c, v, n, elem)
		} else {
			c.malformed("null where an array is demanded")
		}
		return
	}
	c.writeLen(len(*v), "array")
	writeElems(c, *v, elem)
}

// NullableArray codes an array, each element by elem. Nil is null; an empty
// array is read as an empty slice that is not nil.
func NullableArray[T any](c *Coder, v *[]T, elem func(*T, *Coder)) {
	if c.decoding {
		n := c.readLen("array")
		if n < 0 {
			*v = nil
			return
		}
		readElems(c, v, n, elem)
		if *v == nil {
			*v = []T{}
		}
		return
	}
	if *v == nil {
		c.writeNull()
		return
	}
	c.writeLen(len(*v), "array")
	writeElems(c, *v, elem)
}

func writeElems[T any](c *Coder, v []T, elem func(*T, *Coder)) {
	for i := range v {
		elem(&v[i], c)
	}
}

// readElems reads n elements. What it allocates ahead is bounded by the bytes
// that are left, whatever n claims: an element's struct may be larger than its
// bytes, but not without limit.
func readElems[T any](c *Coder, v *[]T, n int, elem func(*T, *Coder)) {
	*v = nil
	if n == 0 {
		return
	}
	const expansion = 8
	size := max(1, int(unsafe.Sizeof(*new(T))))
	list := make([]T, min(n, expansion*c.left()/size+1))
	for done := 0; ; {
		part := list[done:]
		for i := range part {
			elem(&part[i], c)
		}
		switch done = len(list); {
		case c.failed():
			return
		case done == n:
			*v = list
			return
		}
		list = append(list, make([]T, min(n-done, done))...)
	}
}

// Int8s codes an array of int8 that is never null.
func (c *Coder) Int8s(v *[]int8) { Array(c, v, int8Elem) }

// Int16s codes an array of int16 that is never null.
func (c *Coder) Int16s(v *[]int16) { Array(c, v, int16Elem) }

// Int32s codes an array of int32 that is never null; nil is written as empty and
// an empty array read as nil.
func (c *Coder) Int32s(v *[]int32) {
	if c.decoding {
		c.readInt32s(v, false)
	} else {
		c.out = appendInt32s(c.out, *v, c.Flexible)
	}
}

// NullableInt32s codes an array of int32; nil is null.
func (c *Coder) NullableInt32s(v *[]int32) {
	switch {
	case c.decoding:
		c.readInt32s(v, true)
	case *v == nil:
		c.writeNull()
	default:
		c.out = appendInt32s(c.out, *v, c.Flexible)
	}
}

// appendInt32s has the buffer as an argument, so that it stays in registers.
func appendInt32s(out []byte, v []int32, flexible bool) []byte {
	if flexible {
		out = AppendUvarint(out, uint64(len(v))+1)
	} else {
		out = order.AppendUint32(out, uint32(len(v)))
	}
	for _, x := range v {
		out = order.AppendUint32(out, uint32(x))
	}
	return out
}

func (c *Coder) readInt32s(v *[]int32, nullable bool) {
	*v = nil
	switch n := c.readLen("array"); {
	case n > c.left()/4:
		c.short(4*int64(n), "array of int32")
	case n > 0:
		b := c.take(4 * n)
		list := c.int32s.take(n)
		for i := range list {
			list[i] = int32(order.Uint32(b[4*i:]))
		}
		*v = list
	case nullable && n == 0:
		*v = []int32{}
	case !nullable && n < 0:
		c.malformed("null where an array is demanded")
	}
}

// Int64s codes an array of int64 that is never null.
func (c *Coder) Int64s(v *[]int64) { Array(c, v, int64Elem) }

// Strings codes an array of strings that is never null.
func (c *Coder) Strings(v *[]string) { Array(c, v, stringElem) }

// NullableStrings codes an array of strings; nil is null.
func (c *Coder) NullableStrings(v *[]string) { NullableArray(c, v, stringElem) }

// UUIDs codes an array of ids that is never null.
func (c *Coder) UUIDs(v *[]UUID) { Array(c, v, uuidElem) }

func int8Elem(v *int8, c *Coder)     { c.Int8(v) }
func int16Elem(v *int16, c *Coder)   { c.Int16(v) }
func int64Elem(v *int64, c *Coder)   { c.Int64(v) }
func stringElem(v *string, c *Coder) { c.String(v) }
func uuidElem(v *UUID, c *Coder)     { c.UUID(v) }
