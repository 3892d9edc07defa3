package record

import (
	"errors"
	"hash/crc32"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/codec"
)

// fuzzLimit is what a batch may decompress to while fuzzing.
const fuzzLimit = 64 << 10

// FuzzReader reads any bytes as the records of a partition, of all formats.
func FuzzReader(f *testing.F) {
	for _, s := range []string{vectorOne, vectorThree, brokerOne + brokerTwo} {
		f.Add(unhex(f, s))
	}
	for _, c := range []codec.Codec{codec.Gzip, codec.Snappy, codec.LZ4, codec.Zstd} {
		f.Add(build(f, manyRecords(20, 50), compressor(f, c)).bytes())
	}
	for _, s := range samples(f) {
		f.Add(s.bytes)
		f.Add(append(s.bytes, unhex(f, strings.Join(brokerV0, "")+strings.Join(brokerV1, ""))...))
	}
	f.Fuzz(checkReader)
}

// FuzzPayload reads any bytes as what is in one batch: records and their headers,
// or messages within a compressed one. Format tells the message format, and how
// the bytes are compressed, so that mutations get behind lengths, checksums and
// codecs.
func FuzzPayload(f *testing.F) {
	formats := payloadFormats(f)
	for i, format := range formats {
		for _, s := range []string{vectorOne, vectorThree, brokerTwo} {
			b := unhex(f, s)
			f.Add(uint8(i), uint16(order.Uint32(b[offCount:])), b[HeaderSize:])
		}
		f.Add(uint8(i), uint16(20), build(f, manyRecords(20, 50), nil).bytes()[HeaderSize:])
		f.Add(uint8(i), uint16(0), unhex(f, strings.Join(map[bool][]string{true: brokerV0, false: brokerV1}[format.magic == 0], "")))
	}
	f.Fuzz(func(t *testing.T, i uint8, count uint16, payload []byte) {
		checkReader(t, formats[int(i)%len(formats)].wrap(t, count, payload))
	})
}

// payloadFormat is a format of batches whose content is given.
type payloadFormat struct {
	magic      int8
	compressor *codec.Compressor // nil for none
}

// payloadFormats returns all that there are.
func payloadFormats(tb testing.TB) []payloadFormat {
	list := []payloadFormat{{magic: magicV2}}
	for _, c := range []codec.Codec{codec.Gzip, codec.Snappy, codec.LZ4, codec.Zstd} {
		list = append(list, payloadFormat{magicV2, compressor(tb, c)})
	}
	for _, c := range []codec.Codec{codec.Gzip, codec.Snappy, codec.LZ4} {
		list = append(list, payloadFormat{1, compressor(tb, c)})
	}
	for _, c := range []codec.Codec{codec.Gzip, codec.Snappy, codec.LZ4Legacy} {
		list = append(list, payloadFormat{0, compressor(tb, c)})
	}
	return list
}

func compressor(tb testing.TB, c codec.Codec) *codec.Compressor {
	tb.Helper()
	z, err := codec.NewCompressor(c, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// wrap returns a batch at offset 100 with the payload, and the right checksum.
func (p payloadFormat) wrap(tb testing.TB, count uint16, payload []byte) []byte {
	packed, attributes := payload, Attributes(0)
	if p.compressor != nil {
		var err error
		if packed, err = p.compressor.Append(nil, payload); err != nil {
			tb.Fatal(err)
		}
		attributes = Attributes(p.compressor.Codec() & codec.Codec(codecMask))
	}
	if p.magic < magicV2 {
		b := appendMessageHeader(nil, p.magic, messageOverhead(p.magic)+len(packed), 100, attributes, 1234)
		b = appendMessageField(appendMessageField(b, nil), packed)
		sum(b)
		return b
	}
	b := Builder{chunks: [][]byte{packed}, size: len(packed), attributes: attributes, count: int32(count), sealed: true}
	b.Stamp(7, 3, 42, false)
	out := b.bytes()
	order.PutUint64(out, 100)
	order.PutUint32(out[offLastOffsetDelta:], uint32(count)) // no batch ends before it begins
	order.PutUint32(out[offCRC:], crc32.Checksum(out[offAttributes:], castagnoli))
	return out
}

// checkReader reads all of b. Whatever it is, that ends, takes no more memory than
// it should, leaves only errors that tell the offsets, and what was read can be
// written and is the same again.
func checkReader(t *testing.T, b []byte) {
	r := NewReader(b)
	for range len(b) + 1 { // each step takes a byte at least
		batch, err := r.Next()
		if err != nil {
			if !isCorrupt(err) {
				return
			}
			continue
		}
		payload, records := readBounded(t, batch)
		if int64(len(records))*minRecord > int64(len(payload)) {
			t.Fatalf("%d records in %d bytes", len(records), len(payload))
		}
		rewrite(t, batch.Magic, records)
	}
	t.Error("the reader does not end")
}

func isCorrupt(err error) bool {
	var corrupt *CorruptError
	return errors.As(err, &corrupt) && corrupt.FirstOffset <= corrupt.LastOffset
}

// readBounded returns the records of a batch up to what is wrong with it.
func readBounded(t *testing.T, batch *Batch) (payload []byte, records []Record) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	payload, err := batch.Payload(nil, fuzzLimit)
	if err == nil {
		c := NewCursor(batch, payload)
		records = make([]Record, 0, c.Left())
		for ok := true; ok && err == nil; {
			var rec Record
			if ok, err = c.Next(&rec); ok && err == nil {
				records = append(records, rec)
			}
		}
		checkOffsets(t, c.Batch(), records)
	}
	runtime.ReadMemStats(&after)
	if err != nil && !isCorrupt(err) {
		t.Fatalf("%v is no CorruptError", err)
	}
	// A record and a header have a slice or two where the wire has a byte or two.
	most := 8<<10 + 64*uint64(max(len(payload), batch.Size()))
	if batch.compressed() {
		most += 3*fuzzLimit + 4<<20 // the codecs' pools, see there
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > most {
		t.Fatalf("%d bytes allocated for a batch of %d bytes, %d decompressed, limit %d", n, batch.Size(), len(payload), most)
	}
	return payload, records
}

func checkOffsets(t *testing.T, batch *Batch, records []Record) {
	if len(records) > int(batch.Count) {
		t.Fatalf("%d records in a batch of %d", len(records), batch.Count)
	}
	for i := range records {
		if offset := records[i].Offset; offset < batch.BaseOffset || offset > batch.LastOffset() {
			t.Fatalf("offset %d is outside of %d to %d", offset, batch.BaseOffset, batch.LastOffset())
		}
	}
}

// rewrite writes records in the format that they were read from, and compares
// what comes back: the records, and then the bytes.
func rewrite(t *testing.T, magic int8, want []Record) {
	if len(want) == 0 {
		return
	}
	once := write(t, magic, want)
	_, got := readAll(t, once)
	for i := range want {
		want[i].Offset = int64(i)
	}
	if !slices.EqualFunc(got, want, equal) {
		t.Fatalf("wrote\n%+v, and read\n%+v", want, got)
	}
	if twice := write(t, magic, got); !slices.Equal(once, twice) {
		t.Fatalf("wrote\n%x, and then\n%x", once, twice)
	}
}

func write(t *testing.T, magic int8, records []Record) []byte {
	var b Builder
	for i := range records {
		b.add(millis(records[i].Timestamp), &records[i])
	}
	if err := b.Seal(nil); err != nil {
		t.Fatal(err)
	}
	b.Stamp(-1, -1, -1, false)
	if magic == magicV2 {
		return b.bytes()
	}
	set, err := b.MessageSet(magic, nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(set.Chunks()...)
}
