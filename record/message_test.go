package record

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/codec"
)

// The messages are from brokers 0.9 and 0.10: kafka-python's test vectors.
var (
	brokerV0 = []string{
		"000000000000000000000011feb01dbf0000ffffffff00000003313233",
		"00000000000000010000000e795748e00000ffffffff00000000",
		"00000000000000020000000e795748e00000ffffffff00000000",
		"000000000000000300000011feb01dbf0000ffffffff00000003313233",
	}
	brokerV1 = []string{
		"000000000000000000000019478628c201000000015e1867abaeffffffff00000003313233",
		"000000000000000100000016ef98c92001000000015e1867afc0ffffffff00000000",
		"0000000000000002000000165faffb5e01000000015e1867b072ffffffff00000000",
		"000000000000000300000019a812572001000000015e1867b803ffffffff00000003313233",
	}
)

// A sample is a message set in testdata.
type sample struct {
	name  string
	magic int8
	codec codec.Codec
	time  TimestampType
	bytes []byte
}

// samples returns the message sets that Java built, of the same three records.
func samples(t testing.TB) []sample {
	t.Helper()
	text, err := os.ReadFile("testdata/message_sets.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []sample
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		z, err := codec.Parse(f[1])
		if err != nil {
			t.Fatal(err)
		}
		s := sample{name: strings.Join(f[:3], " "), magic: int8(f[0][1] - '0'), codec: z, bytes: unhex(t, f[3])}
		if f[2] == "LogAppendTime" {
			s.time = LogAppendTime
		}
		list = append(list, s)
	}
	if len(list) != 12 {
		t.Fatalf("%d message sets, want 12", len(list))
	}
	return list
}

// records are those in each sample.
func (s *sample) records() []Record {
	text := []byte("value value value value value")
	list := []Record{
		{Offset: 100, Key: []byte("key"), Value: text, Timestamp: time.UnixMilli(1700000000000)},
		{Offset: 101, Value: text, Timestamp: time.UnixMilli(1700000000007)},
		{Offset: 105, Key: []byte{}, Timestamp: time.UnixMilli(1700000000003)},
	}
	for i := range list {
		switch {
		case s.magic == 0:
			list[i].Timestamp, list[i].TimestampType = time.Time{}, NoTimestamp
		case s.time == LogAppendTime:
			list[i].Timestamp, list[i].TimestampType = time.UnixMilli(1700000000999), LogAppendTime
		}
		list[i].LeaderEpoch = -1
	}
	return list
}

// equalMessages compares all that message sets carry, and what they cannot.
func equalMessages(a, b Record) bool {
	return equal(a, b) && a.TimestampType == b.TimestampType && a.LeaderEpoch == b.LeaderEpoch
}

func TestReadMessageSets(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			batches, got := readAll(t, s.bytes)
			if want := s.records(); !slices.EqualFunc(got, want, equalMessages) {
				t.Errorf("records are\n%+v, want\n%+v", got, want)
			}
			if len(batches) != 1 {
				t.Fatalf("%d batches, want one", len(batches))
			}
			b := batches[0]
			if b.Magic != s.magic || b.Attributes.Codec() != s.codec || b.BaseOffset != 100 || b.LastOffset() != 105 || b.Count != 3 ||
				b.Size() != len(s.bytes) || b.ProducerID != -1 || b.PartitionLeaderEpoch != -1 || b.Attributes.Transactional() {
				t.Errorf("batch is %+v", b)
			}
		})
	}
}

