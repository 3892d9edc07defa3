package codec

import (
	"bytes"
	"testing"
	"testing/synctest"
)

// What one bubble of synctest made must serve the next, and code outside.
func TestAcrossBubbles(t *testing.T) {
	want := bytes.Repeat([]byte("bubble "), 1000)
	roundTrip := func(t *testing.T) {
		for _, c := range []Codec{Gzip, Snappy, LZ4, Zstd} {
			z, err := NewCompressor(c, 0)
			if err != nil {
				t.Fatal(err)
			}
			packed, err := z.Append(nil, want)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Decompress(nil, c, packed, len(want)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes came back, %v", c, len(got), err)
			}
		}
	}
	for range 3 {
		synctest.Test(t, roundTrip)
	}
	roundTrip(t)
}
