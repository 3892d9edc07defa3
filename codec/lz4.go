package codec

import (
	"encoding/binary"
	"slices"

	"github.com/pierrec/lz4/v4"
)

// The frame that Kafka writes: version 1, independent blocks, no checksums but the
// header's, no content size. Java's blocks are of 64 KiB, as those of LZ4Legacy are
// here; otherwise they are as large as the data, so that as little as possible is
// compressed without what came before it, but of 1 MiB at most, which is what a
// reader has to have memory for.
const (
	lz4Magic        = "\x04\x22\x4d\x18"
	lz4LegacyHeader = lz4Magic + "\x60\x40\x1a"

	lz4Stored = 1 << 31 // in the size of a block: its bytes are not compressed
)

// lz4Frames are the headers by the largest size of blocks.
var lz4Frames = [...]struct {
	header string
	block  int
}{
	{lz4Magic + "\x60\x40\x82", 64 << 10},
	{lz4Magic + "\x60\x50\xfb", 256 << 10},
	{lz4Magic + "\x60\x60\x51", 1 << 20},
}

// lz4Frame returns what the frame for n bytes begins with.
func (z *Compressor) lz4Frame(n int) (header string, block int) {
	if z.codec == LZ4Legacy {
		return lz4LegacyHeader, lz4Frames[0].block
	}
	for _, f := range lz4Frames {
		if header, block = f.header, f.block; n <= block {
			break
		}
	}
	return header, block
}

type lz4Encoder struct {
	block      []byte // for one that spans chunks
	compressed []byte // for one that dst has no room for
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
	n := total(chunks)
	header, size := z.lz4Frame(n)
	dst = append(dst, header...)
	if len(chunks) > 1 {
		e.block = slices.Grow(e.block[:0], min(n, size))
	}
	in := blocks{chunks: chunks, size: size, scratch: e.block}
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
	var room []byte
	if inPlace {
		room = dst[start : start+most]
	} else {
		e.compressed = slices.Grow(e.compressed[:0], most)
		room = e.compressed[:most]
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
