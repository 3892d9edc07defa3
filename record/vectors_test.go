package record

import (
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"
	"time"
)

// The batches are kafka-python's: built by its own code and, where it says so,
// read from a broker 0.11.
const (
	vectorOne   = "0000000000000000000000410000000002ef7cde45000000000000000000000098967f000000000098967fffffffffffffffffffffffffffff000000011e00000008746573740a537570657200"
	vectorThree = "00000000000000000000006b0000000002a83a2561001000000002000000000098967f0000000000989684000000000001e240007b0000270f000000035600000008746573740a5375706572060e68656164657231066161610e6865616465723206626262047878010c000a020100000c001104000100"

	brokerOne   = "00000000000000000000003b00000001020318a2700000000000000000015dff7b063c0000015dff7b063cffffffffffffffffffffffffffff0000000112000000010631323300"
	brokerTwo   = "0000000000000001000000400000000202c85cbd230000000000010000015dff7cdd6c0000015dff7cde14ffffffffffffffffffffffffffff000000020c0000000100000e00d00202010000"
	brokerThree = "00000000000000030000003b00000002022e0b85b70000000000000000015dff7ce79d0000015dff7ce79dffffffffffffffffffffffffffff0000000112000000010631323300"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// append grows the builder as needed and appends.
func (b *Builder) add(ms int64, rec *Record) {
	need := b.Need(ms, rec)
	if need.Memory > 0 {
		b.Grow(need.Memory)
	}
	b.Append(need, rec)
}

func (b *Builder) bytes() []byte {
	var out []byte
	for _, chunk := range b.Chunks() {
		out = append(out, chunk...)
	}
	return out
}

var threeRecords = []Record{
	{
		Timestamp: time.UnixMilli(9999999), Key: []byte("test"), Value: []byte("Super"),
		Headers: []Header{{"header1", []byte("aaa")}, {"header2", []byte("bbb")}, {"xx", nil}},
	},
	{Timestamp: time.UnixMilli(10000004), Value: []byte{}, Offset: 1},
	{Timestamp: time.UnixMilli(9999990), Key: []byte{}, Offset: 2},
}

func TestBuilderVectors(t *testing.T) {
	for _, test := range []struct {
		name    string
		want    string
		records []Record
		stamp   func(*Builder)
	}{
		{"one record", vectorOne, []Record{{Timestamp: time.UnixMilli(9999999), Key: []byte("test"), Value: []byte("Super")}},
			func(b *Builder) { b.Stamp(-1, -1, -1, false) }},
		{"three records, transactional", vectorThree, threeRecords,
			func(b *Builder) { b.Stamp(123456, 123, 9999, true) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b Builder
			for i := range test.records {
				b.add(test.records[i].Timestamp.UnixMilli(), &test.records[i])
			}
			if err := b.Seal(nil); err != nil {
				t.Fatal(err)
			}
			test.stamp(&b)
			want := unhex(t, test.want)
			order.PutUint32(want[offLeaderEpoch:], ^uint32(0)) // kafka-python writes 0, Java and we -1
			if got := b.bytes(); !slices.Equal(got, want) {
				t.Errorf("batch is\n%x, want\n%x", got, want)
			}
			if b.Size() != len(want) {
				t.Errorf("Size is %d, want %d", b.Size(), len(want))
			}
		})
	}
}

func readAll(t testing.TB, b []byte) (batches []Batch, records []Record) {
	t.Helper()
	r := NewReader(b)
	for {
		batch, err := r.Next()
		if err == io.EOF {
			return batches, records
		}
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
		batches = append(batches, *batch)
		for c := NewCursor(batch, payload); ; {
			var rec Record
			ok, err := c.Next(&rec)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			records = append(records, rec)
		}
	}
}

func TestReaderVectors(t *testing.T) {
	batches, records := readAll(t, unhex(t, vectorThree))
	if b := batches[0]; b.ProducerID != 123456 || b.ProducerEpoch != 123 || b.BaseSequence != 9999 ||
		!b.Attributes.Transactional() || b.Attributes.Control() || b.LastOffset() != 2 || b.Count != 3 {
		t.Errorf("batch is %+v", b)
	}
	if !slices.EqualFunc(records, threeRecords, equal) {
		t.Errorf("records are %+v, want %+v", records, threeRecords)
	}
	if v, ok := records[0].Header("header2"); !ok || string(v) != "bbb" {
		t.Errorf("header2 is %q, %v", v, ok)
	}
	if v, ok := records[0].Header("xx"); !ok || v != nil {
		t.Errorf("xx is %q, %v", v, ok)
	}
}

// equal compares what a record carries, nil and empty told apart.
func equal(a, b Record) bool {
	same := func(x, y []byte) bool { return (x == nil) == (y == nil) && slices.Equal(x, y) }
	return a.Offset == b.Offset && a.Timestamp.Equal(b.Timestamp) && same(a.Key, b.Key) && same(a.Value, b.Value) &&
		slices.EqualFunc(a.Headers, b.Headers, func(x, y Header) bool { return x.Key == y.Key && same(x.Value, y.Value) })
}

func TestReaderBrokerBytesAndPartialTail(t *testing.T) {
	whole := append(unhex(t, brokerOne), unhex(t, brokerTwo)...)
	partial := append(slices.Clone(whole), whole[:60]...)
	batches, records := readAll(t, partial)
	if len(batches) != 2 || len(records) != 3 {
		t.Fatalf("%d batches with %d records, want 2 with 3", len(batches), len(records))
	}
	if batches[0].PartitionLeaderEpoch != 1 || batches[1].PartitionLeaderEpoch != 2 {
		t.Errorf("leader epochs %d, %d; want 1, 2", batches[0].PartitionLeaderEpoch, batches[1].PartitionLeaderEpoch)
	}
	if string(records[0].Value) != "123" || records[0].Timestamp.UnixMilli() != 1503229838908 || records[0].LeaderEpoch != 1 {
		t.Errorf("first record is %+v", records[0])
	}
	if records[2].Offset != 2 || records[2].Timestamp.UnixMilli() != 1503229959700 {
		t.Errorf("third record is at offset %d, %d", records[2].Offset, records[2].Timestamp.UnixMilli())
	}
}

// The three batches of a broker 0.11, with four bytes of a fourth.
func TestReaderBrokerSizes(t *testing.T) {
	raw := append(unhex(t, brokerOne+brokerTwo+brokerThree), 0, 0, 0, 0)
	if len(raw) != 222 {
		t.Fatalf("%d bytes, want 222", len(raw))
	}
	batches, records := readAll(t, raw)
	valid := 0
	for i := range batches {
		valid += batches[i].Size()
	}
	if len(batches) != 3 || valid != 218 || len(records) != 4 || records[3].Offset != 3 || string(records[3].Value) != "123" {
		t.Errorf("%d batches of %d bytes, records %+v", len(batches), valid, records)
	}
}

// A record that is alone in its time has a longer delta.
func TestBuilderSize(t *testing.T) {
	var b Builder
	b.add(9999999, &Record{Key: []byte("123")})
	b.add(1503229838908, &Record{Value: []byte("some string")})
	b.add(9999999, &Record{Key: []byte("123")})
	if err := b.Seal(nil); err != nil || b.Size() != 104 {
		t.Errorf("%d bytes (%v), want 104", b.Size(), err)
	}
}

func TestReaderTruncated(t *testing.T) {
	r := NewReader(unhex(t, vectorThree)[:100])
	if _, err := r.Next(); !errors.Is(err, ErrTruncated) {
		t.Errorf("error is %v, want ErrTruncated", err)
	}
	if _, err := NewReader(nil).Next(); err != io.EOF {
		t.Errorf("error is %v, want EOF", err)
	}
}

func TestReaderCorrupt(t *testing.T) {
	for _, test := range []struct {
		name        string
		damage      func([]byte)
		first, last int64
	}{
		{"flipped bit", func(b []byte) { b[len(b)-1] ^= 1 }, 0, 2},
		{"length below the magic", func(b []byte) { order.PutUint32(b[offLength:], 3) }, 0, 0},
		{"negative length", func(b []byte) { order.PutUint32(b[offLength:], 1<<31) }, 0, 0},
		{"shorter than a header", func(b []byte) { order.PutUint32(b[offLength:], 30) }, 0, 0},
		{"magic", func(b []byte) { b[offMagic] = 9 }, 0, 0},
		{"negative last offset delta", func(b []byte) { b[offLastOffsetDelta] = 0xff }, 0, 0},
		{"negative count", func(b []byte) { b[offCount] = 0xff }, 0, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := unhex(t, vectorThree)
			test.damage(b)
			batch, err := NewReader(b).Next()
			if err == nil {
				err = batch.VerifyChecksum()
			}
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) {
				t.Fatalf("error is %v, want a CorruptError", err)
			}
			if corrupt.FirstOffset != test.first || corrupt.LastOffset != test.last {
				t.Errorf("offsets are %d to %d, want %d to %d", corrupt.FirstOffset, corrupt.LastOffset, test.first, test.last)
			}
		})
	}
}
