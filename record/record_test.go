package record

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/codec"
)

func manyRecords(n, size int) []Record {
	records := make([]Record, n)
	for i := range records {
		records[i] = Record{
			Offset:    int64(i),
			Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i%7) - 3),
			Key:       fmt.Appendf(nil, "key-%d", i),
			Value:     bytes.Repeat([]byte{byte('a' + i%26)}, size),
		}
		if i%3 == 0 {
			records[i].Headers = []Header{{Key: "trace", Value: fmt.Appendf(nil, "%d", i)}, {Key: "", Value: []byte{}}}
		}
	}
	return records
}

func build(t testing.TB, records []Record, z *codec.Compressor) *Builder {
	t.Helper()
	b := new(Builder)
	for i := range records {
		b.add(records[i].Timestamp.UnixMilli(), &records[i])
	}
	if err := b.Seal(z); err != nil {
		t.Fatal(err)
	}
	b.Stamp(7, 3, 42, false)
	return b
}

func TestRoundTrip(t *testing.T) {
	for _, c := range []codec.Codec{codec.None, codec.Gzip, codec.Snappy, codec.LZ4, codec.Zstd} {
		for _, shape := range []struct{ n, size int }{{1, 0}, {1, 300_000}, {10, 100}, {5000, 100}, {3, 70_000}} {
			t.Run(fmt.Sprintf("%s/%dx%d", c, shape.n, shape.size), func(t *testing.T) {
				z, err := codec.NewCompressor(c, 0)
				if err != nil {
					t.Fatal(err)
				}
				want := manyRecords(shape.n, shape.size)
				b := build(t, want, z)
				batches, got := readAll(t, b.bytes())
				if len(batches) != 1 || !slices.EqualFunc(got, want, equal) {
					t.Fatalf("%d batches, %d records of %d came back", len(batches), len(got), len(want))
				}
				if batches[0].BaseSequence != 42 || batches[0].ProducerID != 7 || batches[0].ProducerEpoch != 3 {
					t.Errorf("batch is %+v", batches[0])
				}
			})
		}
	}
}

func TestSealKeepsWhatDoesNotShrink(t *testing.T) {
	z, err := codec.NewCompressor(codec.Gzip, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := build(t, []Record{{Value: []byte("x")}}, z)
	batches, _ := readAll(t, b.bytes())
	if got := batches[0].Attributes.Codec(); got != codec.None {
		t.Errorf("a batch of one byte is %s-compressed", got)
	}
}

func TestStampAgain(t *testing.T) {
	b := build(t, manyRecords(10, 10), nil)
	b.Stamp(8, 4, 0, false)
	batches, got := readAll(t, b.bytes())
	if batches[0].ProducerID != 8 || batches[0].ProducerEpoch != 4 || batches[0].BaseSequence != 0 || len(got) != 10 {
		t.Errorf("batch is %+v with %d records", batches[0], len(got))
	}
}

func TestPayloadLimit(t *testing.T) {
	z, err := codec.NewCompressor(codec.Zstd, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := build(t, []Record{{Value: make([]byte, 1<<20)}}, z)
	batch, err := NewReader(b.bytes()).Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := batch.Payload(nil, 1<<19); !errors.Is(err, codec.ErrTooLarge) {
		t.Errorf("error is %v, want ErrTooLarge", err)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	b := build(t, []Record{{Key: []byte("k"), Value: []byte("v"), Headers: []Header{{"h", []byte("w")}}}}, nil)
	raw := b.bytes()
	_, got := readAll(t, raw)
	clone := got[0].Clone()
	clear(raw)
	if string(clone.Key) != "k" || string(clone.Value) != "v" || clone.Headers[0].Key != "h" || string(clone.Headers[0].Value) != "w" {
		t.Errorf("clone is %+v after its source was cleared", clone)
	}
	if string(got[0].Value) == "v" {
		t.Error("the record does not alias the batch, so the test shows nothing")
	}
}

func TestMalformedRecords(t *testing.T) {
	good := build(t, manyRecords(3, 5), nil).bytes()
	for i := HeaderSize; i < len(good); i++ {
		for _, v := range []byte{0x00, 0x01, 0x7f, 0x80, 0xff} {
			b := slices.Clone(good)
			b[i] = v
			batch, err := NewReader(b).Next()
			if err != nil {
				t.Fatal(err)
			}
			c := NewCursor(batch, b[HeaderSize:])
			for range 4 { // one more than there are
				var rec Record
				ok, err := c.Next(&rec)
				if err != nil && !strings.Contains(err.Error(), "offsets 0 to 2") {
					t.Fatalf("byte %d = %02x: error %q does not tell the offsets", i, v, err)
				}
				if !ok {
					break
				}
			}
		}
	}
}

func TestBuilderMemory(t *testing.T) {
	var b Builder
	rec := Record{Value: make([]byte, 100)}
	for range 10_000 {
		b.add(1, &rec)
	}
	if b.Memory() < b.Size() || b.Memory() > b.Size()+b.Size()/8 {
		t.Errorf("%d bytes of records take %d bytes of memory", b.Size(), b.Memory())
	}
	b.Release()
	if b.Memory() != 0 || b.Count() != 0 || b.Size() != HeaderSize {
		t.Errorf("released: %d bytes, %d records, size %d", b.Memory(), b.Count(), b.Size())
	}
	b.add(1, &Record{Value: []byte("x")})
	if b.Memory() != 1024 {
		t.Errorf("a record of one byte takes %d bytes of memory", b.Memory())
	}
}

func TestAppendAndNextDoNotAllocate(t *testing.T) {
	rec := Record{Key: []byte("k"), Value: make([]byte, 100), Headers: []Header{{"h", []byte("v")}}}
	var b Builder
	b.Grow(64 << 10)
	if n := testing.AllocsPerRun(100, func() { b.Append(b.Need(1, &rec), &rec) }); n != 0 {
		t.Errorf("Append allocates %v times", n)
	}
	plain := build(t, manyRecords(1000, 10), nil).bytes()
	batch, err := NewReader(plain).Next()
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() {
		c := NewCursor(batch, plain[HeaderSize:])
		var rec Record
		for {
			if ok, err := c.Next(&rec); !ok || err != nil {
				break
			}
		}
	}); n > 12 { // the cursor and the slabs of 668 headers
		t.Errorf("reading 1000 records allocates %v times", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	rec := Record{Value: make([]byte, 100)}
	var builder Builder
	b.ReportAllocs()
	for i := range b.N {
		if i%10_000 == 0 {
			builder.Release()
		}
		builder.add(int64(i), &rec)
	}
}

func BenchmarkNext(b *testing.B) {
	records := manyRecords(10_000, 100)
	for i := range records {
		records[i].Headers = nil
	}
	raw := build(b, records, nil).bytes()
	batch, err := NewReader(raw).Next()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; i < b.N; {
		c := NewCursor(batch, raw[HeaderSize:])
		var rec Record
		for ; i < b.N; i++ {
			if ok, _ := c.Next(&rec); !ok {
				break
			}
		}
	}
}
