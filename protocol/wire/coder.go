package wire

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// ErrMalformed is wrapped by every error that decoding returns: the bytes are
// not a message of the expected shape.
var ErrMalformed = errors.New("malformed message")

// ErrUnsupported is wrapped by the error of encoding a value that the chosen
// version cannot carry.
var ErrUnsupported = errors.New("not supported by the message version")

// Coder reads or writes the fields of one message. The zero Coder is not
// usable: start with [NewEncoder] or [NewDecoder]. A Coder is not safe for
// concurrent use.
type Coder struct {
	// Version of the message that is coded.
	Version int16
	// Flexible tells that the version has compact lengths and tagged fields.
	Flexible bool

	decoding bool
	err      error

	in    []byte // decoding: the message, or up to the end of a tagged field within it
	at    uint   // decoding: offset of what is read next, the end after an error
	lacks uint   // decoding: size of a field that is cut short, for which err is not yet made
	cut   uint   // decoding: offset of that field

	int32s  slab[int32]  // decoding: memory for small arrays
	text    slab[byte]   // decoding: for short strings
	strings slab[string] // decoding: for strings that may be null

	out     []byte // encoding: what has been written, without the splices
	splices []splice
	spliced int // bytes in splices

	tags  section   // the tagged fields that are being coded
	outer []section // those within which these are
}

// splice is a run of bytes that is sent from where it lies instead of being
// copied into the message.
type splice struct {
	at     int // offset in out
	chunks [][]byte
}

// NewEncoder returns a Coder that writes, appending to buf.
func NewEncoder(buf []byte) *Coder {
	return &Coder{out: buf}
}

// NewDecoder returns a Coder that reads b. Byte fields of what is decoded alias
// b; all else is copied, so that it does not keep b alive. Short strings and
// small arrays of integers share allocations of a kilobyte.
func NewDecoder(b []byte, version int16, flexible bool) *Coder {
	c := decoders.Get().(*Coder)
	c.Version, c.Flexible, c.in = version, flexible, b
	return c
}

// decoders keeps Coders for what is left of their allocations, so that a small
// message may need none.
var decoders = sync.Pool{New: func() any { return &Coder{decoding: true} }}

// Release lets a later [NewDecoder] use the decoder again, which must not be
// touched any more. What was decoded stays valid. A decoder need not be released.
func (c *Coder) Release() {
	c.in, c.at, c.lacks, c.err = nil, 0, 0, nil
	c.tags.count, c.outer = 0, c.outer[:0]
	decoders.Put(c)
}

// Decoding tells whether the Coder reads; otherwise it writes.
func (c *Coder) Decoding() bool { return c.decoding }

// Err returns the first error, nil if there was none.
func (c *Coder) Err() error {
	if c.lacks > 0 {
		c.settle()
	}
	return c.err
}

// settle makes the error that lack has noted, unless there was one before.
func (c *Coder) settle() {
	if c.err == nil {
		c.err = fmt.Errorf("%w: field needs %d bytes, %d left at offset %d", ErrMalformed, c.lacks, c.at-c.cut, c.cut)
	}
	c.lacks = 0
}

// Offset returns how many bytes have been read, or written without splices.
func (c *Coder) Offset() int {
	if c.decoding {
		return int(c.at)
	}
	return len(c.out)
}

// Len returns how many bytes are left to read, or how many the encoded message
// has, splices included.
func (c *Coder) Len() int {
	if c.decoding {
		return c.left()
	}
	return len(c.out) + c.spliced
}

// Reset makes an encoder empty, keeping its buffer.
func (c *Coder) Reset() {
	clear(c.splices)
	*c = Coder{out: c.out[:0], splices: c.splices[:0], outer: c.outer[:0]}
}

// Flat returns what an encoder wrote as one slice. It copies only if there are
// splices.
func (c *Coder) Flat() []byte {
	if len(c.splices) == 0 {
		return c.out
	}
	flat := make([]byte, 0, c.Len())
	for _, b := range c.Buffers(nil) {
		flat = append(flat, b...)
	}
	return flat
}

// Buffers appends what an encoder wrote to bufs, as pieces in order, ready for
// one vectored write. The pieces alias the Coder and the spliced bytes.
func (c *Coder) Buffers(bufs net.Buffers) net.Buffers {
	from := 0
	for _, s := range c.splices {
		if s.at > from {
			bufs = append(bufs, c.out[from:s.at])
			from = s.at
		}
		bufs = append(bufs, s.chunks...)
	}
	if from < len(c.out) {
		bufs = append(bufs, c.out[from:])
	}
	return bufs
}

// SetSize writes n big-endian over the four bytes at offset at, which the
// encoder must have written before any splice: a frame's size, once known.
func (c *Coder) SetSize(at int, n int32) {
	order.PutUint32(c.out[at:], uint32(n))
}

// End fails a decoder that has bytes left.
func (c *Coder) End() {
	if c.decoding && c.left() > 0 {
		c.malformed("%d bytes left over", c.left())
	}
}

// Fail makes err the Coder's error, unless it has one. A description uses it
// for a value that breaks a rule which no single field shows.
func (c *Coder) Fail(err error) {
	if c.Err() == nil {
		c.err = err
		c.at = uint(len(c.in))
	}
}

func (c *Coder) malformed(format string, args ...any) {
	if c.Err() == nil {
		c.Fail(fmt.Errorf("%w: %s at offset %d", ErrMalformed, fmt.Sprintf(format, args...), c.at))
	}
}

// left returns how many bytes a decoder has left, none after an error.
func (c *Coder) left() int { return len(c.in) - int(c.at) }

// failed tells that a decoder has met with an error, and reads nothing more.
func (c *Coder) failed() bool { return c.lacks > 0 || c.err != nil }

// has tells whether a decoder has n bytes left, n being more than 0, in a way that
// shows the compiler that in[at:at+n] is within bounds.
func (c *Coder) has(n uint) bool {
	end := c.at + n
	return c.at < end && end <= uint(len(c.in))
}

// lack notes that a field of n bytes is cut short, for settle, and passes over
// what is left, so that nothing more is read.
func (c *Coder) lack(n uint) {
	if c.lacks == 0 {
		c.lacks, c.cut, c.at = n, c.at, uint(len(c.in))
	}
}

// take returns the next n bytes of a decoder, which must be there.
func (c *Coder) take(n int) []byte {
	end := c.at + uint(n)
	b := c.in[c.at:end:end]
	c.at = end
	return b
}

func (c *Coder) short(n int64, what string) {
	c.malformed("%s needs %d bytes, %d left", what, n, c.left())
}