func TestReadBrokerMessages(t *testing.T) {
	for _, test := range []struct {
		messages    []string
		whole       int // bytes in whole messages
		timestamp   time.Time
		first, last uint32 // checksums
	}{
		{brokerV0, 110, time.Time{}, 4272954815, 4272954815},
		{brokerV1, 142, time.UnixMilli(1503648000942), 1199974594, 0xa8125720},
	} {
		raw := append(unhex(t, strings.Join(test.messages, "")), 0, 0, 0, 0)
		if len(raw) != test.whole+4 {
			t.Fatalf("%d bytes, want %d", len(raw), test.whole+4)
		}
		batches, records := readAll(t, raw)
		if len(batches) != 1 || batches[0].Size() != test.whole || len(records) != 4 || records[3].Offset != 3 {
			t.Fatalf("%d batches, the first of %d bytes, %d records", len(batches), batches[0].Size(), len(records))
		}
		if string(records[0].Value) != "123" || records[0].Key != nil || !records[0].Timestamp.Equal(test.timestamp) ||
			records[1].Value == nil || len(records[1].Value) != 0 {
			t.Errorf("records are %+v", records)
		}
		if crc := crc32.ChecksumIEEE(unhex(t, test.messages[0])[offMagic:]); crc != test.first {
			t.Errorf("checksum is %d, want %d", crc, test.first)
		}
	}
}

// A broker may hold segments of all formats, and return them together.
func TestReadMixedFormats(t *testing.T) {
	var raw []byte
	var want []Record
	all := samples(t)
	for _, s := range append(slices.Clone(all), all...) {
		raw = append(raw, s.bytes...)
		want = append(want, s.records()...)
		raw = append(raw, unhex(t, brokerTwo)...) // v2
		for i, ms := range []int64{1503229959532, 1503229959700} {
			want = append(want, Record{Offset: 1 + int64(i), LeaderEpoch: 2, Value: []byte{}, Timestamp: time.UnixMilli(ms)})
		}
	}
	batches, got := readAll(t, raw)
	if len(batches) != 4*len(all) {
		t.Errorf("%d batches, want %d", len(batches), 4*len(all))
	}
	if !slices.EqualFunc(got, want, equalMessages) {
		t.Errorf("records are\n%+v, want\n%+v", got, want)
	}
}

// In a run of messages only those of a kind are one batch.
func TestRuns(t *testing.T) {
	at := func(message string, offset int64) []byte {
		b := unhex(t, message)
		order.PutUint64(b, uint64(offset))
		return b
	}
	v0, v1 := brokerV0[0], brokerV1[0]
	raw := slices.Concat(
		at(v0, 5), at(v0, 6), at(v0, 9), // a run with a gap
		at(v0, 9),            // not ascending
		at(v1, 10),           // another format
		at(v1, 10+1<<31),     // further away than a delta can tell
		at(v1, 10+1<<31)[:9], // partial
	)
	batches, records := readAll(t, raw)
	var got [][3]int64
	for _, b := range batches {
		got = append(got, [3]int64{b.BaseOffset, b.LastOffset(), int64(b.Count)})
	}
	want := [][3]int64{{5, 9, 3}, {9, 9, 1}, {10, 10, 1}, {10 + 1<<31, 10 + 1<<31, 1}}
	if !slices.Equal(got, want) || len(records) != 6 {
		t.Errorf("batches are %v, want %v; %d records", got, want, len(records))
	}
}

// A broker gives a compressed message its own time without touching those within.
func TestLogAppendTimeOfCompressed(t *testing.T) {
	for _, s := range samples(t) {
		if s.codec == codec.None || s.magic == 0 || s.time == LogAppendTime {
			continue
		}
		order.PutUint64(s.bytes[offMessageTimestamp:], 1700000000999)
		s.bytes[offMessageAttributes] |= byte(logAppendTimeFlag)
		sum(s.bytes)
		s.time = LogAppendTime
		if _, got := readAll(t, s.bytes); !slices.EqualFunc(got, s.records(), equalMessages) {
			t.Errorf("%s: records are %+v", s.name, got)
		}
	}
}

// sum sets a message's checksum.
func sum(message []byte) {
	order.PutUint32(message[offMessageCRC:], crc32.ChecksumIEEE(message[offMagic:]))
}

func TestMessageWithoutTimestamp(t *testing.T) {
	b := unhex(t, brokerV1[0])
	for i := range 8 {
		b[offMessageTimestamp+i] = 0xff
	}
	sum(b)
	if _, got := readAll(t, b); !got[0].Timestamp.IsZero() || got[0].TimestampType != CreateTime {
		t.Errorf("timestamp is %v of %v", got[0].Timestamp, got[0].TimestampType)
	}
}

