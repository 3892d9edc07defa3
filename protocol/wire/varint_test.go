package wire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// TestVarintVectors are those of kafka-python's tests.
func TestVarintVectors(t *testing.T) {
	for _, tt := range []struct {
		value int64
		want  string
	}{
		{0, "00"},
		{-1, "01"},
		{63, "7e"},
		{-64, "7f"},
		{64, "8001"},
		{-65, "8101"},
		{8191, "fe7f"},
		{8192, "808001"},
		{-1048577, "81808001"},
		{134217728, "8080808001"},
		{2199023255552, "80808080808001"},
		{4611686018427387903, "fe" + strings.Repeat("ff", 7) + "7f"},
		{-4611686018427387904, strings.Repeat("ff", 8) + "7f"},
		{4611686018427387904, strings.Repeat("80", 9) + "01"},
		{-4611686018427387905, "81" + strings.Repeat("80", 8) + "01"},
		{math.MaxInt64, "fe" + strings.Repeat("ff", 8) + "01"},
		{math.MinInt64, strings.Repeat("ff", 9) + "01"},
	} {
		b := wire.AppendVarint(nil, tt.value)
		if got := hex.EncodeToString(b); got != tt.want || wire.VarintLen(tt.value) != len(b) {
			t.Errorf("%d: %s of length %d, want %s", tt.value, got, wire.VarintLen(tt.value), tt.want)
		}
		if got, n := wire.Varint(append(b, 0xff)); got != tt.value || n != len(b) {
			t.Errorf("%s: read %d in %d bytes, want %d", tt.want, got, n, tt.value)
		}
		for i := range b {
			if _, n := wire.Varint(b[:i]); n != 0 {
				t.Errorf("%s cut at %d: n is %d", tt.want, i, n)
			}
		}
	}
}

// Unsigned varints are those of encoding/binary.
func TestUvarint(t *testing.T) {
	for shift := range 64 {
		for _, v := range []uint64{1 << shift, 1<<shift - 1, math.MaxUint64 >> shift} {
			want := binary.AppendUvarint(nil, v)
			if got := wire.AppendUvarint(nil, v); !bytes.Equal(got, want) || wire.UvarintLen(v) != len(want) {
				t.Errorf("%d: %x of length %d, want %x", v, got, wire.UvarintLen(v), want)
			}
			if got, n := wire.Uvarint(want); got != v || n != len(want) {
				t.Errorf("%x: read %d in %d bytes, want %d", want, got, n, v)
			}
		}
	}
}

func TestVarintTooLong(t *testing.T) {
	for _, bad := range []string{
		strings.Repeat("80", 10) + "01",
		strings.Repeat("ff", 9) + "02",
		strings.Repeat("80", 100),
	} {
		b, err := hex.DecodeString(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, n := wire.Uvarint(b); n != -1 {
			t.Errorf("%s: n is %d", bad, n)
		}
		if _, n := wire.Varint(b); n != -1 {
			t.Errorf("%s: n is %d", bad, n)
		}
	}
}

func FuzzVarint(f *testing.F) {
	f.Add([]byte{0x80, 0x01})
	f.Add(bytes.Repeat([]byte{0xff}, 11))
	f.Fuzz(func(t *testing.T, b []byte) {
		want, wantN := binary.Uvarint(b)
		if wantN == 0 && len(b) >= binary.MaxVarintLen64 {
			wantN = -1 // it would wait for an eleventh byte, but the tenth is too much
		}
		got, n := wire.Uvarint(b)
		if max(wantN, -1) != n || n > 0 && got != want {
			t.Errorf("%x: %d in %d, encoding/binary has %d in %d", b, got, n, want, wantN)
		}
	})
}
