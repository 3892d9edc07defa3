//go:build !race

package codec

import "testing"

// TestNoAllocations needs sync.Pool, which under the race detector drops
// entries on purpose.
func TestNoAllocations(t *testing.T) {
	for _, size := range []int{1000, 16 << 10, 300 << 10} {
		plain := records(size)
		chunks := split(plain, 16<<10)
		for _, c := range allCodecs {
			z := newCompressor(t, c, DefaultLevel)
			compressed := compress(t, c, DefaultLevel, plain)
			dst := make([]byte, 0, len(plain))
			if n := testing.AllocsPerRun(50, func() {
				if _, err := z.Append(dst, chunks...); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s: Append of %d bytes allocates %v times", c, size, n)
			}
			out := make([]byte, 0, size)
			if n := testing.AllocsPerRun(50, func() {
				if _, err := Decompress(out, c, compressed, size); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s: Decompress to %d bytes allocates %v times", c, size, n)
			}
			if n := testing.AllocsPerRun(50, func() {
				if _, err := Decompress(nil, c, compressed, size); err != nil {
					t.Fatal(err)
				}
			}); n != 1 {
				t.Errorf("%s: Decompress to %d bytes without room allocates %v times, want once", c, size, n)
			}
		}
	}
}
