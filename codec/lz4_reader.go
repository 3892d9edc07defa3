package codec

import (
	"encoding/binary"
	"errors"
)

// lz4Frame is what the header of a frame says.
type lz4Frame struct {
	blockMax    int  // the most bytes a block decompresses to
	linked      bool // blocks refer to those before
	blockSums   bool
	contentSum  bool
	hasSize     bool
	contentSize uint64
}

// lz4Block is one block of a frame.
type lz4Block struct {
	data   []byte
	off    int // of data in the source
	stored bool
	last   bool
}

// lz4Reader goes over the frames of src and their blocks: nextFrame, then
// nextBlock until it says that there is no more, then endFrame.
type lz4Reader struct {
	codec Codec // LZ4, or LZ4Legacy to accept the wrong header checksum too
	src   []byte
	off   int
}

// lz4SkippableMagic follows a byte 0x50 to 0x5f in the magic number of a frame
// of other data.
const lz4SkippableMagic = "\x2a\x4d\x18"

var errLZ4Truncated = errors.New("truncated")

// uint32 reads four bytes, little-endian.
func (r *lz4Reader) uint32() (uint32, error) {
	b, err := r.bytes(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

func (r *lz4Reader) bytes(n uint32) ([]byte, error) {
	if uint64(n) > uint64(len(r.src)-r.off) {
		return nil, corrupt(r.codec, r.off, errLZ4Truncated)
	}
	b := r.src[r.off : r.off+int(n)]
	r.off += int(n)
	return b, nil
}

// nextFrame reads the header of the next frame, past any skippable ones. It
// returns false at the end of src.
func (r *lz4Reader) nextFrame() (f lz4Frame, ok bool, err error) {
	for r.off < len(r.src) {
		start := r.off
		magic, err := r.bytes(4)
		if err != nil {
			return f, false, err
		}
		if string(magic) == lz4Magic {
			f, err = r.header(start)
			return f, err == nil, err
		}
		if magic[0]&0xf0 != 0x50 || string(magic[1:]) != lz4SkippableMagic {
			return f, false, corruptf(r.codec, start, "magic number % x of no lz4 frame", magic)
		}
		n, err := r.uint32()
		if err != nil {
			return f, false, err
		}
		if _, err := r.bytes(n); err != nil {
			return f, false, err
		}
	}
	return f, false, nil
}

// header reads the frame descriptor after the magic number at start.
func (r *lz4Reader) header(start int) (f lz4Frame, err error) {
	flags, err := r.bytes(2)
	if err != nil {
		return f, err
	}
	flg, bd := flags[0], flags[1]
	f.linked = flg&0x20 == 0
	f.blockSums = flg&0x10 != 0
	f.hasSize = flg&0x08 != 0
	f.contentSum = flg&0x04 != 0
	switch size := bd >> 4; {
	case flg>>6 != 1 || flg&0x02 != 0:
		return f, corruptf(r.codec, start+4, "frame flags %#02x of an unknown version", flg)
	case flg&0x01 != 0:
		return f, corruptf(r.codec, start+4, "frame needs a dictionary, which Kafka does not have")
	case bd&0x0f != 0 || size < 4 || size > 7:
		return f, corruptf(r.codec, start+5, "unknown block size %#02x", bd)
	default:
		f.blockMax = 1 << (2*size + 8) // 4: 64 KiB, 256 KiB, 1 MiB, 7: 4 MiB
	}
	if f.hasSize {
		size, err := r.bytes(8)
		if err != nil {
			return f, err
		}
		f.contentSize = binary.LittleEndian.Uint64(size)
	}
	end := r.off
	sum, err := r.bytes(1)
	if err != nil {
		return f, err
	}
	right := byte(xxHash32(r.src[start+4:end]) >> 8)
	legacy := byte(xxHash32(r.src[start:end]) >> 8)
	if sum[0] != right && (r.codec != LZ4Legacy || sum[0] != legacy) {
		return f, corruptf(r.codec, end, "header checksum %#02x, computed %#02x", sum[0], right)
	}
	return f, nil
}

// nextBlock reads the next block of f. It returns false at the end mark.
func (r *lz4Reader) nextBlock(f *lz4Frame) (b lz4Block, ok bool, err error) {
	start := r.off
	n, err := r.uint32()
	if err != nil || n == 0 {
		return b, false, err
	}
	b.stored = n&lz4Stored != 0
	n &^= lz4Stored
	if n > uint32(f.blockMax) {
		return b, false, corruptf(r.codec, start, "block of %d bytes in a frame of blocks of at most %d", n, f.blockMax)
	}
	b.off = r.off
	if b.data, err = r.bytes(n); err != nil {
		return b, false, err
	}
	if f.blockSums {
		sum, err := r.uint32()
		if err != nil {
			return b, false, err
		}
		if got := xxHash32(b.data); got != sum {
			return b, false, corruptf(r.codec, b.off, "block checksum %#08x, computed %#08x", sum, got)
		}
	}
	b.last = len(r.src)-r.off >= 4 && binary.LittleEndian.Uint32(r.src[r.off:]) == 0
	return b, true, nil
}

// endFrame reads what follows the end mark of f and checks content, the whole
// output of the frame, against what the frame says of it.
func (r *lz4Reader) endFrame(f *lz4Frame, content []byte) error {
	if f.hasSize && f.contentSize != uint64(len(content)) {
		return corruptf(r.codec, r.off, "content size %d, decompressed %d", f.contentSize, len(content))
	}
	if !f.contentSum {
		return nil
	}
	start := r.off
	sum, err := r.uint32()
	if err != nil {
		return err
	}
	if got := xxHash32(content); got != sum {
		return corruptf(r.codec, start, "content checksum %#08x, computed %#08x", sum, got)
	}
	return nil
}
