package codec

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

const (
	// The windows of the encoders. The fast ones, below level 6, find what is
	// near: with a larger window they take matches far away, whose distances
	// cost more than they save, in time and in bytes. For the others, one is for
	// batches up to max.request.size by default, which keeps the encoder's
	// history small, and one beyond, which is the most that every decoder must
	// support (RFC 8878).
	zstdFastWindow  = 64 << 10
	zstdWindow      = 1 << 20
	zstdLargeWindow = 8 << 20

	// zstdMaxWindow is what Java's decoder accepts.
	zstdMaxWindow = 128 << 20
)

type zstdEncoder struct {
	usual, large *zstd.Encoder // by the window, made on first use
	src          []byte        // gathers the chunks
}

// appendZstd gathers the chunks, if there are several, since one call makes a
// frame that states its size. The library's stream would copy them as well.
func (z *Compressor) appendZstd(dst []byte, chunks [][]byte) ([]byte, error) {
	e, ok := z.pool.Get().(*zstdEncoder)
	if !ok {
		e = new(zstdEncoder)
	}
	var src []byte
	if len(chunks) == 1 {
		src = chunks[0]
	} else {
		e.src = reserve(e.src[:0], total(chunks))
		for _, chunk := range chunks {
			e.src = append(e.src, chunk...)
		}
		src = e.src
	}
	encoder, err := e.forSize(len(src), z.level)
	if err != nil {
		return dst, fmt.Errorf("codec: zstd: %w", err)
	}
	dst = encoder.EncodeAll(src, dst)
	z.pool.Put(e)
	return dst, nil
}

// forSize returns the encoder with the window for n bytes.
func (e *zstdEncoder) forSize(n, level int) (*zstd.Encoder, error) {
	encoder, window := &e.usual, zstdWindow
	strength := zstd.EncoderLevelFromZstd(level)
	switch {
	case strength <= zstd.SpeedDefault:
		window = zstdFastWindow
	case n > zstdWindow:
		encoder, window = &e.large, zstdLargeWindow
	}
	if *encoder != nil {
		return *encoder, nil
	}
	var err error
	*encoder, err = zstd.NewWriter(nil,
		zstd.WithEncoderLevel(strength),
		zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false)) // as Java; the batch has a checksum
	return *encoder, err
}

// zstdDecoder decodes as many frames at a time as there are cores. There is one
// for the process, made when it starts: it has channels, and those of a decoder
// that was made within a testing/synctest bubble could not be used outside of it.
var zstdDecoder = newZstdDecoder()

func decompressZstd(dst, src []byte, limit int) ([]byte, error) {
	size, exact, err := zstdSize(src, limit)
	if err != nil {
		return dst, err
	}
	switch {
	case size <= cap(dst)-len(dst):
	case !exact && size <= asideMax:
		return decompressAside(dst, size, func(out []byte) ([]byte, error) {
			return appendZstd(out, src, limit)
		})
	default:
		dst = reserve(dst, size+zstdOvercopy)
	}
	return appendZstd(dst, src, limit)
}

func newZstdDecoder() *zstd.Decoder {
	d, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderMaxWindow(zstdMaxWindow),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic(fmt.Sprintf("codec: zstd: %v", err)) // the options are constant
	}
	return d
}

// appendZstd appends the content of all frames of src to dst, which has the room
// that zstdSize tells.
func appendZstd(dst, src []byte, limit int) ([]byte, error) {
	base := len(dst)
	for off := 0; off < len(src); {
		f, err := parseZstdFrame(src, off)
		if err != nil {
			return dst, err
		}
		if !f.skippable {
			left := limit - (len(dst) - base)
			room := dst[len(dst):len(dst):min(cap(dst), len(dst)+left+zstdSlack)]
			content, err := zstdDecoder.DecodeAll(src[off:off+f.length], room)
			switch {
			case len(content) > left:
				return dst, tooLarge(Zstd, limit)
			case err != nil:
				return dst, corrupt(Zstd, off, err)
			}
			dst = appendInPlace(dst, content)
		}
		off += f.length
	}
	return dst, nil
}

// appendInPlace appends b to dst, without a copy if b already stands there.
func appendInPlace(dst, b []byte) []byte {
	if n := len(dst); len(b) > 0 && cap(dst) > n && &dst[:n+1][n] == &b[0] {
		return dst[:n+len(b)]
	}
	return append(dst, b...)
}
