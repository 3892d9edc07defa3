package record

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/barnabas-go/kafka/codec"
)

// The layout of a message, formats v0 and v1: as of a batch up to the length;
// then a CRC-32 of all that follows it, magic, attributes, since v1 a timestamp,
// and key and value with their lengths. A compressed message has no key, and a
// message set as its value.
const (
	offMessageCRC        = 12
	offMessageAttributes = 17
	offMessageTimestamp  = 18 // v1
	offKeyV0             = 18
	offKeyV1             = 26

	// messageOverheadV0 and V1 are the sizes of a message without key and value.
	messageOverheadV0 = offKeyV0 + 8
	messageOverheadV1 = offKeyV1 + 8
)

// message is one of the messages in a message set.
type message struct {
	offset     int64
	attributes Attributes
	timestamp  int64
	key, value []byte
}

func messageOverhead(magic int8) int {
	if magic == 0 {
		return messageOverheadV0
	}
	return messageOverheadV1
}

// cutMessage takes the first whole message off b; nil if there is none. It has
// been looked at no further.
func cutMessage(b []byte) (raw, rest []byte) {
	if len(b) <= offMagic {
		return nil, b
	}
	n := lengthPrefix + int64(int32(order.Uint32(b[offLength:])))
	if n <= offMagic || n > int64(len(b)) {
		return nil, b
	}
	return b[:n:n], b[n:]
}

// messageAttributes returns the flags of a message that has them.
func messageAttributes(raw []byte, magic int8) Attributes {
	if magic == 0 {
		return Attributes(raw[offMessageAttributes]) & codecMask
	}
	return Attributes(raw[offMessageAttributes]) & (codecMask | logAppendTimeFlag)
}

// messageTimestamp returns the timestamp of a message that is long enough.
func messageTimestamp(raw []byte, magic int8) int64 {
	if magic == 0 {
		return noTime
	}
	return int64(order.Uint64(raw[offMessageTimestamp:]))
}

var (
	errMessageShort = errors.New("message is shorter than its fields")
	errMessageLong  = errors.New("message is longer than its fields")
)

// parseMessage reads a whole message of the given format.
func parseMessage(raw []byte, magic int8) (m message, err error) {
	if len(raw) < messageOverhead(magic) {
		return m, errMessageShort
	}
	m.offset = int64(order.Uint64(raw))
	m.attributes = messageAttributes(raw, magic)
	m.timestamp = messageTimestamp(raw, magic)
	rest := raw[messageOverhead(magic)-8:]
	var ok bool
	if m.key, rest, ok = messageField(rest); !ok {
		return m, errMessageShort
	}
	if m.value, rest, ok = messageField(rest); !ok {
		return m, errMessageShort
	}
	if len(rest) > 0 {
		return m, errMessageLong
	}
	return m, nil
}

// messageField takes bytes with an int32 length before them, -1 for null.
func messageField(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	size := int64(int32(order.Uint32(b)))
	b = b[4:]
	if size < 0 || size > int64(len(b)) {
		return nil, b, size == -1
	}
	return b[:size:size], b[size:], true
}

// checkMessage holds a whole message against its checksum.
func checkMessage(raw []byte) error {
	want := order.Uint32(raw[offMessageCRC:])
	if got := crc32.ChecksumIEEE(raw[offMagic:]); got != want {
		return fmt.Errorf("CRC-32 is %08x, the message says %08x", got, want)
	}
	return nil
}

// parseMessages fills b from first, which holds the first whole message of set.
// A compressed message is a batch, and so are the uncompressed ones that follow
// each other. It returns the batch's size.
func (b *Batch) parseMessages(first, set []byte) (int, error) {
	magic := int8(first[offMagic])
	offset := int64(order.Uint64(first))
	*b = Batch{
		BaseOffset: offset, PartitionLeaderEpoch: -1, Magic: magic,
		ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1, Count: 1, raw: first,
	}
	switch {
	case len(first) < messageOverhead(magic):
		return len(first), b.corrupt(errMessageShort)
	case offset < 0 || offset > maxOffset:
		return len(first), b.corrupt(fmt.Errorf("offset %d", offset))
	}
	b.Attributes = messageAttributes(first, magic)
	b.BaseTimestamp = messageTimestamp(first, magic)
	b.MaxTimestamp = b.BaseTimestamp
	if b.Attributes.Codec() == codec.None {
		b.gather(set)
		return len(b.raw), nil
	}
	b.Count = -1
	m, err := parseMessage(first, magic)
	if err == nil && m.value == nil {
		err = errors.New("compressed message without a value")
	}
	if err != nil {
		return len(first), b.corrupt(err)
	}
	return len(first), nil
}

