package record

import (
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/codec"
)

func TestSplit(t *testing.T) {
	for _, c := range []codec.Codec{codec.None, codec.Zstd} {
		for _, n := range []int{2, 3, 1000} {
			z, err := codec.NewCompressor(c, 0)
			if err != nil {
				t.Fatal(err)
			}
			want := manyRecords(n, 100)
			whole := build(t, want, z)
			first, second, ok, err := whole.Split()
			if err != nil || !ok {
				t.Fatalf("%s, %d records: %v, %v", c, n, ok, err)
			}
			if first.Count() != n/2 {
				t.Errorf("%s: %d of %d records are in the first half", c, first.Count(), n)
			}
			var got []Record
			for _, half := range []Builder{*first, *second} { // which may be copied until they are sealed
				if err := half.Seal(z); err != nil {
					t.Fatal(err)
				}
				half.Stamp(-1, -1, -1, false)
				_, records := readAll(t, half.bytes())
				got = append(got, records...)
			}
			for i := range got {
				got[i].Offset = int64(i)
			}
			if !slices.EqualFunc(got, want, equal) {
				t.Errorf("%s: other records came back than the %d that were split", c, n)
			}
		}
	}
}

func TestSplitOne(t *testing.T) {
	if _, _, ok, err := build(t, manyRecords(1, 10), nil).Split(); ok || err != nil {
		t.Errorf("a batch of one record was split: %v, %v", ok, err)
	}
}
