package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

func checkTooLarge(t *testing.T, c Codec, compressed []byte, limit int) {
	t.Helper()
	before := []byte("before")
	got, err := Decompress(before, c, compressed, limit)
	if !errors.Is(err, ErrTooLarge) {
		t.Fatalf("%s: error %v over the limit of %d", c, err, limit)
	}
	if text := err.Error(); !strings.Contains(text, c.String()) || !strings.Contains(text, fmt.Sprint(limit)) {
		t.Errorf("error %q does not name the codec and the limit", text)
	}
	if !bytes.Equal(got, before) {
		t.Errorf("%s: dst is %d bytes after an error", c, len(got))
	}
}

func checkCorrupt(t *testing.T, c Codec, compressed []byte) {
	t.Helper()
	for _, room := range []int{0, 1 << 20} {
		got, err := Decompress(make([]byte, 0, room), c, compressed, 1<<20)
		if err := isCorrupt(c, compressed, err); err != nil {
			t.Errorf("%s: % .20x (%d bytes): %v", c, compressed, len(compressed), err)
		}
		if len(got) > 0 {
			t.Errorf("%s: dst is %d bytes after an error", c, len(got))
		}
	}
}

// isCorrupt says in what err is not the CorruptError it should be.
func isCorrupt(c Codec, compressed []byte, err error) error {
	var corrupt *CorruptError
	switch {
	case !errors.As(err, &corrupt):
		return fmt.Errorf("error %v is no CorruptError", err)
	case corrupt.Codec != c || corrupt.Offset < 0 || corrupt.Offset > len(compressed):
		return fmt.Errorf("error %v is of codec %s at %d", err, corrupt.Codec, corrupt.Offset)
	case !strings.Contains(err.Error(), fmt.Sprintf("corrupt %s data at byte %d: ", c, corrupt.Offset)):
		return fmt.Errorf("error %q does not name codec and offset", err)
	}
	return nil
}

// TestTruncated checks that every prefix is an error. Xerial framing has no
// end, so a prefix of whole blocks is valid there.
func TestTruncated(t *testing.T) {
	plain := append(records(150_000), noise(2000)...)
	for _, c := range []Codec{Gzip, Snappy, LZ4, LZ4Legacy, Zstd} {
		whole := compress(t, c, DefaultLevel, plain)
		for n := 0; n < len(whole); n += 1 + n/40 {
			got, err := Decompress(nil, c, whole[:n], len(plain))
			if c == Snappy && err == nil && bytes.HasPrefix(plain, got) && len(got)%xerialBlockSize == 0 {
				continue
			}
			if err := isCorrupt(c, whole[:n], err); err != nil {
				t.Errorf("%s: %d of %d bytes: %v", c, n, len(whole), err)
			}
		}
	}
}

// TestFlippedBits checks that a changed byte anywhere gives a typed error or, as
// the codecs have no or weak checksums, some other output within the limit.
func TestFlippedBits(t *testing.T) {
	plain := records(3000)
	for _, c := range []Codec{Gzip, Snappy, LZ4, LZ4Legacy, Zstd} {
		whole := compress(t, c, DefaultLevel, plain)
		rejected := 0
		for i := range whole {
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				bad := slices.Clone(whole)
				bad[i] ^= flip
				got, err := Decompress(nil, c, bad, 2*len(plain))
				switch {
				case err == nil && len(got) <= 2*len(plain):
				case errors.Is(err, ErrTooLarge) || isCorrupt(c, bad, err) == nil:
					rejected++
				default:
					t.Fatalf("%s: byte %d xor %#02x: %d bytes, %v", c, i, flip, len(got), err)
				}
			}
		}
		if rejected == 0 {
			t.Errorf("%s: no change was noticed", c)
		}
	}
}

