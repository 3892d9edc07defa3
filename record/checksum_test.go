package record

import (
	"bytes"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

func TestChecksumOfParts(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(source.Uint32())
	}
	for range 300 {
		all := data[:source.IntN(1<<source.IntN(21))]
		header, body := all[:source.IntN(len(all)+1)], all
		body = body[len(header):]
		var sum bodySum
		var chunks [][]byte
		for len(body) > 0 || len(chunks) == 0 {
			part := body[:source.IntN(len(body)+1)]
			chunks = append(chunks, part[:0])
			for _, end := range []int{len(part) / 3, len(part) / 2, len(part)} { // a chunk grows
				chunks[len(chunks)-1] = part[:end]
				if source.IntN(2) == 0 {
					sum.add(chunks)
				}
			}
			body = body[len(part):]
		}
		sum.add(chunks)
		if got, want := sum.after(header), crc32.Checksum(all, castagnoli); got != want {
			t.Fatalf("checksum of %d and %d bytes is %08x, want %08x", len(header), len(all)-len(header), got, want)
		}
	}
}

func TestShiftCRCOfMuch(t *testing.T) {
	const part = 1<<31 + 12345 // the squares are used anew
	crc := uint32(0xdeadbeef)
	if got, want := shiftCRC(crc, 2*part), shiftCRC(shiftCRC(crc, part), part); got != want {
		t.Errorf("shifted at once %08x, twice by half %08x", got, want)
	}
}

func BenchmarkStamp(b *testing.B) {
	var batch Builder
	rec := Record{Value: make([]byte, 100)}
	for range 10 {
		batch.add(1, &rec)
	}
	batch.Sum()
	for b.Loop() {
		batch.Stamp(1, 1, 1, false)
	}
}

// The text is librdkafka's: the licence of zlib.
func TestCRCVectors(t *testing.T) {
	const licence = `  This software is provided 'as-is', without any express or implied
  warranty.  In no event will the author be held liable for any damages
  arising from the use of this software.

  Permission is granted to anyone to use this software for any purpose,
  including commercial applications, and to alter it and redistribute it
  freely, subject to the following restrictions:

  1. The origin of this software must not be misrepresented; you must not
     claim that you wrote the original software. If you use this software
     in a product, an acknowledgment in the product documentation would be
     appreciated but is not required.
  2. Altered source versions must be plainly marked as such, and must not be
     misrepresented as being the original software.
  3. This notice may not be removed or altered from any source distribution.`
	for text, want := range map[string]uint32{"": 0, "a": 0xc1d04330, licence: 0x7dcde113} {
		var sum bodySum
		sum.add([][]byte{[]byte(text)})
		if got := sum.after(nil); got != want {
			t.Errorf("CRC-32C of %.20q is %08x, want %08x", text, got, want)
		}
	}
}

// What is summed as it comes is the same batch as what is summed at the end.
func TestPlain(t *testing.T) {
	var plain, other Builder
	plain.Plain = true
	for _, size := range []int{0, 1, sumPiece, sumPiece + 1, 3*sumPiece + 5, 100_000, 1 << 20, 7} {
		rec := Record{Key: []byte("key"), Value: bytes.Repeat([]byte{byte(size)}, size), Headers: []Header{{Key: "h", Value: []byte("v")}}}
		plain.add(1, &rec)
		other.add(1, &rec)
	}
	if plain.sum.size < plain.size-100 {
		t.Errorf("%d of %d bytes are summed", plain.sum.size, plain.size)
	}
	var batches [2][]byte
	for i, b := range []*Builder{&plain, &other} {
		if err := b.Seal(nil); err != nil {
			t.Fatal(err)
		}
		b.Stamp(1, 1, 1, false)
		batches[i] = b.bytes()
	}
	if !bytes.Equal(batches[0], batches[1]) {
		t.Error("the batches differ")
	}
}
