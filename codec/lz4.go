package codec

import (
	"encoding/binary"

	"github.com/pierrec/lz4/v4"
)

// The frame that Kafka writes: version 1, independent blocks of at most 64 KiB,
// no checksums but the header's, no content size.
const (
	lz4Magic        = "\x04\x22\x4d\x18"
	lz4Header       = lz4Magic + "\x60\x40\x82"
	lz4LegacyHeader = lz4Magic + "\x60\x40\x1a"
	lz4BlockSize    = 64 << 10

	lz4Stored = 1 << 31 // in the size of a block: its bytes are not compressed
)

type lz4Encoder struct {
	block      [lz4BlockSize]byte
	compressed [lz4BlockSize]byte
	fast       lz4.Compressor
	hard       *lz4.CompressorHC // nil for the default level
}

func newLZ4Encoder(level int) *lz4Encoder {
	e := new(lz4Encoder)
	if level != levelsOf[LZ4].byDefault {
		// Fewer than four positions would lose to the fast compressor.
		e.hard = &lz4.CompressorHC{Level: 1 << (max(level, 3) - 1)}
	}
	return e
}

func (z *Compressor) appendLZ4(dst []byte, chunks [][]byte) []byte {
	e, ok := z.pool.Get().(*lz4Encoder)
	if !ok {
		e = newLZ4Encoder(z.level)
	}
	if z.codec == LZ4Legacy {
		dst = append(dst, lz4LegacyHeader...)
	} else {
		dst = append(dst, lz4Header...)
	}
	in := blocks{chunks: chunks, scratch: e.block[:]}
	for block := in.next(); block != nil; block = in.next() {
		dst = e.appendBlock(dst, block)
	}
	z.pool.Put(e)
	return append(dst, 0, 0, 0, 0) // end mark
}

// appendBlock appends block compressed, or as it is where that is not smaller.
func (e *lz4Encoder) appendBlock(dst, block []byte) []byte {
	dst = append(dst, 0, 0, 0, 0)
	start, most := len(dst), len(block)-1
	inPlace := cap(dst)-start >= most
	room := e.compressed[:most]
	if inPlace {
		room = dst[start : start+most]
	}
	n := e.compress(block, room)
	size := uint32(n)
	switch {
	case n == 0:
		size = uint32(len(block)) | lz4Stored
		dst = append(dst, block...)
	case inPlace:
		dst = dst[:start+n]
	default:
		dst = append(dst, room[:n]...)
	}
	binary.LittleEndian.PutUint32(dst[start-4:], size)
	return dst
}

// compress returns the compressed size of block, or 0 if room does not hold it.
func (e *lz4Encoder) compress(block, room []byte) int {
	var n int
	var err error
	if e.hard != nil {
		n, err = e.hard.CompressBlock(block, room)
	} else {
		n, err = e.fast.CompressBlock(block, room)
	}
	if err != nil {
		return 0
	}
	return n
}
