package record

import "hash/crc32"

// bodySum is the CRC-32C of a batch's records, summed while they are still in
// the processor's cache.
type bodySum struct {
	crc    uint32
	chunks int // summed in full
	offset int // in the chunk after these
	size   int // bytes summed
}

// add sums what has come to chunks since the last time.
func (s *bodySum) add(chunks [][]byte) {
	for i, chunk := range chunks[s.chunks:] {
		if i > 0 {
			s.chunks++
			s.offset = 0
		}
		s.crc = crc32.Update(s.crc, castagnoli, chunk[s.offset:])
		s.size += len(chunk) - s.offset
		s.offset = len(chunk)
	}
}

// after returns the checksum of header and what was summed after it. The
// checksum of a concatenation is that of the first part, shifted by the length of
// the second as if zeros followed, with that of the second added.
func (s *bodySum) after(header []byte) uint32 {
	return shiftCRC(crc32.Checksum(header, castagnoli), s.size) ^ s.crc
}

// shiftCRC multiplies a checksum by x^8n. Both are polynomials over GF(2), with
// the highest bit for x^0; squares of x are at hand for each bit of n.
func shiftCRC(crc uint32, n int) uint32 {
	for k := 3; n > 0; k++ {
		if n&1 != 0 {
			crc = multiply(squares[k%len(squares)], crc)
		}
		n >>= 1
	}
	return crc
}

// squares are x^(2^k) modulo the polynomial of CRC-32C, from k = 0 on. They
// repeat: x^(2^31) is x.
var squares = func() (s [31]uint32) {
	s[0] = 1 << 30
	for k := 1; k < len(s); k++ {
		s[k] = multiply(s[k-1], s[k-1])
	}
	return s
}()

// multiply multiplies polynomials modulo that of CRC-32C.
func multiply(a, b uint32) uint32 {
	const polynomial = 0x82f63b78
	var product uint32
	for ; a != 0; a <<= 1 {
		product ^= b & -(a >> 31)
		b = b>>1 ^ polynomial&-(b&1)
	}
	return product
}
