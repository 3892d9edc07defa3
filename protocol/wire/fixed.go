package wire

import (
	"encoding/base64"
	"encoding/binary"
	"math"
)

var order = binary.BigEndian

// UUID is a 128-bit id, as topics have them since Kafka 2.8 (KIP-516).
type UUID [16]byte

// IsZero tells whether the id is all zeroes, which stands for none.
func (u UUID) IsZero() bool { return u == UUID{} }

// String returns the id in the form that Kafka's tools print: URL-safe base64
// without padding.
func (u UUID) String() string { return base64.RawURLEncoding.EncodeToString(u[:]) }

// The methods are split so that the compiler puts those that write into the
// descriptions, and reading costs one call.

// Bool codes one byte; any value but 0 reads as true.
func (c *Coder) Bool(v *bool) {
	if c.decoding {
		if b := c.take(1, "bool"); b != nil {
			*v = b[0] != 0
		}
		return
	}
	var b byte
	if *v {
		b = 1
	}
	c.out = append(c.out, b)
}

// Int8 codes a signed byte.
func (c *Coder) Int8(v *int8) {
	if c.decoding {
		c.readInt8(v)
		return
	}
	c.out = append(c.out, byte(*v))
}

func (c *Coder) readInt8(v *int8) {
	if b := c.take(1, "int8"); b != nil {
		*v = int8(b[0])
	}
}

// Int16 codes a big-endian 16-bit integer.
func (c *Coder) Int16(v *int16) {
	if c.decoding {
		c.readInt16(v)
		return
	}
	c.out = order.AppendUint16(c.out, uint16(*v))
}

func (c *Coder) readInt16(v *int16) {
	if c.left() < 2 {
		c.short(2, "int16")
		return
	}
	*v = int16(order.Uint16(c.in[c.at:]))
	c.at += 2
}

// Uint16 codes a big-endian unsigned 16-bit integer.
func (c *Coder) Uint16(v *uint16) {
	if c.decoding {
		c.readUint16(v)
		return
	}
	c.out = order.AppendUint16(c.out, *v)
}

func (c *Coder) readUint16(v *uint16) {
	if b := c.take(2, "uint16"); b != nil {
		*v = order.Uint16(b)
	}
}

// Int32 codes a big-endian 32-bit integer.
func (c *Coder) Int32(v *int32) {
	if c.decoding {
		c.readInt32(v)
		return
	}
	c.out = order.AppendUint32(c.out, uint32(*v))
}

func (c *Coder) readInt32(v *int32) {
	if c.left() < 4 {
		c.short(4, "int32")
		return
	}
	*v = int32(order.Uint32(c.in[c.at:]))
	c.at += 4
}

// Uint32 codes a big-endian unsigned 32-bit integer.
func (c *Coder) Uint32(v *uint32) {
	if c.decoding {
		c.readUint32(v)
		return
	}
	c.out = order.AppendUint32(c.out, *v)
}

func (c *Coder) readUint32(v *uint32) {
	if b := c.take(4, "uint32"); b != nil {
		*v = order.Uint32(b)
	}
}

// Int64 codes a big-endian 64-bit integer.
func (c *Coder) Int64(v *int64) {
	if c.decoding {
		c.readInt64(v)
		return
	}
	c.out = order.AppendUint64(c.out, uint64(*v))
}

func (c *Coder) readInt64(v *int64) {
	if c.left() < 8 {
		c.short(8, "int64")
		return
	}
	*v = int64(order.Uint64(c.in[c.at:]))
	c.at += 8
}

// Float64 codes a big-endian IEEE 754 double.
func (c *Coder) Float64(v *float64) {
	if !c.decoding {
		c.out = order.AppendUint64(c.out, math.Float64bits(*v))
		return
	}
	if b := c.take(8, "float64"); b != nil {
		*v = math.Float64frombits(order.Uint64(b))
	}
}

// UUID codes 16 bytes.
func (c *Coder) UUID(v *UUID) {
	if !c.decoding {
		c.out = append(c.out, v[:]...)
		return
	}
	if b := c.take(16, "uuid"); b != nil {
		copy(v[:], b)
	}
}