// A fetch may end within its first message, in brokers before Kafka 0.10.1.
func TestFirstMessageTruncated(t *testing.T) {
	whole := unhex(t, brokerV1[0])
	for n := 1; n < len(whole); n++ {
		if _, err := NewReader(whole[:n]).Next(); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v, want ErrTruncated", n, len(whole), err)
		}
	}
	r := NewReader(slices.Concat(whole, whole[:20]))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after a whole message: %v, want EOF", err)
	}
}

// What keeps a Reader from a message, or Payload from those in a compressed one.
func TestCorruptMessages(t *testing.T) {
	compressed := func(magic int8, z codec.Codec, inner []byte) []byte {
		c, err := codec.NewCompressor(z, 0)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := c.Append(nil, inner)
		if err != nil {
			t.Fatal(err)
		}
		b := appendMessageHeader(nil, magic, messageOverhead(magic)+len(packed), 7, Attributes(c.Codec()), 0)
		b = appendMessageField(appendMessageField(b, nil), packed)
		sum(b)
		return b
	}
	at := func(message string, offset int64) []byte {
		b := unhex(t, message)
		order.PutUint64(b, uint64(offset))
		return b
	}
	v0, v1 := unhex(t, brokerV0[0]), unhex(t, brokerV1[0])
	for name, test := range map[string]struct {
		bytes []byte
		want  string
	}{
		"length 3":          {unhex(t, "000000000000000300000003feb01d"), "batch length 3"},
		"shorter than v0":   {unhex(t, "00000000000000070000000dfeb01dbf0000ffffffff000000"), "shorter than its fields"},
		"shorter than v1":   {unhex(t, "00000000000000070000000e795748e00100ffffffff00000000"), "shorter than its fields"},
		"negative offset":   {at(brokerV0[0], -1), "offset -1"},
		"magic 3":           {slices.Replace(slices.Clone(v0), offMagic, offMagic+1, 3), "magic 3"},
		"null value":        {unhex(t, "00000000000000070000000e795748e00001ffffffffffffffff"), "without a value"},
		"trailing bytes":    {unhex(t, "00000000000000070000000f795748e00001ffffffff0000000000"), "longer than its fields"},
		"gzip of no bytes":  {compressed(1, codec.Gzip, nil), "0 messages"},
		"zstd":              {compressed(1, codec.Zstd, v1), "no zstd"},
		"nested":            {compressed(1, codec.Gzip, compressed(1, codec.Gzip, v1)), "compressed itself"},
		"other format":      {compressed(1, codec.Snappy, v0), "has magic 0"},
		"partial within":    {compressed(1, codec.Gzip, v1[:20]), "cut short"},
		"not ascending":     {compressed(1, codec.Gzip, slices.Concat(v1, v1)), "offset 0, after 0"},
		"relative too far":  {compressed(1, codec.Gzip, slices.Concat(v1, at(brokerV1[0], 8))), "offsets up to 8"},
		"absolute too far":  {compressed(0, codec.Gzip, at(brokerV0[0], 8)), "offsets up to 8"},
		"bad gzip":          {slices.Replace(compressed(0, codec.Gzip, v0), 26, 27, 0), "gzip"},
		"lz4 of v0 in v1":   {compressed(1, codec.LZ4Legacy, v1), "lz4"},
		"codec 5":           {slices.Replace(slices.Clone(v0), offMessageAttributes, offMessageAttributes+1, 5), "5"},
		"wrapper damaged":   {slices.Replace(compressed(0, codec.Gzip, v0), 13, 14, 0), "CRC-32 is"},
		"short of v1 in it": {compressed(1, codec.Gzip, unhex(t, "00000000000000070000000e795748e00100ffffffff00000000")), "shorter than its fields"},
	} {
		t.Run(name, func(t *testing.T) {
			batch, err := NewReader(test.bytes).Next()
			if err == nil && strings.HasPrefix(test.want, "CRC") {
				err = batch.VerifyChecksum()
			}
			if err == nil {
				_, err = batch.Payload(nil, 1<<20)
			}
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error is %v, want one with %q", err, test.want)
			}
			if offset := int64(order.Uint64(test.bytes)); corrupt.FirstOffset != offset || corrupt.LastOffset != offset {
				t.Errorf("offsets are %d to %d, want %d", corrupt.FirstOffset, corrupt.LastOffset, offset)
			}
		})
	}
}

