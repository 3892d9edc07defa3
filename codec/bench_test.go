package codec

import (
	"fmt"
	"testing"
)

// eachBatch runs f for every codec on batches as producers make them, in chunks
// of 16 KiB.
func eachBatch(b *testing.B, f func(b *testing.B, c Codec, plain []byte)) {
	for _, c := range []Codec{Gzip, Snappy, LZ4, Zstd} {
		for _, size := range []int{16 << 10, 256 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%dKiB", c, size>>10), func(b *testing.B) {
				plain := records(size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				f(b, c, plain)
			})
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	eachBatch(b, func(b *testing.B, c Codec, plain []byte) {
		z := newCompressor(b, c, DefaultLevel)
		chunks := split(plain, 16<<10)
		var out []byte
		for b.Loop() {
			var err error
			if out, err = z.Append(out[:0], chunks...); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(plain))/float64(len(out)), "ratio")
	})
}

func BenchmarkDecompress(b *testing.B) {
	eachBatch(b, func(b *testing.B, c Codec, plain []byte) {
		compressed := compress(b, c, DefaultLevel, plain)
		for _, room := range []int{0, len(plain)} {
			b.Run(fmt.Sprintf("room=%t", room > 0), func(b *testing.B) {
				b.SetBytes(int64(len(plain)))
				b.ReportAllocs()
				out := make([]byte, 0, room)
				for b.Loop() {
					if _, err := Decompress(out, c, compressed, len(plain)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