// gather extends b, which has the first message of set, to those that follow: of
// the same format and attributes, in ascending order.
func (b *Batch) gather(set []byte) {
	size := len(b.raw)
	last := b.BaseOffset
	for {
		raw, _ := cutMessage(set[size:])
		if len(raw) < messageOverhead(b.Magic) || int8(raw[offMagic]) != b.Magic || messageAttributes(raw, b.Magic) != b.Attributes {
			break
		}
		offset := int64(order.Uint64(raw))
		if offset <= last || offset > maxOffset || offset-b.BaseOffset > math.MaxInt32 {
			break
		}
		last = offset
		b.MaxTimestamp = max(b.MaxTimestamp, messageTimestamp(raw, b.Magic))
		b.Count++
		size += len(raw)
	}
	b.LastOffsetDelta = int32(last - b.BaseOffset)
	b.raw = set[:size:size]
}

// messages returns the message set of b, decompressed: see [Batch.Payload].
func (b *Batch) messages(dst []byte, limit int) ([]byte, error) {
	z := b.Attributes.Codec()
	switch {
	case z == codec.None:
		return b.raw, nil
	case z == codec.Zstd:
		return nil, b.corrupt(fmt.Errorf("message format v%d has no zstd", b.Magic))
	case z == codec.LZ4 && b.Magic == 0:
		z = codec.LZ4Legacy
	}
	m, err := parseMessage(b.raw, b.Magic)
	if err != nil {
		return nil, b.corrupt(err)
	}
	out, err := codec.Decompress(dst, z, m.value, limit)
	if err == nil {
		err = b.survey(out[len(dst):])
	}
	if err != nil {
		return nil, b.corrupt(err)
	}
	return out, nil
}

// survey goes over the decompressed messages and takes down what only they tell:
// how many there are, and at which offset they begin. A compressed message has
// the offset of the last message in it; those have their own offsets in v0, and
// in v1 relative ones (KIP-31), which compaction leaves as they were.
func (b *Batch) survey(set []byte) error {
	first, last, count := int64(0), int64(-1), int32(0)
	for rest := set; len(rest) > 0; count++ {
		var raw []byte
		raw, rest = cutMessage(rest)
		if err := b.checkWithin(raw, last); err != nil {
			return fmt.Errorf("message %d in a compressed one: %w", count+1, err)
		}
		last = int64(order.Uint64(raw))
		if count == 0 {
			first = last
		}
	}
	end := b.LastOffset()
	if b.Magic > 0 {
		b.shift = end - last
	}
	first += b.shift
	if count == 0 || last+b.shift > end || first < 0 || end-first > math.MaxInt32 {
		return fmt.Errorf("%d messages with offsets up to %d are in a compressed one with offset %d", count, last, end)
	}
	b.BaseOffset, b.LastOffsetDelta, b.Count = first, int32(end-first), count
	return nil
}

// checkWithin looks at a message in a compressed one, after that with the last
// offset.
func (b *Batch) checkWithin(raw []byte, last int64) error {
	if raw == nil {
		return errors.New("it is cut short")
	}
	if magic := int8(raw[offMagic]); magic != b.Magic {
		return fmt.Errorf("it has magic %d, and should have %d", magic, b.Magic)
	}
	if len(raw) < messageOverhead(b.Magic) {
		return errMessageShort
	}
	if messageAttributes(raw, b.Magic).Codec() != codec.None {
		return errors.New("it is compressed itself")
	}
	if offset := int64(order.Uint64(raw)); offset <= last {
		return fmt.Errorf("it has offset %d, after %d", offset, last)
	}
	return nil
}
