package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// byteWriter is an io.Writer that appends.
type byteWriter struct{ b []byte }

func (w *byteWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

type gzipEncoder struct {
	w   *gzip.Writer
	out byteWriter
}

func (z *Compressor) appendGzip(dst []byte, chunks [][]byte) ([]byte, error) {
	e, ok := z.pool.Get().(*gzipEncoder)
	if !ok {
		e = new(gzipEncoder)
		var err error
		if e.w, err = gzip.NewWriterLevel(&e.out, z.level); err != nil {
			return dst, fmt.Errorf("codec: gzip: %w", err)
		}
	}
	e.out.b = dst
	e.w.Reset(&e.out)
	for _, chunk := range chunks {
		if _, err := e.w.Write(chunk); err != nil {
			return dst, fmt.Errorf("codec: gzip: %w", err)
		}
	}
	if err := e.w.Close(); err != nil {
		return dst, fmt.Errorf("codec: gzip: %w", err)
	}
	out := e.out.b
	e.out.b = nil
	z.pool.Put(e)
	return out, nil
}

type gzipDecoder struct {
	src   bytes.Reader
	r     gzip.Reader
	probe [1]byte // read into when dst is full, to see whether the data ends
}

var gzipDecoders = sync.Pool{New: func() any { return new(gzipDecoder) }}

func decompressGzip(dst, src []byte, limit int) ([]byte, error) {
	d := gzipDecoders.Get().(*gzipDecoder)
	d.src.Reset(src)
	out, err := d.decompress(reserve(dst, min(gzipSize(src), limit)), len(dst)+limit)
	switch {
	case errors.Is(err, ErrTooLarge):
		err = tooLarge(Gzip, limit)
	case err != nil:
		err = corrupt(Gzip, len(src)-d.src.Len(), err)
	}
	d.src.Reset(nil)
	gzipDecoders.Put(d)
	return out, err
}

// decompress appends to dst until its length would be more than end.
func (d *gzipDecoder) decompress(dst []byte, end int) ([]byte, error) {
	base := len(dst)
	if err := d.r.Reset(&d.src); err != nil {
		return dst, truncated(err)
	}
	for {
		free := dst[len(dst):min(cap(dst), end)]
		if len(free) == 0 {
			free = d.probe[:]
		}
		n, err := d.r.Read(free)
		switch {
		case n > 0 && len(dst) == end:
			return dst, ErrTooLarge
		case n > 0 && len(dst) == cap(dst):
			grow := max(len(dst)-base, 4<<10)
			dst = append(reserve(dst, min(grow, end-len(dst))), free[:n]...)
		default:
			dst = dst[:len(dst)+n]
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

// truncated returns the error of a header that ends early, which the library
// reports as io.EOF.
func truncated(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// maxDeflateRatio is how far deflate can expand its input: a 258-byte match of
// two bits.
const maxDeflateRatio = 1032

// gzipSize returns the size of the output as the trailer of the last member
// states it, or a guess if that cannot be true.
func gzipSize(src []byte) int {
	if len(src) >= 4 {
		size := int64(binary.LittleEndian.Uint32(src[len(src)-4:]))
		if size <= maxDeflateRatio*int64(len(src)) {
			return int(size)
		}
	}
	return 4 * len(src)
}
