package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"
)

// TestForeignFixtures reads what Kafka's Java classes and Python wrote.
func TestForeignFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.*")
	if err != nil || len(files) != 24 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		plainName, codecName, _ := strings.Cut(filepath.Base(file), ".")
		name, variant, _ := strings.Cut(codecName, "-")
		c, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if variant == "magic0" {
			c = LZ4Legacy
		}
		compressed, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		plain := testdata(t, plainName)
		got, err := Decompress(nil, c, compressed, len(plain))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %d of %d bytes, %v", file, len(got), len(plain), err)
		}
		if len(plain) > 0 {
			checkTooLarge(t, c, compressed, len(plain)-1)
		}
	}
}

// TestFramesAreThoseOfJava compares what does not depend on the strength of the
// compressor with what Java wrote.
func TestFramesAreThoseOfJava(t *testing.T) {
	for _, test := range []struct {
		codec Codec
		file  string
		same  int // leading bytes
	}{
		{Snappy, "orders.snappy", xerialHeaderSize},
		{LZ4, "orders.lz4", lz4HeaderSize},
		{LZ4Legacy, "orders.lz4-magic0", lz4HeaderSize},
	} {
		java := testdata(t, "java", test.file)
		ours := compress(t, test.codec, DefaultLevel, testdata(t, "orders")[:50_000])
		if !bytes.Equal(ours[:test.same], java[:test.same]) {
			t.Errorf("%s: header % x, Java's % x", test.codec, ours[:test.same], java[:test.same])
		}
	}
	java := lz4BlockSizes(t, testdata(t, "java", "orders.lz4-magic0"))
	ours := lz4BlockSizes(t, compress(t, LZ4Legacy, DefaultLevel, testdata(t, "orders")))
	if len(java) < 3 || !slices.Equal(ours, java) {
		t.Errorf("blocks of %d bytes, Java's %d", ours, java)
	}
	for _, plain := range []string{"noise", "empty"} { // stored blocks or none
		for name, c := range map[string]Codec{"lz4": LZ4, "lz4-magic0": LZ4Legacy, "snappy": Snappy} {
			java := testdata(t, "java", plain+"."+name)
			if ours := compress(t, c, DefaultLevel, testdata(t, plain)); !bytes.Equal(ours, java) {
				t.Errorf("%s.%s: % x, Java's % x", plain, name, ours, java)
			}
		}
	}
}

// TestLZ4Frames has another implementation read frames of each size of blocks,
// and looks for how many blocks there are.
func TestLZ4Frames(t *testing.T) {
	for size, want := range map[int][]int{
		64 << 10:    {64 << 10},
		64<<10 + 1:  {64<<10 + 1},
		256<<10 + 1: {256<<10 + 1},
		2<<20 + 5:   {1 << 20, 1 << 20, 5},
	} {
		plain := records(size)
		for _, chunks := range [][][]byte{{plain}, split(plain, 100_000)} {
			frame := compress(t, LZ4, DefaultLevel, chunks...)
			if got := lz4BlockSizes(t, frame); !slices.Equal(got, want) {
				t.Errorf("%d bytes are in blocks of %d, want %d", size, got, want)
			}
			got, err := io.ReadAll(lz4.NewReader(bytes.NewReader(frame)))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes: another implementation reads %d bytes, %v", size, len(got), err)
			}
		}
	}
}

const lz4HeaderSize = 7

// lz4BlockSizes returns the sizes of the content of the blocks.
func lz4BlockSizes(t *testing.T, frame []byte) (sizes []int) {
	t.Helper()
	room := make([]byte, 1<<20)
	rest := frame[lz4HeaderSize:]
	for len(rest) >= 8 { // a frame ends with four zeros
		n := int(binary.LittleEndian.Uint32(rest))
		if n&lz4Stored != 0 {
			n &^= lz4Stored
			sizes = append(sizes, n)
			rest = rest[4+n:]
			continue
		}
		size, err := lz4.UncompressBlock(rest[4:4+n], room)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, size)
		rest = rest[4+n:]
	}
	return sizes
}

