package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/klauspost/compress/s2"
)

// The framing of snappy-java: a header of magic, version and oldest compatible
// version, then for each block its compressed length and its bytes.
const (
	xerialMagic      = "\x82SNAPPY\x00"
	xerialHeader     = xerialMagic + "\x00\x00\x00\x01\x00\x00\x00\x01"
	xerialHeaderSize = 16

	// xerialBlockSize is the most that a block has. Java's have 32 KiB; as each
	// is compressed without what came before it, larger ones become smaller.
	xerialBlockSize = 1 << 20

	// maxSnappyRatio is how far snappy can expand its input: a 64-byte copy of
	// three bytes.
	maxSnappyRatio = 22
)

type snappyEncoder struct {
	block      []byte // for one that spans chunks
	compressed []byte // for one that dst has no room for
}

func (z *Compressor) appendSnappy(dst []byte, chunks [][]byte) []byte {
	e, ok := z.pool.Get().(*snappyEncoder)
	if !ok {
		e = new(snappyEncoder)
	}
	dst = append(dst, xerialHeader...)
	if len(chunks) > 1 {
		e.block = slices.Grow(e.block[:0], min(total(chunks), xerialBlockSize))
	}
	in := blocks{chunks: chunks, size: xerialBlockSize, scratch: e.block}
	for block := in.next(); block != nil; block = in.next() {
		dst = e.appendBlock(dst, block)
	}
	z.pool.Put(e)
	return dst
}

func (e *snappyEncoder) appendBlock(dst, block []byte) []byte {
	dst = append(dst, 0, 0, 0, 0)
	start := len(dst)
	if most := s2.MaxEncodedLen(len(block)); cap(dst)-start >= most {
		dst = dst[:start+len(s2.EncodeSnappy(dst[start:cap(dst)], block))]
	} else {
		e.compressed = slices.Grow(e.compressed[:0], most)
		dst = append(dst, s2.EncodeSnappy(e.compressed[:most], block)...)
	}
	binary.BigEndian.PutUint32(dst[start-4:], uint32(len(dst)-start))
	return dst
}

var (
	errSnappyBlock     = errors.New("bad snappy block")
	errSnappyHeader    = errors.New("truncated xerial header")
	errSnappyTruncated = errors.New("truncated xerial block")
)

// decompressSnappy reads xerial framing, whose magic no raw block can begin
// with, and else takes src for one raw block.
func decompressSnappy(dst, src []byte, limit int) ([]byte, error) {
	size, err := snappySize(src)
	if err != nil {
		return dst, err
	}
	if size > int64(limit) {
		return dst, tooLarge(Snappy, limit)
	}
	dst = reserve(dst, int(size))
	for in := (snappyReader{src: src}); ; {
		block, err := in.next()
		if block == nil || err != nil {
			return dst, err
		}
		n, err := s2.DecodedLen(block)
		if err != nil {
			return dst, corrupt(Snappy, in.off-len(block), err)
		}
		if _, err := s2.Decode(dst[len(dst):len(dst)+n], block); err != nil {
			return dst, corrupt(Snappy, in.off-len(block), errSnappyBlock)
		}
		dst = dst[:len(dst)+n]
	}
}

// snappySize sums the sizes that the blocks of src state, each checked for
// being possible.
func snappySize(src []byte) (int64, error) {
	var size int64
	for in := (snappyReader{src: src}); ; {
		block, err := in.next()
		if block == nil || err != nil {
			return size, err
		}
		n, err := s2.DecodedLen(block)
		if err != nil || n > maxSnappyRatio*len(block) {
			return 0, corrupt(Snappy, in.off-len(block), errSnappyBlock)
		}
		size += int64(n)
	}
}

// snappyReader goes over the blocks of src.
type snappyReader struct {
	src []byte
	off int // of the next block
}

// next returns the next block, or nil at the end.
func (r *snappyReader) next() ([]byte, error) {
	const magicSize = len(xerialMagic)
	if r.off == 0 && !r.atMagic() {
		r.off = len(r.src)
		return r.src, nil
	}
	for r.atMagic() { // at the start, and where streams were concatenated
		if len(r.src)-r.off < xerialHeaderSize {
			return nil, corrupt(Snappy, r.off+magicSize, errSnappyHeader)
		}
		r.off += xerialHeaderSize
	}
	rest := r.src[r.off:]
	if len(rest) == 0 {
		return nil, nil
	}
	if len(rest) < 4 {
		return nil, corrupt(Snappy, r.off, errSnappyTruncated)
	}
	n := binary.BigEndian.Uint32(rest)
	if uint64(n) > uint64(len(rest)-4) {
		return nil, corrupt(Snappy, r.off, errSnappyTruncated)
	}
	r.off += 4 + int(n)
	return rest[4 : 4+n], nil
}

func (r *snappyReader) atMagic() bool {
	return bytes.HasPrefix(r.src[r.off:], []byte(xerialMagic))
}
