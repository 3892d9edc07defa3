package codec

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAndString(t *testing.T) {
	for want, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		c, err := Parse(name)
		if err != nil || c != Codec(want) || c.String() != name {
			t.Errorf("Parse(%q) = %d (%s), %v; want %d", name, c, c, err, want)
		}
	}
	for _, name := range []string{"", "GZIP", "brotli", "lz4 (legacy framing)"} {
		_, err := Parse(name)
		if err == nil || !strings.Contains(err.Error(), "none, gzip, snappy, lz4 or zstd") {
			t.Errorf("Parse(%q): error %v does not list the known codecs", name, err)
		}
	}
	if got := Codec(5).String(); got != "codec(5)" {
		t.Errorf("Codec(5) is %q", got)
	}
	if LZ4Legacy&7 != LZ4 {
		t.Errorf("LZ4Legacy is %d: its low bits are not those of LZ4", LZ4Legacy)
	}
}

func TestUnknownCodec(t *testing.T) {
	for _, c := range []Codec{-1, 5, 6, 7, 12} {
		_, err := NewCompressor(c, DefaultLevel)
		checkUnknown(t, c, err)
		_, err = Decompress(nil, c, []byte("data"), 100)
		checkUnknown(t, c, err)
	}
}

func checkUnknown(t *testing.T, c Codec, err error) {
	t.Helper()
	var unknown UnknownCodecError
	if !errors.As(err, &unknown) || Codec(unknown) != c {
		t.Errorf("codec %d: error %v is not an UnknownCodecError of it", c, err)
	}
}

func TestLevels(t *testing.T) {
	for _, test := range []struct {
		codec Codec
		level int
		err   string // "" for none
	}{
		{None, 0, ""}, {None, 1, "no compression levels"},
		{Snappy, 0, ""}, {Snappy, 3, "no compression levels"},
		{Gzip, -1, ""}, {Gzip, 0, ""}, {Gzip, 1, ""}, {Gzip, 9, ""},
		{Gzip, 10, "want 1 to 9"}, {Gzip, -2, "want 1 to 9"},
		{LZ4, 0, ""}, {LZ4, 1, ""}, {LZ4, 17, ""},
		{LZ4, 18, "want 1 to 17"}, {LZ4Legacy, -1, "want 1 to 17"},
		{Zstd, -131072, ""}, {Zstd, 0, ""}, {Zstd, 22, ""},
		{Zstd, 23, "want -131072 to 22"}, {Zstd, -131073, "want -131072 to 22"},
	} {
		z, err := NewCompressor(test.codec, test.level)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s level %d: error %v, want %q", test.codec, test.level, err, test.err)
			continue
		}
		if err == nil && z.Codec() != test.codec&7 {
			t.Errorf("%s: Codec() is %s", test.codec, z.Codec())
		}
	}
}

// TestLevelsMatter checks that a higher level of each codec compresses more.
func TestLevelsMatter(t *testing.T) {
	orders := testdata(t, "orders")
	for _, test := range []struct {
		codec  Codec
		levels []int
	}{
		{Gzip, []int{1, DefaultLevel, 9}},
		{LZ4, []int{9, 1, 4, 17}}, // 9 is the default and the fast one, as in Java
		{Zstd, []int{3, 6, 22}},
	} {
		previous := len(orders)
		for _, level := range test.levels {
			got := len(compress(t, test.codec, level, orders))
			if got >= previous {
				t.Errorf("%s level %d: %d bytes, the level before %d", test.codec, level, got, previous)
			}
			previous = got
		}
	}
}
