package wire

import "fmt"

// tagSection is the state of the tagged fields that are being coded (KIP-482).
// A tagged field may hold structs with tagged fields of their own, so the
// section around it is kept in the caller's frame: see TagsStart and Tag.
type tagSection struct {
	count   int    // decoding: fields not yet read
	at      int    // encoding: offset of the count byte
	last    int64  // number of the last field, -1 before the first
	pending bool   // decoding: next holds a field's number, body its bytes
	next    uint32 // decoding
	body    []byte // decoding
}

// Tags codes the tagged fields of a struct that knows none: it writes an empty
// section, and passes over what a newer peer put there.
func (c *Coder) Tags() {
	if !c.Flexible {
		return
	}
	if !c.decoding {
		c.out = append(c.out, 0)
		return
	}
	if len(c.in) > 0 && c.in[0] == 0 { // nearly always
		c.in = c.in[1:]
		return
	}
	t := c.TagsStart()
	c.TagsEnd(t)
}

// Section is the enclosing section of tagged fields, to be handed back by
// TagsEnd.
type Section struct{ outer tagSection }

// TagsStart begins the tagged fields of a struct, which are then named in the
// order of their numbers:
//
//	t := c.TagsStart()
//	if f := c.Tag(0, p.Leader != noLeader); f.Present {
//		p.Leader.code(c)
//		c.TagEnd(f)
//	}
//	c.TagsEnd(t)
func (c *Coder) TagsStart() Section {
	outer := Section{c.tags}
	c.tags = tagSection{last: -1}
	if !c.Flexible {
		return outer
	}
	if !c.decoding {
		c.tags.at = len(c.out)
		c.out = append(c.out, 0)
		return outer
	}
	var n uint32
	c.uvarint32(&n, "tagged field count")
	if int64(n)*2 > int64(len(c.in)) {
		c.malformed("%d tagged fields, %d bytes left", n, len(c.in))
		n = 0
	}
	c.tags.count = int(n)
	return outer
}

// Field is one tagged field between Tag and TagEnd.
type Field struct {
	// Present tells that the field is there: to be read, or set and so to be
	// written.
	Present bool

	at   int    // encoding: where the body starts
	rest []byte // decoding: what follows the body
}

// Tag begins the tagged field with the given number. When encoding, set tells
// whether its value differs from its default; only then it is written. If the
// result is Present, the description codes the field's body and calls TagEnd.
func (c *Coder) Tag(number uint32, set bool) Field {
	if !c.Flexible || c.err != nil {
		return Field{}
	}
	if c.decoding {
		return c.readTag(number)
	}
	if !set {
		return Field{}
	}
	c.out[c.tags.at]++ // fewer than 128 fields are known of any struct
	c.out = AppendUvarint(c.out, uint64(number))
	return Field{Present: true, at: len(c.out)}
}

// readTag passes over the fields before number, and enters the field number if
// it is next.
func (c *Coder) readTag(number uint32) Field {
	for c.nextTag() && c.tags.next < number {
		c.tags.pending = false
	}
	if !c.tags.pending || c.tags.next != number {
		return Field{}
	}
	c.tags.pending = false
	rest := c.in
	c.after += len(rest)
	c.in = c.tags.body
	return Field{Present: true, rest: rest}
}

// nextTag reads the number and the bytes of the next field, unless they are
// read already, and tells whether there is one.
func (c *Coder) nextTag() bool {
	t := &c.tags
	if t.pending || t.count == 0 || c.err != nil {
		return t.pending
	}
	t.count--
	var size uint32
	c.uvarint32(&t.next, "tag")
	c.uvarint32(&size, "tagged field size")
	if c.err != nil {
		return false
	}
	if int64(t.next) <= t.last {
		c.malformed("tag %d after tag %d", t.next, t.last)
		return false
	}
	t.last = int64(t.next)
	if int64(size) > int64(len(c.in)) {
		c.short(int64(size), "tagged field")
		return false
	}
	t.body = c.take(int(size), "tagged field")
	t.pending = true
	return true
}

// TagEnd ends a field that was Present.
func (c *Coder) TagEnd(f Field) {
	if c.err != nil {
		return
	}
	if c.decoding {
		if len(c.in) > 0 {
			c.malformed("tagged field %d has %d bytes too many", c.tags.next, len(c.in))
			return
		}
		c.in = f.rest
		c.after -= len(f.rest)
		return
	}
	if len(c.splices) > 0 && c.splices[len(c.splices)-1].at >= f.at {
		c.Fail(fmt.Errorf("wire: spliced bytes within a tagged field"))
		return
	}
	c.out = insertUvarint(c.out, f.at, uint64(len(c.out)-f.at))
}

// TagsEnd ends the tagged fields that TagsStart began, passing over unknown
// ones.
func (c *Coder) TagsEnd(outer Section) {
	if c.decoding && c.Flexible {
		for c.nextTag() {
			c.tags.pending = false
		}
	}
	c.tags = outer.outer
}

// insertUvarint inserts v into b at offset at.
func insertUvarint(b []byte, at int, v uint64) []byte {
	n := UvarintLen(v)
	for range n {
		b = append(b, 0)
	}
	copy(b[at+n:], b[at:len(b)-n])
	AppendUvarint(b[:at], v)
	return b
}

// Tagged codes a tagged field: it is written if it differs from def, and read as
// def where it is absent.
func Tagged[T comparable](c *Coder, number uint32, v *T, def T, body func(*Coder, *T)) {
	if c.decoding {
		*v = def
	}
	if f := c.Tag(number, *v != def); f.Present {
		body(c, v)
		c.TagEnd(f)
	}
}

// TaggedStruct codes a tagged struct; nil is absent.
func TaggedStruct[T any](c *Coder, number uint32, v **T, body func(*T, *Coder)) {
	f := c.Tag(number, *v != nil)
	if !f.Present {
		return
	}
	if c.decoding {
		*v = new(T)
	}
	body(*v, c)
	c.TagEnd(f)
}

// TaggedArray codes a tagged array whose default is to be empty.
func TaggedArray[T any](c *Coder, number uint32, v *[]T, elem func(*T, *Coder)) {
	if f := c.Tag(number, len(*v) > 0); f.Present {
		Array(c, v, elem)
		c.TagEnd(f)
	}
}
