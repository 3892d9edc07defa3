package codec

import (
	"errors"

	"github.com/pierrec/lz4/v4"
)

// lz4Window is how far back a match can refer.
const lz4Window = 64 << 10

var errLZ4Block = errors.New("bad lz4 block")

// decompressLZ4 avoids to read the exact size off the compressed blocks, as that
// costs about as much as decompressing them.
func decompressLZ4(dst []byte, in lz4Reader, limit int) ([]byte, error) {
	size, blocks, err := in.size(lz4Bound)
	switch {
	case err != nil:
		return dst, err
	case size <= int64(min(cap(dst)-len(dst), limit)):
		return in.append(dst)
	case blocks == 1 && size <= asideMax:
		return decompressAside(dst, int(size), func(out []byte) ([]byte, error) {
			out, err := in.append(out)
			if err == nil && len(out) > limit {
				err = tooLarge(in.codec, limit)
			}
			return out, err
		})
	}
	size, _, err = in.size(lz4Likely)
	if err == nil && size > int64(limit) {
		size, _, err = in.size(lz4Exact)
	}
	switch {
	case err != nil:
		return dst, err
	case size > int64(limit):
		return dst, tooLarge(in.codec, limit)
	}
	return in.append(reserve(dst, int(size)))
}

// append appends the content of all frames of a copy of r to dst, which has room
// for it.
func (r lz4Reader) append(dst []byte) ([]byte, error) {
	for {
		f, ok, err := r.nextFrame()
		if !ok || err != nil {
			return dst, err
		}
		start := len(dst)
		for {
			b, ok, err := r.nextBlock(&f)
			if err != nil {
				return dst, err
			}
			if !ok {
				break
			}
			if dst, err = r.appendBlock(dst, &f, &b, start); err != nil {
				return dst, err
			}
		}
		if err := r.endFrame(&f, dst[start:]); err != nil {
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

// size sums the sizes of all blocks of a copy of r, and counts them.
func (r lz4Reader) size(of lz4Sizing) (size int64, blocks int, err error) {
	for {
		f, ok, err := r.nextFrame()
		if !ok || err != nil {
			return size, blocks, err
		}
		for {
			b, ok, err := r.nextBlock(&f)
			if err != nil {
				return 0, 0, err
			}
			if !ok {
				break
			}
			n := int64(len(b.data))
			if !b.stored {
				if n, ok = of(f.blockMax, b); !ok || n > int64(f.blockMax) {
					return 0, 0, corrupt(r.codec, b.off, errLZ4Block)
				}
			}
			size += n
			blocks++
		}
		if f.contentSum {
			if _, err := r.uint32(); err != nil {
				return 0, 0, err
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
