package codec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

var allCodecs = []Codec{None, Gzip, Snappy, LZ4, LZ4Legacy, Zstd}

func testdata(t testing.TB, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func newCompressor(t testing.TB, c Codec, level int) *Compressor {
	t.Helper()
	z, err := NewCompressor(c, level)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func compress(t testing.TB, c Codec, level int, chunks ...[]byte) []byte {
	t.Helper()
	out, err := newCompressor(t, c, level).Append(nil, chunks...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// records returns n bytes that compress about as well as JSON events do.
func records(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	users := []string{"alice", "bob", "carol", "dave", "erin", "frank"}
	out := make([]byte, 0, n+200)
	for i := 0; len(out) < n; i++ {
		out = fmt.Appendf(out, `{"id":%d,"user":"%s-%d","amount":%.2f,"ts":%d,"trace":"%016x"}`+"\n",
			i, users[r.IntN(len(users))], r.IntN(5000), r.Float64()*1000, 1700000000000+int64(i)*37, r.Uint64())
	}
	return out[:n]
}

// noise returns n bytes that do not compress.
func noise(n int) []byte {
	out := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(out)
	return out
}

// split cuts data into chunks of size, with an empty one at either end.
func split(data []byte, size int) [][]byte {
	chunks := [][]byte{nil}
	for len(data) > 0 {
		n := min(size, len(data))
		chunks = append(chunks, data[:n])
		data = data[n:]
	}
	return append(chunks, []byte{})
}

func TestRoundTrip(t *testing.T) {
	sizes := []int{0, 1, 2, 11, 12, 13, 100, 1023, 4096, 32<<10 - 1, 32 << 10, 32<<10 + 1,
		64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 128<<10 + 1, 1 << 20, 3<<20 + 17}
	most := slices.Max(sizes)
	plain := map[string][]byte{"records": records(most), "noise": noise(most), "zeros": make([]byte, most)}
	for _, c := range allCodecs {
		t.Run(c.String(), func(t *testing.T) {
			z := newCompressor(t, c, DefaultLevel)
			for _, size := range sizes {
				for name, data := range plain {
					for _, chunk := range []int{max(1, size), 16 << 10, 1000} {
						checkRoundTrip(t, z, name, data[:size], chunk)
					}
				}
			}
		})
	}
}

// checkRoundTrip compresses after a prefix and decompresses after another one,
// at exactly the limit and one byte below it.
func checkRoundTrip(t *testing.T, z *Compressor, name string, plain []byte, chunk int) {
	t.Helper()
	compressed, err := z.Append([]byte("head"), split(plain, chunk)...)
	if err != nil || string(compressed[:4]) != "head" {
		t.Fatalf("%s, %d bytes by %d: %v, head %q", name, len(plain), chunk, err, compressed[:4])
	}
	got, err := Decompress([]byte("before"), z.codec, compressed[4:], len(plain))
	if err != nil {
		t.Fatalf("%s, %d bytes by %d: %v", name, len(plain), chunk, err)
	}
	if string(got[:6]) != "before" || !bytes.Equal(got[6:], plain) {
		t.Fatalf("%s, %d bytes by %d: came back as other %d bytes", name, len(plain), chunk, len(got)-6)
	}
	if len(plain) > 0 {
		checkTooLarge(t, z.codec, compressed[4:], len(plain)-1)
	}
}

// TestChunksDoNotMatter checks that chunked input gives the bytes that whole
// input gives.
func TestChunksDoNotMatter(t *testing.T) {
	plain := append(records(300<<10), noise(70<<10)...)
	for _, c := range allCodecs {
		want := compress(t, c, DefaultLevel, plain)
		for _, size := range []int{1, 1000, 32 << 10, 64 << 10, 100 << 10} {
			if got := compress(t, c, DefaultLevel, split(plain, size)...); !bytes.Equal(got, want) {
				t.Errorf("%s: chunks of %d give %d other bytes than the whole with %d", c, size, len(got), len(want))
			}
		}
	}
}

// TestRoomDoesNotMatter checks every capacity of dst around the sizes that the
// encoders and decoders need.
func TestRoomDoesNotMatter(t *testing.T) {
	plain := records(70 << 10)
	for _, c := range allCodecs {
		z := newCompressor(t, c, DefaultLevel)
		want := compress(t, c, DefaultLevel, plain)
		for _, room := range []int{0, 1, 100, len(want) - 1, len(want), len(want) + 1, len(plain), 2 * len(plain)} {
			got, err := z.Append(make([]byte, 0, room), plain)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: compressed to %d other bytes, %v, in room for %d", c, len(got), err, room)
			}
		}
		for _, room := range []int{0, 1, 64 << 10, len(plain) - 1, len(plain), len(plain) + 1, 2 * len(plain), 400 << 10} {
			got, err := Decompress(make([]byte, 0, room), c, want, 1<<20)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s: decompressed to %d other bytes, %v, in room for %d", c, len(got), err, room)
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	all := records(200_000)
	for _, c := range allCodecs {
		z := newCompressor(t, c, DefaultLevel)
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := range 5 {
					plain := all[worker : 1000+40_000*i]
					compressed, err := z.Append(nil, split(plain, 16<<10)...)
					if err != nil {
						t.Errorf("%s: %v", c, err)
						return
					}
					got, err := Decompress(nil, c, compressed, len(plain))
					if err != nil || !bytes.Equal(got, plain) {
						t.Errorf("%s: %d bytes came back as %d, %v", c, len(plain), len(got), err)
					}
				}
			})
		}
		wg.Wait()
	}
}