// TestXerialVector is kafka-python's test vector, with blocks of 300 bytes.
func TestXerialVector(t *testing.T) {
	framed := unhex(t, "82534e41505059000000000100000001"+
		"00000018ac0214534e41505059fe0600fe0600fe0600fe0600960600"+
		"00000018ac021458455249414cfe0600fe0600fe0600fe0600960600")
	plain := strings.Repeat("SNAPPY", 50) + strings.Repeat("XERIAL", 50)
	checkDecompress(t, Snappy, framed, plain)
	checkDecompress(t, Snappy, framed[20:20+24], plain[:300])                        // raw
	checkDecompress(t, Snappy, append(slices.Clone(framed), framed...), plain+plain) // streams in a row
	checkDecompress(t, Snappy, framed[:16], "")
	if got := compress(t, Snappy, DefaultLevel, nil); !bytes.Equal(got, framed[:16]) {
		t.Errorf("nothing compresses to % x", got)
	}

	// A payload that only resembles the framing is raw, and here no valid block.
	for _, bad := range [][]byte{{}, {0x82}, framed[:15], append([]byte{1}, framed[1:]...), framed[:30]} {
		checkCorrupt(t, Snappy, bad)
	}
}

// TestLZ4LegacyVector is a frame by kafka-python for Kafka 0.8.
func TestLZ4LegacyVector(t *testing.T) {
	const body = "20000000ff066b61666b612d6c7a342d6f6c642d6672616d696e6715001250616d696e6700000000"
	plain := strings.Repeat("kafka-lz4-old-framing", 3)
	legacy := unhex(t, "04224d1860401a"+body)
	standard := unhex(t, "04224d186040"+"82"+body)
	sized := unhex(t, "04224d1868403f00000000000000b7"+body)
	checkDecompress(t, LZ4Legacy, legacy, plain)
	checkDecompress(t, LZ4Legacy, standard, plain)
	checkDecompress(t, LZ4Legacy, sized, plain)
	checkDecompress(t, LZ4, standard, plain)
	checkDecompress(t, LZ4, sized, plain)
	checkCorrupt(t, LZ4, legacy)

	if got := compress(t, LZ4Legacy, DefaultLevel, []byte(plain)); !bytes.Equal(got[:7], legacy[:7]) {
		t.Errorf("legacy header % x, want % x", got[:7], legacy[:7])
	}
}

// TestConcatenated checks several members or frames in a row, and skippable
// frames before, between and after them.
func TestConcatenated(t *testing.T) {
	a, b := string(records(100_000)), string(noise(5000))
	skippable := unhex(t, "5a2a4d1803000000aabbcc")
	for _, c := range []Codec{Gzip, Snappy, LZ4, LZ4Legacy, Zstd} {
		first, second := compress(t, c, DefaultLevel, []byte(a)), compress(t, c, DefaultLevel, []byte(b))
		checkDecompress(t, c, slices.Concat(first, second, first), a+b+a)
		if c != Gzip && c != Snappy {
			checkDecompress(t, c, slices.Concat(skippable, first, skippable, second, skippable), a+b)
			checkDecompress(t, c, skippable, "")
		}
		checkCorrupt(t, c, slices.Concat(first, []byte("trailing")))
	}
	checkDecompress(t, Zstd, slices.Concat(testdata(t, "java", "orders.zstd"), testdata(t, "java", "orders.zstd-22")),
		strings.Repeat(string(testdata(t, "orders")), 2))
}

func TestXXHash32(t *testing.T) {
	for in, want := range map[string]uint32{ // from the reference implementation
		"":    0x02cc5d05,
		"a":   0x550d7456,
		"abc": 0x32d153ff,
		"Nobody inspects the spammish repetition": 0xe2293b2f,
	} {
		if got := xxHash32([]byte(in)); got != want {
			t.Errorf("xxHash32(%q) = %#08x, want %#08x", in, got, want)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checkDecompress(t *testing.T, c Codec, compressed []byte, want string) {
	t.Helper()
	for _, room := range []int{0, len(want), 2*len(want) + 1<<20} {
		got, err := Decompress(make([]byte, 0, room), c, compressed, len(want))
		if err != nil || string(got) != want {
			t.Errorf("%s: %d bytes decompress to %s, %v; want %s", c, len(compressed), brief(got), err, brief([]byte(want)))
		}
	}
}

func brief(b []byte) string {
	return fmt.Sprintf("%d bytes %.40q", len(b), b)
}
