package codec

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

const (
	zstdMaxBlock = 128 << 10 // the most bytes of a block's content

	// zstdOvercopy is room after the content that lets the decoder copy faster.
	zstdOvercopy = 16

	// zstdSlack is room beyond the limit for a whole block, so that output over
	// the limit can be told from a block that is corrupt.
	zstdSlack = zstdMaxBlock + zstdOvercopy
)

var (
	errZstdTruncated = errors.New("truncated")
	errZstdBlockType = errors.New("reserved block type")
	errZstdSize      = errors.New("content size does not fit the blocks")
)

// zstdFrame is what can be told of a frame without decompressing it.
type zstdFrame struct {
	skippable bool
	length    int   // of the frame
	exact     bool  // the frame states its content size
	least     int64 // the content size is between least
	most      int64 // and most
}

// zstdSize returns the room that the content of all frames of src needs, and
// whether that is exactly its size.
func zstdSize(src []byte, limit int) (size int, exact bool, err error) {
	exact = true
	var least, most int64
	for off := 0; off < len(src); {
		f, err := parseZstdFrame(src, off)
		if err != nil {
			return 0, false, err
		}
		exact = exact && (f.exact || f.skippable)
		least += f.least
		most += f.most
		off += f.length
	}
	if least > int64(limit) {
		return 0, false, tooLarge(Zstd, limit)
	}
	if most > int64(limit) {
		return limit + zstdSlack, false, nil
	}
	return int(most), exact, nil
}

// parseZstdFrame reads the frame of src at off: its header and the headers of
// its blocks.
func parseZstdFrame(src []byte, off int) (f zstdFrame, err error) {
	var h zstd.Header
	rest := src[off:]
	if err := h.Decode(rest); err != nil {
		return f, corrupt(Zstd, off, err)
	}
	f.skippable = h.Skippable
	if h.Skippable {
		if uint64(h.SkippableSize) > uint64(len(rest)-h.HeaderSize) {
			return f, corrupt(Zstd, off, errZstdTruncated)
		}
		f.length = h.HeaderSize + int(h.SkippableSize)
		return f, nil
	}
	window := h.WindowSize
	if h.SingleSegment {
		window = h.FrameContentSize
	}
	blockMax := int64(min(window, zstdMaxBlock))
	if err := f.walkBlocks(rest, h.HeaderSize, blockMax, off); err != nil {
		return f, err
	}
	if h.HasCheckSum {
		f.length += 4
	}
	if f.length > len(rest) {
		return f, corrupt(Zstd, len(src), errZstdTruncated)
	}
	if h.HasFCS {
		if h.FrameContentSize < uint64(f.least) || h.FrameContentSize > uint64(f.most) {
			return f, corrupt(Zstd, off, errZstdSize)
		}
		f.exact = true
		f.least = int64(h.FrameContentSize)
		f.most = f.least
	}
	return f, nil
}

// walkBlocks sets length, least and most from the headers of the blocks of b, a
// frame that is at off in the source and whose first block is at start.
func (f *zstdFrame) walkBlocks(b []byte, start int, blockMax int64, off int) error {
	f.length = start
	for last := false; !last; {
		if len(b)-f.length < 3 {
			return corrupt(Zstd, off+f.length, errZstdTruncated)
		}
		header := int(b[f.length]) | int(b[f.length+1])<<8 | int(b[f.length+2])<<16
		last = header&1 != 0
		size := header >> 3
		next := f.length + 3 + size
		switch header >> 1 & 3 {
		case 0: // raw
			f.least += int64(size)
			f.most += int64(size)
		case 1: // one byte, repeated
			next = f.length + 3 + 1
			f.least += int64(size)
			f.most += int64(size)
		case 2: // compressed
			f.most += blockMax
		default:
			return corrupt(Zstd, off+f.length, errZstdBlockType)
		}
		if next > len(b) {
			return corrupt(Zstd, off+f.length, errZstdTruncated)
		}
		f.length = next
	}
	return nil
}