// A damaged message is told by its own offset, after those before it.
func TestDamagedMessages(t *testing.T) {
	for _, s := range samples(t) {
		if s.codec != codec.None {
			s.bytes = damageWithin(t, s)
		} else {
			s.bytes[bytes.LastIndex(s.bytes, []byte("value"))] ^= 1 // in the second message
		}
		batch, err := NewReader(s.bytes).Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := batch.VerifyChecksum(); err != nil {
			t.Fatalf("%s: %v: the damage is not in the outer message", s.name, err)
		}
		payload, err := batch.Payload(nil, 1<<20)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		c := NewCursor(batch, payload)
		var rec Record
		if ok, err := c.Next(&rec); !ok || err != nil || rec.Offset != 100 {
			t.Fatalf("%s: first record is %+v, %v, %v", s.name, rec, ok, err)
		}
		_, err = c.Next(&rec)
		var corrupt *CorruptError
		last := int64(101)
		if s.codec != codec.None {
			last = 105 // to go on, a reader has to pass over the whole
		}
		if !errors.As(err, &corrupt) || corrupt.FirstOffset != 101 || corrupt.LastOffset != last {
			t.Errorf("%s: error is %v, want one of offsets 101 to %d", s.name, err, last)
		}
		if ok, err := c.Next(&rec); ok || err != nil {
			t.Errorf("%s: after the error: %v, %v", s.name, ok, err)
		}
	}
}

// damageWithin damages the second message in a compressed one, whose own
// checksum is made to fit.
func damageWithin(t *testing.T, s sample) []byte {
	batch, err := NewReader(s.bytes).Next()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := batch.Payload(nil, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	inner[bytes.LastIndex(inner, []byte("value"))] ^= 1
	z := s.codec
	if z == codec.LZ4 && s.magic == 0 {
		z = codec.LZ4Legacy
	}
	c, err := codec.NewCompressor(z, 0)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := c.Append(nil, inner)
	if err != nil {
		t.Fatal(err)
	}
	b := appendMessageHeader(nil, s.magic, messageOverhead(s.magic)+len(packed), 105, batch.Attributes, batch.MaxTimestamp)
	b = appendMessageField(appendMessageField(b, nil), packed)
	sum(b)
	return b
}

// Without VerifyChecksum nobody looks at the checksums.
func TestChecksumsNotWanted(t *testing.T) {
	b := unhex(t, brokerV1[0])
	b[len(b)-1] ^= 1
	batch, err := NewReader(b).Next()
	if err != nil {
		t.Fatal(err)
	}
	var rec Record
	if ok, err := NewCursor(batch, b).Next(&rec); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestMessageLimit(t *testing.T) {
	b := build(t, []Record{{Value: make([]byte, 1<<20)}}, nil)
	z, err := codec.NewCompressor(codec.Gzip, 0)
	if err != nil {
		t.Fatal(err)
	}
	set, err := b.MessageSet(1, z)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := NewReader(slices.Concat(set.Chunks()...)).Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := batch.Payload(nil, 1<<19); !errors.Is(err, codec.ErrTooLarge) {
		t.Errorf("error is %v, want ErrTooLarge", err)
	}
}

func TestNextMessageDoesNotAllocate(t *testing.T) {
	set, err := build(t, withoutHeaders(manyRecords(1000, 10)), nil).MessageSet(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := slices.Concat(set.Chunks()...)
	r := NewReader(raw)
	batch, err := r.Next()
	if err != nil || batch.Count != 1000 {
		t.Fatalf("%d messages, %v", batch.Count, err)
	}
	if n := testing.AllocsPerRun(10, func() {
		c := NewCursor(batch, raw)
		var rec Record
		for {
			if ok, err := c.Next(&rec); !ok || err != nil {
				break
			}
		}
	}); n > 2 {
		t.Errorf("reading 1000 messages allocates %v times", n)
	}
}

func withoutHeaders(records []Record) []Record {
	for i := range records {
		records[i].Headers = nil
	}
	return records
}
