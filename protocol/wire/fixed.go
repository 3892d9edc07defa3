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

// The methods for fields of fixed size are just so small that the compiler puts
// them into the descriptions, and make no call. Therefore the error of a field
// that is cut short is left to [Coder.Err].

// Bool codes one byte; any value but 0 reads as true.
func (c *Coder) Bool(v *bool) {
	if c.decoding {
		var b int8
		c.Int8(&b)
		*v = b != 0
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
	if !c.decoding {
		c.out = append(c.out, byte(*v))
	} else if c.has(1) {
		*v = int8(c.in[c.at])
		c.at++
	} else {
		c.lack(1)
	}
}

// Int16 codes a big-endian 16-bit integer.
func (c *Coder) Int16(v *int16) {
	if !c.decoding {
		c.out = order.AppendUint16(c.out, uint16(*v))
	} else if c.has(2) {
		*v = int16(order.Uint16(c.in[c.at : c.at+2]))
		c.at += 2
	} else {
		c.lack(2)
	}
}

// Uint16 codes a big-endian unsigned 16-bit integer.
func (c *Coder) Uint16(v *uint16) {
	if !c.decoding {
		c.out = order.AppendUint16(c.out, *v)
	} else if c.has(2) {
		*v = order.Uint16(c.in[c.at : c.at+2])
		c.at += 2
	} else {
		c.lack(2)
	}
}

// Int32 codes a big-endian 32-bit integer.
func (c *Coder) Int32(v *int32) {
	if !c.decoding {
		c.out = order.AppendUint32(c.out, uint32(*v))
	} else if c.has(4) {
		*v = int32(order.Uint32(c.in[c.at : c.at+4]))
		c.at += 4
	} else {
		c.lack(4)
	}
}

// Uint32 codes a big-endian unsigned 32-bit integer.
func (c *Coder) Uint32(v *uint32) {
	if !c.decoding {
		c.out = order.AppendUint32(c.out, *v)
	} else if c.has(4) {
		*v = order.Uint32(c.in[c.at : c.at+4])
		c.at += 4
	} else {
		c.lack(4)
	}
}

// Int64 codes a big-endian 64-bit integer.
func (c *Coder) Int64(v *int64) {
	if !c.decoding {
		c.out = order.AppendUint64(c.out, uint64(*v))
	} else if c.has(8) {
		*v = int64(order.Uint64(c.in[c.at : c.at+8]))
		c.at += 8
	} else {
		c.lack(8)
	}
}

// Float64 codes a big-endian IEEE 754 double.
func (c *Coder) Float64(v *float64) {
	if !c.decoding {
		c.out = order.AppendUint64(c.out, math.Float64bits(*v))
	} else if c.has(8) {
		*v = math.Float64frombits(order.Uint64(c.in[c.at : c.at+8]))
		c.at += 8
	} else {
		c.lack(8)
	}
}

// UUID codes 16 bytes.
func (c *Coder) UUID(v *UUID) {
	if !c.decoding {
		c.out = append(c.out, v[:]...)
	} else if c.has(16) {
		*v = UUID(c.in[c.at : c.at+16])
		c.at += 16
	} else {
		c.lack(16)
	}
}
