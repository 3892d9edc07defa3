package wire

import "fmt"

// section is the state of the tagged fields of one struct (KIP-482).
type section struct {
	start int    // encoding: offset of the count byte
	count int    // decoding: fields that were not yet passed
	last  int64  // decoding: number of the last field, -1 before the first
	read  bool   // decoding: the number and the end of the next field were read
	next  uint32 // decoding: that number
	end   uint   // decoding: that end
}

// Tags codes the tagged fields of a struct that knows none: it writes an empty
// section, and passes over what a newer peer put there.
func (c *Coder) Tags() {
	if c.Flexible {
		c.noTags()
	}
}

func (c *Coder) noTags() {
	if !c.decoding {
		c.out = append(c.out, 0)
		return
	}
	c.openSection()
	c.TagsEnd()
}

// TagsStart begins the tagged fields of a struct, which are then named in the
// order of their numbers:
//
//	c.TagsStart()
//	if f := c.Tag(0, p.Leader != noLeader); f.Present {
//		p.Leader.code(c)
//		c.TagEnd(f)
//	}
//	c.TagsEnd()
func (c *Coder) TagsStart() {
	if c.Flexible {
		c.openSection()
	}
}

func (c *Coder) openSection() {
	if !c.decoding {
		c.tags.start = len(c.out)
		c.out = append(c.out, 0)
		return
	}
	if c.left() > 0 && c.in[c.at] == 0 { // nearly always
		c.at++
		c.tags.count = 0
		return
	}
	var n uint32
	c.uvarint32(&n, "tagged field count")
	if int64(n)*2 > int64(c.left()) {
		c.malformed("%d tagged fields, %d bytes left", n, c.left())
		n = 0
	}
	c.tags = section{count: int(n), last: -1}
}

// Field is one tagged field between Tag and TagEnd.
type Field struct {
	// Present tells that the field is there: to be read, or set and so to be
	// written.
	Present bool

	// at is where the field's body starts when encoding, and when decoding the
	// end of what the field is within.
	at int
}

// Tag begins the tagged field with the given number. When encoding, set tells
// whether its value differs from its default; only then it is written. If the
// result is Present, the description codes the field's body and calls TagEnd.
func (c *Coder) Tag(number uint32, set bool) Field {
	switch {
	case !c.Flexible || c.Err() != nil:
		return Field{}
	case c.decoding:
		return c.readTag(number)
	case !set:
		return Field{}
	}
	c.out[c.tags.start]++ // fewer than 128 fields are known of any struct
	c.out = AppendUvarint(c.out, uint64(number))
	c.outer = append(c.outer, c.tags)
	return Field{Present: true, at: len(c.out)}
}

// readTag passes over the fields before number, and enters the field number if
// it is next.
func (c *Coder) readTag(number uint32) Field {
	for c.nextTag() && c.tags.next < number {
		c.passTag()
	}
	if c.tags.count == 0 || c.tags.next != number || c.failed() {
		return Field{}
	}
	c.outer = append(c.outer, c.tags)
	f := Field{Present: true, at: len(c.in)}
	c.in = c.in[:c.tags.end]
	return f
}

// nextTag reads the number and the size of the next field, unless they are read
// already, and tells whether there is one.
func (c *Coder) nextTag() bool {
	t := &c.tags
	if t.count == 0 || c.failed() {
		return false
	}
	if t.read {
		return true
	}
	var size uint32
	c.uvarint32(&t.next, "tag")
	c.uvarint32(&size, "tagged field size")
	if c.failed() {
		return false
	}
	if int64(t.next) <= t.last {
		c.malformed("tag %d after tag %d", t.next, t.last)
		return false
	}
	t.last = int64(t.next)
	if int64(size) > int64(c.left()) {
		c.short(int64(size), "tagged field")
		return false
	}
	t.end = c.at + uint(size)
	t.read = true
	return true
}

// passTag passes over the next field.
func (c *Coder) passTag() {
	c.at = c.tags.end
	c.tags.count--
	c.tags.read = false
}

// TagEnd ends a field that was Present.
func (c *Coder) TagEnd(f Field) {
	if c.Err() != nil {
		return
	}
	c.tags = c.outer[len(c.outer)-1]
	c.outer = c.outer[:len(c.outer)-1]
	if c.decoding {
		if c.left() > 0 {
			c.malformed("tagged field %d has %d bytes too many", c.tags.next, c.left())
			return
		}
		c.in = c.in[:f.at]
		c.passTag()
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
func (c *Coder) TagsEnd() {
	if c.tags.count > 0 {
		c.passTags()
	}
}

func (c *Coder) passTags() {
	for c.nextTag() {
		c.passTag()
	}
	c.tags.count = 0
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
	if *v == nil && c.tags.count == 0 { // nearly always
		return
	}
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