func TestMalformed(t *testing.T) {
	checksummed := func(frame string) []byte { // an lz4 header with its checksum
		b := unhex(t, "04224d18"+frame)
		return append(b, byte(xxHash32(b[4:])>>8))
	}
	for _, test := range []struct {
		codec Codec
		in    []byte
		want  string
	}{
		{Gzip, nil, "at byte 0: no data"},
		{Gzip, []byte("plain text, not gzip"), "invalid header"},
		{Snappy, nil, "at byte 0: no data"},
		{Snappy, []byte(xerialMagic), "at byte 8: truncated xerial header"},
		{Snappy, []byte(xerialHeader + "\x00\x00"), "at byte 16: truncated xerial block"},
		{Snappy, []byte(xerialHeader + "\xff\xff\xff\xff"), "at byte 16: truncated xerial block"},
		{Snappy, []byte(xerialHeader + "\x00\x00\x00\x00"), "at byte 20: bad snappy block"},
		{LZ4, nil, "at byte 0: no data"},
		{LZ4, []byte("text"), "at byte 0: magic number 74 65 78 74 of no lz4 frame"},
		{LZ4, checksummed("2040"), "at byte 4: frame flags 0x20"},
		{LZ4, checksummed("6140"), "needs a dictionary"},
		{LZ4, checksummed("6030"), "at byte 5: unknown block size 0x30"},
		{LZ4, checksummed("60c0"), "at byte 5: unknown block size 0xc0"},
		{LZ4, unhex(t, "04224d18604083"), "at byte 6: header checksum 0x83, computed 0x82"},
		{LZ4, append(checksummed("6040"), 1, 0, 1, 0), "at byte 7: block of 65537 bytes in a frame of blocks of at most 65536"},
		{LZ4, append(checksummed("6040"), 1, 0, 0, 0, 0xff, 0, 0, 0, 0), "at byte 11: bad lz4 block"},
		{LZ4, append(checksummed("7040"), 1, 0, 0, 0x80, 'x', 0, 0, 0, 0), "block checksum"},
		{LZ4, append(checksummed("6440"), 1, 0, 0, 0x80, 'x', 0, 0, 0, 0, 1, 2, 3, 4), "content checksum"},
		{LZ4, append(checksummed("68400200000000000000"), 1, 0, 0, 0x80, 'x', 0, 0, 0, 0), "content size 2, decompressed 1"},
		{Zstd, nil, "at byte 0: no data"},
		{Zstd, []byte("plain text, not zstd"), "at byte 0: invalid input: magic number mismatch"},
		{Zstd, unhex(t, "28b52ffd2005"), "at byte 6: truncated"},
		{Zstd, unhex(t, "28b52ffd2005070000"), "at byte 6: reserved block type"},
		{Zstd, unhex(t, "28b52ffd200509000061"), "content size does not fit"},
		{Zstd, unhex(t, "5a2a4d18ff000000"), "at byte 0: truncated"},
	} {
		_, err := Decompress(nil, test.codec, test.in, 1<<20)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: % x: error %v, want %q", test.codec, test.in, err, test.want)
			continue
		}
		checkCorrupt(t, test.codec, test.in)
	}
}

