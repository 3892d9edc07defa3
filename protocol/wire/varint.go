package wire

import "math/bits"

// AppendUvarint appends v as an unsigned varint: seven bits a byte, lowest
// first, the high bit telling that more follow.
func AppendUvarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// AppendVarint appends v as a zig-zag varint, as record batches have them.
func AppendVarint(b []byte, v int64) []byte {
	return AppendUvarint(b, zigzag(v))
}

// UvarintLen returns how many bytes [AppendUvarint] takes for v.
func UvarintLen(v uint64) int {
	return (bits.Len64(v|1) + 6) / 7
}

// VarintLen returns how many bytes [AppendVarint] takes for v.
func VarintLen(v int64) int {
	return UvarintLen(zigzag(v))
}

// Uvarint reads an unsigned varint from b and returns it with the number of
// bytes it took: 0 if b ends within it, -1 if it has more than 64 bits.
func Uvarint(b []byte) (v uint64, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return uvarintLong(b)
}

func uvarintLong(b []byte) (v uint64, n int) {
	for i, x := range b {
		if i == 9 && x > 1 {
			return 0, -1
		}
		v |= uint64(x&0x7f) << (7 * i)
		if x < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// Varint reads a zig-zag varint from b; n is as for [Uvarint].
func Varint(b []byte) (v int64, n int) {
	u, n := Uvarint(b)
	return int64(u>>1) ^ -int64(u&1), n
}

func zigzag(v int64) uint64 {
	return uint64(v<<1) ^ uint64(v>>63)
}

// uvarint32 codes an unsigned varint of at most 32 bits: the protocol's own
// lengths and tags.
func (c *Coder) uvarint32(v *uint32, what string) {
	if !c.decoding {
		c.out = AppendUvarint(c.out, uint64(*v))
		return
	}
	u, n := Uvarint(c.in[c.at:])
	switch {
	case n == 0:
		c.short(int64(c.left())+1, what)
	case n < 0 || u > 1<<32-1:
		c.malformed("%s is a varint of more than 32 bits", what)
	default:
		*v = uint32(u)
		c.at += uint(n)
	}
}

// Varint codes a zig-zag varint of at most 64 bits.
func (c *Coder) Varint(v *int64) {
	if !c.decoding {
		c.out = AppendVarint(c.out, *v)
		return
	}
	x, n := Varint(c.in[c.at:])
	switch {
	case n == 0:
		c.short(int64(c.left())+1, "varint")
	case n < 0:
		c.malformed("varint of more than 64 bits")
	default:
		*v = x
		c.at += uint(n)
	}
}
