package codec

import (
	"bytes"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
)

func FuzzDecompressGzip(f *testing.F)      { fuzzDecompress(f, Gzip, "gzip*") }
func FuzzDecompressSnappy(f *testing.F)    { fuzzDecompress(f, Snappy, "snappy*") }
func FuzzDecompressLZ4(f *testing.F)       { fuzzDecompress(f, LZ4, "lz4*") }
func FuzzDecompressLZ4Legacy(f *testing.F) { fuzzDecompress(f, LZ4Legacy, "lz4*") }
func FuzzDecompressZstd(f *testing.F)      { fuzzDecompress(f, Zstd, "zstd*") }

// fuzzLimit is small against the fixtures, so that they are bombs too.
const fuzzLimit = 64 << 10

// fuzzDecompress checks that any input gives the same output or a typed error
// whatever room there is, in bounded memory, and that it round-trips as plain
// data.
func fuzzDecompress(f *testing.F, c Codec, fixtures string) {
	files, err := filepath.Glob("testdata/*/*." + fixtures)
	if err != nil || len(files) == 0 {
		f.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		f.Add(testdata(f, filepath.Base(filepath.Dir(file)), filepath.Base(file)))
	}
	for _, plain := range [][]byte{nil, []byte("a"), bytes.Repeat([]byte("ab"), 500), records(3000), noise(70)} {
		f.Add(compress(f, c, DefaultLevel, plain))
	}
	z := newCompressor(f, c, DefaultLevel)
	f.Fuzz(func(t *testing.T, data []byte) {
		got := decompressBounded(t, c, data)
		roomy, err := Decompress(append(make([]byte, 0, 4*fuzzLimit), "before"...), c, data, fuzzLimit)
		if err == nil != (got != nil) || string(roomy[:6]) != "before" || !bytes.Equal(roomy[6:], got) {
			t.Fatalf("%d bytes without room, %d with room, %v", len(got), len(roomy)-6, err)
		}

		compressed, err := z.Append(nil, data[:len(data)/3], data[len(data)/3:])
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := Decompress(nil, c, compressed, len(data)); err != nil || !bytes.Equal(plain, data) {
			t.Fatalf("%d bytes come back as %d, %v", len(data), len(plain), err)
		}
	})
}

// decompressBounded returns the output, or nil after a typed error.
func decompressBounded(t *testing.T, c Codec, data []byte) []byte {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := Decompress(nil, c, data, fuzzLimit)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 3*fuzzLimit+4<<20 {
		t.Fatalf("%d bytes allocated for %d bytes at a limit of %d", n, len(data), fuzzLimit)
	}
	switch {
	case err == nil && len(got) > fuzzLimit:
		t.Fatalf("%d bytes at a limit of %d", len(got), fuzzLimit)
	case err == nil && got == nil:
		return []byte{}
	case err != nil && !errors.Is(err, ErrTooLarge):
		if err := isCorrupt(c, data, err); err != nil {
			t.Fatal(err)
		}
	}
	return got
}
