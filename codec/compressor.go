package codec

import "sync"

// Compressor compresses with one codec at one level. It is safe for concurrent
// use: each call borrows an encoder from a pool.
type Compressor struct {
	codec Codec
	level int
	pool  sync.Pool // of the encoder type that belongs to codec
}

// NewCompressor returns a Compressor for c at a compression level as in KIP-390:
// gzip 1 to 9, lz4 1 to 17, zstd -131072 to 22, or [DefaultLevel]; the others
// have no levels. As in Java, the default level of lz4, 9, is the fast
// compressor, and the others search harder, up to 1<<(level-1) positions. The
// levels of zstd map to the four strengths of the library: below 3, 3 to 5,
// 6 to 9, from 10 on.
//
// A codec that does not exist gives an [UnknownCodecError]; the error for a
// level out of range names the range.
func NewCompressor(c Codec, level int) (*Compressor, error) {
	switch c {
	case None, Gzip, Snappy, LZ4, LZ4Legacy, Zstd:
	default:
		return nil, UnknownCodecError(c)
	}
	level, err := resolveLevel(c, level)
	if err != nil {
		return nil, err
	}
	return &Compressor{codec: c, level: level}, nil
}

// Codec returns the number for the attributes of what z compresses: its codec,
// and [LZ4] for [LZ4Legacy].
func (z *Compressor) Codec() Codec {
	if z.codec == LZ4Legacy {
		return LZ4
	}
	return z.codec
}

// Append appends the compressed form of the concatenation of chunks to dst and
// returns the extended slice. It does not keep the chunks, and does not allocate
// in steady state if dst has room for them uncompressed. After an error dst is
// returned as it was given.
func (z *Compressor) Append(dst []byte, chunks ...[]byte) ([]byte, error) {
	switch z.codec {
	case Gzip:
		return z.appendGzip(dst, chunks)
	case Snappy:
		return z.appendSnappy(dst, chunks), nil
	case LZ4, LZ4Legacy:
		return z.appendLZ4(dst, chunks), nil
	case Zstd:
		return z.appendZstd(dst, chunks)
	default:
		for _, chunk := range chunks {
			dst = append(dst, chunk...)
		}
		return dst, nil
	}
}
