package codec

import (
	"errors"

	"github.com/pierrec/lz4/v4"
)

// lz4Window is how far back a match can refer.
const lz4Window = 64 << 10

var errLZ4Block = errors.New("bad lz4 block")

func decompressLZ4(dst []byte, in lz4Reader, limit int) ([]byte, error) {
	size, err := in.sizeToReserve(cap(dst)-len(dst), limit)
	if err != nil {
		return dst, err
	}
	dst = reserve(dst, size)
	for {
		f, ok, err := in.nextFrame()
		if !ok || err != nil {
			return dst, err
		}
		start := len(dst)
		for {
			b, ok, err := in.nextBlock(&f)
			if err != nil {
				return dst, err
			}
			if !ok {
				break
			}
			if dst, err = in.appendBlock(dst, &f, &b, start); err != nil {
				return dst, err
			}
		}
		if err := in.endFrame(&f, dst[start:]); err != nil {
			return dst, err
		}
	}
}

// appendBlock appends the content of b, for which dst has room. The content of
// its frame begins at start.
func (r *lz4Reader) appendBlock(dst []byte, f *lz4Frame, b *lz4Block, start int) ([]byte, error) {
	if b.stored {
		return append(dst, b.data...), nil
	}
	var window []byte
	if f.linked {
		window = dst[max(start, len(dst)-lz4Window):]
	}
	room := dst[len(dst):min(cap(dst), len(dst)+f.blockMax)]
	n, err := lz4.UncompressBlockWithDict(b.data, room, window)
	if err != nil {
		return dst, corrupt(r.codec, b.off, errLZ4Block)
	}
	return dst[:len(dst)+n], nil
}

// lz4Sizing is a way to tell the decompressed size of b, at most blockMax. It
// returns false if b is malformed.
type lz4Sizing func(blockMax int, b lz4Block) (int64, bool)

// sizeToReserve returns a size that holds what r decompresses to, at most
// limit. Reading the exact size off the compressed blocks costs about as much as
// decompressing them, so that is the last resort.
func (r *lz4Reader) sizeToReserve(room, limit int) (int, error) {
	size, err := r.size(lz4Bound)
	if err == nil && size > int64(min(room, limit)) {
		size, err = r.size(lz4Likely)
	}
	if err == nil && size > int64(limit) {
		size, err = r.size(lz4Exact)
	}
	if err == nil && size > int64(limit) {
		err = tooLarge(r.codec, limit)
	}
	return int(size), err
}

// size sums the sizes of all blocks. It reads a copy of r.
func (r lz4Reader) size(of lz4Sizing) (int64, error) {
	var size int64
	for {
		f, ok, err := r.nextFrame()
		if !ok || err != nil {
			return size, err
		}
		for {
			b, ok, err := r.nextBlock(&f)
			if err != nil {
				return 0, err
			}
			if !ok {
				break
			}
			n := int64(len(b.data))
			if !b.stored {
				if n, ok = of(f.blockMax, b); !ok || n > int64(f.blockMax) {
					return 0, corrupt(r.codec, b.off, errLZ4Block)
				}
			}
			size += n
		}
		if f.contentSum {
			if _, err := r.uint32(); err != nil {
				return 0, err
			}
		}
	}
}

// lz4Bound returns the most that b can decompress to.
func lz4Bound(blockMax int, b lz4Block) (int64, bool) {
	return min(int64(blockMax), 255*int64(len(b.data))), true
}

// lz4Likely takes all blocks but the last of a frame for full, as writers make
// them, unless b is too small for that to be likely.
func lz4Likely(blockMax int, b lz4Block) (int64, bool) {
	if !b.last && len(b.data) >= blockMax/32 {
		return int64(blockMax), true
	}
	return lz4Exact(blockMax, b)
}

// lz4Exact returns the sum of the literal and match lengths of b, or false if
// they do not fit its bytes.
func lz4Exact(_ int, b lz4Block) (int64, bool) {
	src := b.data
	var size int64
	for i := 0; i < len(src); {
		token := src[i]
		literals, j, ok := lz4Length(src, i+1, int64(token>>4))
		if !ok || literals > int64(len(src)-j) {
			return 0, false
		}
		size += literals
		i = j + int(literals)
		if i == len(src) { // the last sequence is literals only
			return size, true
		}
		match, j, ok := lz4Length(src, i+2, int64(token&15))
		if !ok {
			return 0, false
		}
		size += match + 4
		i = j
	}
	return 0, false
}

// lz4Length returns a length whose nibble of the token is n and whose further
// bytes, if any, begin at i, and the index after it.
func lz4Length(src []byte, i int, n int64) (int64, int, bool) {
	if n == 15 {
		for {
			if i >= len(src) {
				return 0, 0, false
			}
			c := src[i]
			i++
			n += int64(c)
			if c != 255 {
				break
			}
		}
	}
	return n, i, i <= len(src)
}
