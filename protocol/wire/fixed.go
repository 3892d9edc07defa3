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

// The methods for fields of fixed size make no call, so that the compiler puts
// them into the descriptions. Where a decoder has too few bytes left, they note
// that for [Coder.Err] and end the input, which stops all further reading.

// Bool codes one byte; any value but 0 reads as true.
func (c *Coder) Bool(v *bool) {
	if !c.decoding {
		var b byte
		if *v {
			b = 1
		}
		c.out = append(c.out, b)
	} else if c.end-c.at >= 1 {
		*v = c.in[c.at] != 0
		c.at++
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 1, c.end, -1
	}
}

// Int8 codes a signed byte.
func (c *Coder) Int8(v *int8) {
	if !c.decoding {
		c.out = append(c.out, byte(*v))
	} else if c.end-c.at >= 1 {
		*v = int8(c.in[c.at])
		c.at++
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 1, c.end, -1
	}
}

// Int16 codes a big-endian 16-bit integer.
func (c *Coder) Int16(v *int16) {
	if !c.decoding {
		c.out = order.AppendUint16(c.out, uint16(*v))
	} else if c.end-c.at >= 2 {
		*v = int16(order.Uint16(c.in[c.at:]))
		c.at += 2
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 2, c.end, -1
	}
}

// Uint16 codes a big-endian unsigned 16-bit integer.
func (c *Coder) Uint16(v *uint16) {
	if !c.decoding {
		c.out = order.AppendUint16(c.out, *v)
	} else if c.end-c.at >= 2 {
		*v = order.Uint16(c.in[c.at:])
		c.at += 2
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 2, c.end, -1
	}
}

// Int32 codes a big-endian 32-bit integer.
func (c *Coder) Int32(v *int32) {
	if !c.decoding {
		c.out = order.AppendUint32(c.out, uint32(*v))
	} else if c.end-c.at >= 4 {
		*v = int32(order.Uint32(c.in[c.at:]))
		c.at += 4
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 4, c.end, -1
	}
}

// Uint32 codes a big-endian unsigned 32-bit integer.
func (c *Coder) Uint32(v *uint32) {
	if !c.decoding {
		c.out = order.AppendUint32(c.out, *v)
	} else if c.end-c.at >= 4 {
		*v = order.Uint32(c.in[c.at:])
		c.at += 4
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 4, c.end, -1
	}
}

// Int64 codes a big-endian 64-bit integer.
func (c *Coder) Int64(v *int64) {
	if !c.decoding {
		c.out = order.AppendUint64(c.out, uint64(*v))
	} else if c.end-c.at >= 8 {
		*v = int64(order.Uint64(c.in[c.at:]))
		c.at += 8
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 8, c.end, -1
	}
}

// Float64 codes a big-endian IEEE 754 double.
func (c *Coder) Float64(v *float64) {
	if !c.decoding {
		c.out = order.AppendUint64(c.out, math.Float64bits(*v))
	} else if c.end-c.at >= 8 {
		*v = math.Float64frombits(order.Uint64(c.in[c.at:]))
		c.at += 8
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 8, c.end, -1
	}
}

// UUID codes 16 bytes.
func (c *Coder) UUID(v *UUID) {
	if !c.decoding {
		c.out = append(c.out, v[:]...)
	} else if c.end-c.at >= 16 {
		*v = UUID(c.in[c.at : c.at+16])
		c.at += 16
	} else if c.end >= 0 {
		c.lacks, c.limit, c.end = 16, c.end, -1
	}
}
