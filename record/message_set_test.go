package record

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/codec"
)

// messageSet builds a batch of records and writes it as a message set.
func messageSet(t testing.TB, magic int8, z *codec.Compressor, records []Record) *MessageSet {
	t.Helper()
	set, err := build(t, records, nil).MessageSet(magic, z)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestMessageSetVectors(t *testing.T) {
	one := []Record{{Timestamp: time.UnixMilli(9999999), Key: []byte("test"), Value: []byte("Super")}}
	for _, test := range []struct {
		magic   int8
		records []Record
		want    string
	}{
		{0, one, "0000000000000000000000171095c9ca00000000000474657374000000055375706572"},
		{1, one, "00000000000000000000001f831fac850100000000000098967f0000000474657374000000055375706572"},
	} {
		set := messageSet(t, test.magic, nil, test.records)
		if got, want := slices.Concat(set.Chunks()...), unhex(t, test.want); !slices.Equal(got, want) {
			t.Errorf("v%d: %x, want %x", test.magic, got, want)
		}
	}
}

// checksum returns that of the i-th message.
func checksum(t *testing.T, set *MessageSet) uint32 {
	return order.Uint32(set.Chunks()[0][offMessageCRC:])
}

func TestMessageChecksums(t *testing.T) {
	for _, test := range []struct {
		magic      int8
		ms         int64
		key, value string
		crc        int32
	}{
		{0, 0, "key", "test", -1427009701},
		{1, 1234, "key", "test", 1331087195},
		{0, 0, "k1", "v1", 1474775406},
		{0, 0, "k2", "v2", -16383415},
	} {
		set := messageSet(t, test.magic, nil, []Record{{Timestamp: time.UnixMilli(test.ms), Key: []byte(test.key), Value: []byte(test.value)}})
		if got := checksum(t, set); got != uint32(test.crc) {
			t.Errorf("v%d %s/%s: checksum is %d, want %d", test.magic, test.key, test.value, got, uint32(test.crc))
		}
		if size := set.Size() - lengthPrefix; test.key[0] == 'k' && len(test.key) == 2 && size != 18 {
			t.Errorf("%s/%s: message of %d bytes, want 18", test.key, test.value, size)
		}
	}
}

func TestMessageSetSizes(t *testing.T) {
	records := []Record{
		{Timestamp: time.UnixMilli(9999999), Key: []byte("123")},
		{Timestamp: time.UnixMilli(9999999), Value: []byte("some string")},
		{Timestamp: time.UnixMilli(9999999), Key: []byte("123")},
	}
	for magic, want := range []int{95, 119} {
		if got := messageSet(t, int8(magic), nil, records).Size(); got != want {
			t.Errorf("v%d: %d bytes, want %d", magic, got, want)
		}
	}
}

// What we write is what Java writes, but for the compressed bytes themselves.
func TestMessageSetsAsJava(t *testing.T) {
	for _, s := range samples(t) {
		if s.time == LogAppendTime {
			continue // only brokers set that
		}
		z := s.codec
		if z == codec.LZ4 && s.magic == 0 {
			z = codec.LZ4Legacy
		}
		c, err := codec.NewCompressor(z, 0)
		if err != nil {
			t.Fatal(err)
		}
		records := s.records()
		for i := range records {
			records[i].Timestamp = time.UnixMilli(1700000000000 + []int64{0, 7, 3}[i])
		}
		ours := slices.Concat(messageSet(t, s.magic, c, records).Chunks()...)
		theirBatch, theirs := unpack(t, s.bytes)
		ourBatch, payload := unpack(t, ours)
		for i, rest := 0, theirs; len(rest) > 0; i++ { // ours begin at offset 0 and have no gaps
			order.PutUint64(rest, uint64(i))
			_, rest = cutMessage(rest)
		}
		if !slices.Equal(payload, theirs) {
			t.Errorf("%s: messages are\n%x, want\n%x", s.name, payload, theirs)
		}
		if ourBatch.LastOffset() != 2 || ourBatch.Attributes != theirBatch.Attributes || ourBatch.MaxTimestamp != theirBatch.MaxTimestamp {
			t.Errorf("%s: batch is %+v, Java's %+v", s.name, ourBatch, theirBatch)
		}
	}
}

func unpack(t *testing.T, raw []byte) (*Batch, []byte) {
	t.Helper()
	batch, err := NewReader(raw).Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.VerifyChecksum(); err != nil {
		t.Fatal(err)
	}
	payload, err := batch.Payload(nil, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return batch, payload
}

// What was compressed in the batch, or not, comes through as it was.
func TestMessageSetRoundTrip(t *testing.T) {
	for magic := range int8(2) {
		for _, z := range []codec.Codec{codec.None, codec.Gzip, codec.Snappy, codec.LZ4} {
			for _, shape := range []struct{ n, size int }{{1, 0}, {1, 300_000}, {10, 100}, {5000, 100}, {3, 70_000}} {
				t.Run(fmt.Sprintf("v%d/%s/%dx%d", magic, z, shape.n, shape.size), func(t *testing.T) {
					want := withoutHeaders(manyRecords(shape.n, shape.size))
					sealed, err := codec.NewCompressor(z, 0)
					if err != nil {
						t.Fatal(err)
					}
					legacy := sealed
					if z == codec.LZ4 && magic == 0 {
						if legacy, err = codec.NewCompressor(codec.LZ4Legacy, 0); err != nil {
							t.Fatal(err)
						}
					}
					b := build(t, want, sealed)
					set, err := b.MessageSet(magic, legacy)
					if err != nil {
						t.Fatal(err)
					}
					if set.Magic() != magic || set.Size() != set.Chunks().Len() {
						t.Errorf("magic %d, size %d of %d", set.Magic(), set.Size(), set.Chunks().Len())
					}
					if magic == 0 {
						for i := range want {
							want[i].Timestamp = time.Time{}
						}
					}
					batches, got := readAll(t, slices.Concat(set.Chunks()...))
					if len(batches) != 1 || !slices.EqualFunc(got, want, equal) {
						t.Fatalf("%d batches, %d records of %d came back", len(batches), len(got), len(want))
					}
					set.Release()
					if set.Size() != 0 || len(set.Chunks()) != 0 {
						t.Error("Release leaves something")
					}
					if _, again := readAll(t, b.bytes()); len(again) != len(want) {
						t.Error("the batch itself has changed")
					}
				})
			}
		}
	}
}

func TestMessageSetKeepsWhatDoesNotShrink(t *testing.T) {
	z, err := codec.NewCompressor(codec.Gzip, 0)
	if err != nil {
		t.Fatal(err)
	}
	batch, _ := unpack(t, slices.Concat(messageSet(t, 1, z, []Record{{Value: []byte("x")}}).Chunks()...))
	if got := batch.Attributes.Codec(); got != codec.None {
		t.Errorf("a message of one byte is %s-compressed", got)
	}
}

func TestMessageSetRefuses(t *testing.T) {
	zstd, err := codec.NewCompressor(codec.Zstd, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := build(t, manyRecords(2, 10), nil).MessageSet(1, nil); !errors.Is(err, ErrHeaders) {
		t.Errorf("headers: %v, want ErrHeaders", err)
	}
	if _, err := build(t, manyRecords(1, 10), nil).MessageSet(1, zstd); err == nil {
		t.Error("zstd is written")
	}
}

// A time before 1970 is one, except for the millisecond that stands for none.
func TestMessageTimestamps(t *testing.T) {
	records := []Record{{Timestamp: time.UnixMilli(-1)}, {Timestamp: time.UnixMilli(-2)}, {Timestamp: time.UnixMilli(0)}}
	_, got := readAll(t, slices.Concat(messageSet(t, 1, nil, records).Chunks()...))
	if !got[0].Timestamp.IsZero() || got[1].Timestamp.UnixMilli() != -2 || got[2].Timestamp.UnixMilli() != 0 {
		t.Errorf("timestamps are %v, %v, %v", got[0].Timestamp, got[1].Timestamp, got[2].Timestamp)
	}
}

func BenchmarkMessageSet(b *testing.B) {
	builder := build(b, withoutHeaders(manyRecords(10_000, 100)), nil)
	b.ReportAllocs()
	b.SetBytes(int64(builder.Size()))
	for b.Loop() {
		set, err := builder.MessageSet(1, nil)
		if err != nil {
			b.Fatal(err)
		}
		set.Release()
	}
}
