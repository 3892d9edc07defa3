package codec

import (
	"errors"
	"math"
	"sync"
)

// Decompress appends the decompressed src to dst and returns the extended
// slice. It fails with an error that wraps [ErrTooLarge] as soon as the output
// would be more than limit bytes, with a [CorruptError] for malformed input and
// an [UnknownCodecError] for a codec that does not exist. After an error dst is
// returned as it was given. dst and src must not overlap.
//
// If dst has no room, a buffer is allocated for the size of the output as far
// as src tells it, and for no more than limit bytes (zstd: and one block of
// 128 KiB). Where src tells it wrongly or not at all, as several gzip members
// or hostile zstd blocks do, the buffer grows, and leaves garbage of up to the
// same size behind.
func Decompress(dst []byte, c Codec, src []byte, limit int) ([]byte, error) {
	limit = max(0, min(limit, math.MaxInt-len(dst)-zstdSlack))
	if c == None {
		if len(src) > limit {
			return dst, tooLarge(c, limit)
		}
		return append(dst, src...), nil
	}
	var out []byte
	var err error
	switch {
	case c < None || c > Zstd && c != LZ4Legacy:
		err = UnknownCodecError(c)
	case len(src) == 0:
		err = corrupt(c, 0, errors.New("no data"))
	case c == Gzip:
		out, err = decompressGzip(dst, src, limit)
	case c == Snappy:
		out, err = decompressSnappy(dst, src, limit)
	case c == Zstd:
		out, err = decompressZstd(dst, src, limit)
	default:
		out, err = decompressLZ4(dst, lz4Reader{codec: c, src: src}, limit)
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}

// asideMax is the most that is decompressed aside.
const asideMax = 1 << 20

var asides = sync.Pool{New: func() any { return new([]byte) }}

// decompressAside decompresses to a pooled buffer with room for size bytes and
// appends a copy to dst, where the size of the output is not known before, so
// as to allocate no more than that.
func decompressAside(dst []byte, size int, decompress func([]byte) ([]byte, error)) ([]byte, error) {
	aside := asides.Get().(*[]byte)
	defer asides.Put(aside)
	*aside = reserve((*aside)[:0], size)
	out, err := decompress(*aside)
	if err != nil {
		return dst, err
	}
	return append(reserve(dst, len(out)), out...), nil
}

// reserve returns dst with room for n more bytes.
func reserve(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	grown := make([]byte, len(dst), len(dst)+n)
	copy(grown, dst)
	return grown
}