// allocated returns the bytes that f allocates, with the pools warm.
func allocated(f func()) int {
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

const (
	bombLimit = 4 << 20
	bombSize  = 16 * bombLimit
	poolSlack = 1 << 20 // in case the garbage collector emptied a pool
)

// repeated returns n/1 MiB times the same chunk.
func repeated(chunk []byte, n int) [][]byte {
	var chunks [][]byte
	for range n / len(chunk) {
		chunks = append(chunks, chunk)
	}
	return chunks
}

// zstdUnsized is a zstd frame that does not state its size.
func zstdUnsized(t *testing.T, chunks [][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, chunk := range chunks {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBombs checks that data that expands beyond the limit is an error that
// costs no more memory than the limit, or twice that and a bit where
// Decompress says so.
func TestBombs(t *testing.T) {
	zeros := repeated(make([]byte, 1<<20), bombSize)
	pattern := repeated(bytes.Repeat([]byte("bomb"), 1<<18), bombSize)
	gzipOne := compress(t, Gzip, DefaultLevel, zeros[:8]...)
	zstdOne := compress(t, Zstd, DefaultLevel, zeros[:2]...)
	runLength := unhex(t, "28b52ffd0058"+strings.Repeat("020010"+"61", bombSize>>17)+"03001061")
	for name, test := range map[string]struct {
		codec      Codec
		compressed []byte
		most       int
	}{
		"gzip":                      {Gzip, compress(t, Gzip, DefaultLevel, zeros...), bombLimit},
		"gzip members":              {Gzip, bytes.Repeat(gzipOne, 8), 2 * bombLimit},
		"gzip that ends small":      {Gzip, slices.Concat(gzipOne, compress(t, Gzip, DefaultLevel, []byte("x"))), 2 * bombLimit},
		"snappy":                    {Snappy, compress(t, Snappy, DefaultLevel, zeros...), bombLimit},
		"snappy raw":                {Snappy, s2.EncodeSnappy(nil, make([]byte, bombSize)), bombLimit},
		"lz4 frames":                {LZ4, bytes.Repeat(compress(t, LZ4, DefaultLevel, zeros[:2]...), 8), bombLimit},
		"lz4 legacy":                {LZ4Legacy, compress(t, LZ4Legacy, DefaultLevel, zeros...), bombLimit},
		"lz4":                       {LZ4, compress(t, LZ4, DefaultLevel, zeros...), bombLimit},
		"zstd that states its size": {Zstd, compress(t, Zstd, DefaultLevel, zeros[:8]...), bombLimit},
		"zstd frames":               {Zstd, bytes.Repeat(zstdOne, 8), bombLimit},
		"zstd run length blocks":    {Zstd, runLength, bombLimit},
		"zstd without size":         {Zstd, zstdUnsized(t, pattern), 9 * bombLimit / 4},
		"zstd ending in a run":      {Zstd, slices.Concat(zstdUnsized(t, pattern[:4]), runLength[:len(runLength)-4*480], unhex(t, "03001061")), 9 * bombLimit / 4},
		"none":                      {None, make([]byte, bombLimit+1), 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := allocated(func() { checkTooLarge(t, test.codec, test.compressed, bombLimit) })
			if got > test.most+poolSlack {
				t.Errorf("%d bytes allocated to refuse %d bytes at a limit of %d", got, len(test.compressed), bombLimit)
			}
		})
	}
}

// TestLyingSizes checks that sizes stated by the input are not believed.
func TestLyingSizes(t *testing.T) {
	gzipLie := compress(t, Gzip, DefaultLevel, []byte("short"))
	binary.LittleEndian.PutUint32(gzipLie[len(gzipLie)-4:], 1<<31)
	lz4Lie := unhex(t, "04224d186870"+"ffffff7f00000000")
	lz4Lie = append(lz4Lie, byte(xxHash32(lz4Lie[4:])>>8), 1, 0, 0, 0x80, 'x', 0, 0, 0, 0)
	for name, test := range map[string]struct {
		codec      Codec
		compressed []byte
	}{
		"gzip trailer":      {Gzip, gzipLie},
		"snappy raw":        {Snappy, unhex(t, "ffffffff07"+"0061")},
		"snappy beyond":     {Snappy, unhex(t, "ffffffffff7f"+"0061")},
		"snappy xerial":     {Snappy, append([]byte(xerialHeader), unhex(t, "00000007"+"ffffffff07"+"0061")...)},
		"lz4 content size":  {LZ4, lz4Lie},
		"zstd content size": {Zstd, unhex(t, "28b52ffda0"+"ffffff7f"+"090000"+"61")},
		"zstd 64 bits":      {Zstd, unhex(t, "28b52ffde0"+"ffffffffffffff7f"+"090000"+"61")},
	} {
		t.Run(name, func(t *testing.T) {
			got := allocated(func() {
				_, err := Decompress(nil, test.codec, test.compressed, 1<<31-1)
				if err := isCorrupt(test.codec, test.compressed, err); err != nil {
					t.Error(err)
				}
			})
			if got > poolSlack {
				t.Errorf("%d bytes allocated for %d bytes", got, len(test.compressed))
			}
		})
	}
}

func TestExtremeLimits(t *testing.T) {
	compressed := compress(t, Zstd, DefaultLevel, []byte("x"))
	checkTooLarge(t, Zstd, compressed, 0)
	if _, err := Decompress(nil, Zstd, compressed, -1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("negative limit: %v", err)
	}
	for _, c := range allCodecs {
		got, err := Decompress([]byte("before"), c, compress(t, c, DefaultLevel, []byte("x")), math.MaxInt)
		if err != nil || string(got) != "beforex" {
			t.Errorf("%s without a limit: %q, %v", c, got, err)
		}
	}
}
