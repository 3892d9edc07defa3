package wire

import (
	"fmt"
	"math"
	"unsafe"
)

// Chunks is one run of bytes that lies in several places: the records of a
// produce request. An encoder splices it in without copying it; a decoder
// returns one chunk that aliases its input.
type Chunks [][]byte

// Len returns the number of bytes in all chunks.
func (ch Chunks) Len() int {
	n := 0
	for _, b := range ch {
		n += len(b)
	}
	return n
}

// String codes a string that is never null.
func (c *Coder) String(v *string) {
	if !c.decoding {
		c.writeString(*v)
		return
	}
	if n := c.stringLen(); n >= 0 {
		*v = c.readText(n)
	} else {
		c.malformed("null where a string is demanded")
	}
}

// NullableString codes a string; nil is null.
func (c *Coder) NullableString(v **string) {
	switch {
	case c.decoding:
		*v = nil
		if n := c.stringLen(); n >= 0 {
			*v = c.pointerTo(c.readText(n))
		}
	case *v == nil && c.Flexible:
		c.out = append(c.out, 0)
	case *v == nil:
		c.out = append(c.out, 0xff, 0xff)
	default:
		c.writeString(**v)
	}
}

// NonNullString codes a string that later versions allow to be null: encoding
// fails if it is.
func (c *Coder) NonNullString(field string, v **string) {
	if c.decoding {
		var s string
		c.String(&s)
		*v = c.pointerTo(s)
		return
	}
	if *v == nil {
		c.Fail(fmt.Errorf("null %s is %w %d", field, ErrUnsupported, c.Version))
		return
	}
	c.writeString(**v)
}

// Bytes codes bytes that are never null; nil is written as empty. What is
// decoded aliases the input.
func (c *Coder) Bytes(v *[]byte) {
	if !c.decoding {
		c.writeLen(len(*v), "bytes")
		c.out = append(c.out, *v...)
		return
	}
	if n := c.readLen("bytes"); n >= 0 {
		*v = c.take(n)
	} else {
		c.malformed("null where bytes are demanded")
	}
}

// NullableBytes codes bytes; nil is null. What is decoded aliases the input and
// is non-nil where it was empty.
func (c *Coder) NullableBytes(v *[]byte) {
	if !c.decoding {
		if *v == nil {
			c.writeNull()
			return
		}
		c.writeLen(len(*v), "bytes")
		c.out = append(c.out, *v...)
		return
	}
	*v = nil
	if n := c.readLen("bytes"); n >= 0 {
		*v = c.take(n)
	}
}

// NullableChunks codes bytes that lie in several places; nil is null.
func (c *Coder) NullableChunks(v *Chunks) {
	if c.decoding {
		var b []byte
		c.NullableBytes(&b)
		*v = nil
		if b != nil {
			*v = Chunks{b}
		}
		return
	}
	if *v == nil {
		c.writeNull()
		return
	}
	n := v.Len()
	c.writeLen(n, "bytes")
	c.splices = append(c.splices, splice{at: len(c.out), chunks: *v})
	c.spliced += n
}

func (c *Coder) writeString(s string) {
	if len(s) > math.MaxInt16 {
		c.Fail(fmt.Errorf("string of %d bytes: the protocol allows %d", len(s), math.MaxInt16))
		return
	}
	if c.Flexible {
		c.out = AppendUvarint(c.out, uint64(len(s)+1))
	} else {
		c.out = order.AppendUint16(c.out, uint16(len(s)))
	}
	c.out = append(c.out, s...)
}

// readText returns a copy of the next n bytes, which must be there.
func (c *Coder) readText(n int) string {
	b := c.take(n)
	if len(b) == 0 || len(b) > slabShare {
		return string(b)
	}
	text := c.text.take(len(b))
	copy(text, b)
	return unsafe.String(&text[0], len(text)) // nobody writes to text any more
}

// pointerTo returns a pointer to a copy of s. A long string does not share its
// memory, lest its neighbours keep it alive.
func (c *Coder) pointerTo(s string) *string {
	var p *string
	if len(s) > slabShare {
		p = new(string)
	} else {
		p = &c.strings.take(1)[0]
	}
	*p = s
	return p
}

// stringLen reads the length of a string, -1 for null. It is at most what is
// left.
func (c *Coder) stringLen() int {
	if c.Flexible {
		n := c.readLen("string")
		if n > math.MaxInt16 {
			c.malformed("string of length %d, the protocol allows %d", n, math.MaxInt16)
			return 0
		}
		return n
	}
	var size int16
	c.Int16(&size)
	switch n := int(size); {
	case n < -1:
		c.malformed("string of length %d", n)
	case n > c.left():
		c.short(int64(n), "string")
	default:
		return n
	}
	return 0
}

// writeLen writes the length of bytes or of an array.
func (c *Coder) writeLen(n int, what string) {
	switch {
	case n > math.MaxInt32-1:
		c.Fail(fmt.Errorf("%s of length %d: the protocol allows %d", what, n, math.MaxInt32-1))
	case c.Flexible:
		c.out = AppendUvarint(c.out, uint64(n+1))
	default:
		c.out = order.AppendUint32(c.out, uint32(n))
	}
}

// writeNull writes the length that stands for null bytes or a null array.
func (c *Coder) writeNull() {
	if c.Flexible {
		c.out = append(c.out, 0)
	} else {
		c.out = append(c.out, 0xff, 0xff, 0xff, 0xff)
	}
}

// readLen reads the length of bytes or of an array, -1 for null. It is at most
// what is left, as each element takes a byte at least.
func (c *Coder) readLen(what string) int {
	var n int64 // holds on 32-bit machines too what is claimed
	if !c.Flexible {
		var i int32
		c.Int32(&i)
		n = int64(i)
	} else if c.has(1) && c.in[c.at] < 0x80 { // nearly always
		n = int64(c.in[c.at]) - 1
		c.at++
	} else {
		var u uint32
		c.uvarint32(&u, what)
		n = int64(u) - 1
	}
	if c.failed() {
		return 0
	}
	if n < -1 || n > int64(c.left()) {
		c.malformed("%s of length %d, %d bytes left", what, n, c.left())
		return 0
	}
	return int(n)
}
