package record

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// Cursor takes the records of a batch one by one, decoding each when it is
// asked for.
type Cursor struct {
	batch   Batch
	rest    []byte // of the payload
	left    int32  // records
	headers []Header
	millis  int64     // of time
	time    time.Time // of the last record, as the next one often has the same
}

// NewCursor returns a Cursor over the records of batch, which payload holds
// decompressed: see [Batch.Payload].
func NewCursor(batch *Batch, payload []byte) *Cursor {
	return &Cursor{batch: *batch, rest: payload, left: max(batch.Count, 0), millis: noTime}
}

// Batch returns the batch that the records are from.
func (c *Cursor) Batch() *Batch { return &c.batch }

// Left returns how many records are left.
func (c *Cursor) Left() int { return int(c.left) }

// Next decodes the next record into rec and tells whether there was one. It
// leaves Topic and Partition as they are. The error is a [*CorruptError]; after
// it there is nothing more to read.
func (c *Cursor) Next(rec *Record) (bool, error) {
	if c.batch.Magic < magicV2 {
		return c.nextMessage(rec)
	}
	if c.left == 0 {
		if len(c.rest) > 0 {
			n := len(c.rest)
			c.rest = nil
			return false, c.batch.corrupt(fmt.Errorf("%d bytes behind the last of %d records", n, c.batch.Count))
		}
		return false, nil
	}
	body, ok := c.body()
	if !ok || !c.decode(body, rec) {
		n := c.batch.Count - c.left
		c.left, c.rest = 0, nil
		return false, c.batch.corrupt(fmt.Errorf("record %d of %d is malformed", n+1, c.batch.Count))
	}
	c.left--
	return true, nil
}

// body takes the next record's bytes, without their length.
func (c *Cursor) body() ([]byte, bool) {
	n, w := varint(c.rest)
	if w <= 0 || n < 0 || n > int64(len(c.rest)-w) {
		return nil, false
	}
	body := c.rest[w : w+int(n)]
	c.rest = c.rest[w+int(n):]
	return body, true
}

// decode reads: attributes (unused), timestamp delta, offset delta, key, value,
// headers. Nothing may be left over.
func (c *Cursor) decode(b []byte, rec *Record) bool {
	if len(b) == 0 {
		return false
	}
	b = b[1:]
	timestamp, n := varint(b)
	if n <= 0 {
		return false
	}
	b = b[n:]
	offset, n := varint(b)
	if n <= 0 || offset < 0 || offset > int64(c.batch.LastOffsetDelta) {
		return false
	}
	ok := true
	if b = b[n:]; len(b) > 0 && b[0] == 1 { // null
		rec.Key, b = nil, b[1:]
	} else if rec.Key, b, ok = field(b); !ok {
		return false
	}
	if rec.Value, b, ok = field(b); !ok {
		return false
	}
	rec.Offset = c.batch.BaseOffset + offset
	rec.LeaderEpoch = c.batch.PartitionLeaderEpoch
	c.setTimestamp(rec, timestamp)
	if len(b) == 1 && b[0] == 0 {
		rec.Headers = nil
		return true
	}
	rec.Headers, ok = c.decodeHeaders(b)
	return ok
}

func (c *Cursor) setTimestamp(rec *Record, delta int64) {
	rec.TimestampType = c.batch.Attributes.TimestampType()
	ms := c.batch.BaseTimestamp + delta
	if rec.TimestampType == LogAppendTime {
		ms = c.batch.MaxTimestamp
	}
	if ms != c.millis {
		c.millis, c.time = ms, timeOf(ms)
	}
	rec.Timestamp = c.time
}

// decodeHeaders reads the headers into a slice that is shared by the batch's
// records, so that not each record allocates one.
func (c *Cursor) decodeHeaders(b []byte) ([]Header, bool) {
	count, n := varint(b)
	b = b[max(n, 0):]
	if n <= 0 || count < 0 || count > int64(len(b)/2) { // a header has two lengths at least
		return nil, false
	}
	if free := cap(c.headers) - len(c.headers); int64(free) < count {
		c.headers = make([]Header, 0, max(int(count), min(2*cap(c.headers), 1024)))
	}
	from := len(c.headers)
	for range count {
		key, rest, ok := field(b)
		if !ok || key == nil {
			return nil, false
		}
		value, rest, ok := field(rest)
		if !ok {
			return nil, false
		}
		b = rest
		c.headers = append(c.headers, Header{unsafe.String(unsafe.SliceData(key), len(key)), value})
	}
	return c.headers[from:len(c.headers):len(c.headers)], len(b) == 0
}

// field takes bytes with a varint length before them, -1 for null.
func field(b []byte) (value, rest []byte, ok bool) {
	size, n := varint(b)
	if n <= 0 || size > int64(len(b)-n) {
		return nil, nil, false
	}
	b = b[n:]
	if size < 0 {
		return nil, b, size == -1
	}
	return b[:size:size], b[size:], true
}

// varint is [wire.Varint] with its commonest cases, one and two bytes, without a
// loop.
func varint(b []byte) (v int64, n int) {
	if len(b) < 2 {
		return wire.Varint(b)
	}
	u := uint64(b[0])
	if u < 0x80 {
		return int64(u>>1) ^ -int64(u&1), 1
	}
	if b[1] >= 0x80 {
		return wire.Varint(b)
	}
	u = u&0x7f | uint64(b[1])<<7
	return int64(u>>1) ^ -int64(u&1), 2
}
