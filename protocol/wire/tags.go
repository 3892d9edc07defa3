package wire

import "fmt"

// section is the state of the tagged fields of one struct (KIP-482). A tagged
// field may hold structs with tagged fields of their own.
type section struct {
	start   int    // encoding: offset of the count byte
	count   int    // decoding: fields not yet read
	last    int64  // decoding: number of the last field, -1 before the first
	pending bool   // decoding: the next field's number has been read
	next    uint32 // decoding: that number
	end     int    // decoding: offset of the next field's end
}

// Tags codes the tagged fields of a struct that knows none: it writes an empty
// section, and passes over what a newer peer put there.
func (c *Coder) Tags() {
	if c.Flexible {
		c.noTags()
	}
}

func (c *Coder) noTags() {
	switch {
	case !c.decoding:
		c.out = append(c.out, 0)
	case c.left() > 0 && c.in[c.at] == 0: // nearly always
		c.at++
	default:
		c.openSection()
		c.closeSection()
	}
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
		c.sections = append(c.sections, section{start: len(c.out)})
		c.out = append(c.out, 0)
		return
	}
	var n uint32
	c.uvarint32(&n, "tagged field count")
	if int64(n)*2 > int64(c.left()) {
		c.malformed("%d tagged fields, %d bytes left", n, c.left())
		n = 0
	}
	c.sections = append(c.sections, section{count: int(n), last: -1})
}

// innermost is the section that was opened last.
func (c *Coder) innermost() *section { return &c.sections[len(c.sections)-1] }

// Field is one tagged field between Tag and TagEnd.
type Field struct {
	// Present tells that the field is there: to be read, or set and so to be
	// written.
	Present bool

	// at is where the field's body starts when encoding, and when decoding where
	// that ends which the field is within.
	at int
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
	c.out[c.innermost().start]++ // fewer than 128 fields are known of any struct
	c.out = AppendUvarint(c.out, uint64(number))
	return Field{Present: true, at: len(c.out)}
}

// readTag passes over the fields before number, and enters the field number if
// it is next.
func (c *Coder) readTag(number uint32) Field {
	s := c.innermost()
	for c.nextTag(s) && s.next < number {
		c.skipTag(s)
	}
	if !s.pending || s.next != number {
		return Field{}
	}
	s.pending = false
	f := Field{Present: true, at: len(c.in)}
	c.in = c.in[:s.end]
	return f
}

// nextTag reads the number and the size of the next field, unless they are read
// already, and tells whether there is one.
func (c *Coder) nextTag(s *section) bool {
	if s.pending || s.count == 0 || c.err != nil {
		return s.pending && c.err == nil
	}
	s.count--
	var size uint32
	c.uvarint32(&s.next, "tag")
	c.uvarint32(&size, "tagged field size")
	if c.err != nil {
		return false
	}
	if int64(s.next) <= s.last {
		c.malformed("tag %d after tag %d", s.next, s.last)
		return false
	}
	s.last = int64(s.next)
	if int64(size) > int64(c.left()) {
		c.short(int64(size), "tagged field")
		return false
	}
	s.end = c.at + int(size)
	s.pending = true
	return true
}

// skipTag passes over the next field.
func (c *Coder) skipTag(s *section) {
	c.at = s.end
	s.pending = false
}

// TagEnd ends a field that was Present.
func (c *Coder) TagEnd(f Field) {
	if c.err != nil {
		return
	}
	if c.decoding {
		if c.left() > 0 {
			c.malformed("tagged field %d has %d bytes too many", c.innermost().next, c.left())
			return
		}
		c.in = c.in[:f.at]
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
	if c.Flexible {
		c.closeSection()
	}
}

func (c *Coder) closeSection() {
	if c.decoding {
		for s := c.innermost(); c.nextTag(s); {
			c.skipTag(s)
		}
	}
	c.sections = c.sections[:len(c.sections)-1]
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
