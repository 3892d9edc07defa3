package record

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/barnabas-go/kafka/codec"
)

// The layout of a batch, message format v2. The length counts what follows it,
// the CRC-32C covers what follows it.
const (
	offBaseOffset      = 0
	offLength          = 8
	offLeaderEpoch     = 12
	offMagic           = 16
	offCRC             = 17
	offAttributes      = 21
	offLastOffsetDelta = 23
	offBaseTimestamp   = 27
	offMaxTimestamp    = 35
	offProducerID      = 43
	offProducerEpoch   = 51
	offBaseSequence    = 53
	offCount           = 57

	// HeaderSize is the number of bytes of a batch before its records.
	HeaderSize = 61

	lengthPrefix = offLength + 4 // base offset and length
	magicV2      = 2

	// minRecord is the size of a record that has neither key nor value: a byte
	// for each of its seven fields.
	minRecord = 7

	// maxOffset is the highest offset that another can follow.
	maxOffset = math.MaxInt64 - 1
)

var (
	order      = binary.BigEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Batch is one record batch as it came from a broker. Its records are still
// compressed.
//
// Of the formats before v2 it is one compressed message, with the message set
// in it; or a number of uncompressed messages that follow each other. They know
// nothing of leader epochs, producers and transactions, and v0 knows no
// timestamps: all these are -1, or not set. Of a compressed message only the last
// offset is known until [Batch.Payload] has looked into it: before, BaseOffset is
// the same as that and Count is -1.
type Batch struct {
	// Magic is the message format: 0, 1 (since Kafka 0.10) or 2 (since 0.11).
	Magic int8
	// BaseOffset is the offset of the first record when the batch was written;
	// compaction may have removed that record since.
	BaseOffset int64
	// PartitionLeaderEpoch in which the batch was appended, -1 if not known.
	PartitionLeaderEpoch int32
	Attributes           Attributes
	// LastOffsetDelta leads from BaseOffset to the last offset, which stays
	// known when compaction has removed the last record.
	LastOffsetDelta int32
	// BaseTimestamp and MaxTimestamp are in milliseconds since 1970.
	BaseTimestamp, MaxTimestamp int64
	// ProducerID is -1 for producers that are not idempotent.
	ProducerID    int64
	ProducerEpoch int16
	BaseSequence  int32
	// Count is the number of records.
	Count int32

	raw    []byte // the whole batch
	shift  int64  // of a message set: from its offsets to those in the partition
	verify bool   // of a message set: each message against its checksum
}

// LastOffset returns the offset of the batch's last record.
func (b *Batch) LastOffset() int64 { return b.BaseOffset + int64(b.LastOffsetDelta) }

// Size returns the batch's size on the wire in bytes.
func (b *Batch) Size() int { return len(b.raw) }

// parse fills b from raw, which holds the whole batch and no more.
func (b *Batch) parse(raw []byte) error {
	*b = Batch{
		Magic:                magicV2,
		BaseOffset:           int64(order.Uint64(raw[offBaseOffset:])),
		PartitionLeaderEpoch: int32(order.Uint32(raw[offLeaderEpoch:])),
		Attributes:           Attributes(order.Uint16(raw[offAttributes:])),
		LastOffsetDelta:      int32(order.Uint32(raw[offLastOffsetDelta:])),
		BaseTimestamp:        int64(order.Uint64(raw[offBaseTimestamp:])),
		MaxTimestamp:         int64(order.Uint64(raw[offMaxTimestamp:])),
		ProducerID:           int64(order.Uint64(raw[offProducerID:])),
		ProducerEpoch:        int16(order.Uint16(raw[offProducerEpoch:])),
		BaseSequence:         int32(order.Uint32(raw[offBaseSequence:])),
		Count:                int32(order.Uint32(raw[offCount:])),
		raw:                  raw,
	}
	switch {
	case b.BaseOffset < 0:
		return b.corrupt(fmt.Errorf("base offset %d", b.BaseOffset))
	case b.LastOffsetDelta < 0 || b.BaseOffset > maxOffset-int64(b.LastOffsetDelta):
		return b.corrupt(fmt.Errorf("last offset delta %d", b.LastOffsetDelta))
	case b.Count < 0:
		return b.corrupt(fmt.Errorf("%d records", b.Count))
	}
	return nil
}

// VerifyChecksum holds the batch against its CRC-32C. A mismatch is a
// [*CorruptError].
//
// In the formats before v2 each message has a CRC-32 of its own. If it is not
// that of a compressed message, it is left to the [Cursor], which then checks
// each message that it comes to, so that only damaged ones are lost.
func (b *Batch) VerifyChecksum() error {
	if b.Magic < magicV2 {
		b.verify = true
		if b.Attributes.Codec() != codec.None {
			if err := checkMessage(b.raw); err != nil {
				return b.corrupt(err)
			}
		}
		return nil
	}
	want := order.Uint32(b.raw[offCRC:])
	if got := crc32.Checksum(b.raw[offAttributes:], castagnoli); got != want {
		return b.corrupt(fmt.Errorf("CRC-32C is %08x, the batch says %08x", got, want))
	}
	return nil
}

// Payload returns the batch's records, decompressed. Of an uncompressed batch
// they alias the batch; otherwise they are appended to dst, and more than limit
// bytes are an error that wraps [codec.ErrTooLarge].
func (b *Batch) Payload(dst []byte, limit int) ([]byte, error) {
	if b.Magic < magicV2 {
		return b.messages(dst, limit)
	}
	out, size := b.raw[HeaderSize:], len(b.raw)-HeaderSize
	if b.compressed() {
		var err error
		if out, err = codec.Decompress(dst, b.Attributes.Codec(), out, limit); err != nil {
			return nil, b.corrupt(err)
		}
		size = len(out) - len(dst)
	}
	if int64(b.Count)*minRecord > int64(size) { // nobody shall make room for more than there can be
		return nil, b.corrupt(fmt.Errorf("%d records in %d bytes", b.Count, size))
	}
	return out, nil
}

func (b *Batch) compressed() bool { return b.Attributes.Codec() != codec.None }

func (b *Batch) corrupt(cause error) *CorruptError {
	last := b.BaseOffset
	if b.BaseOffset <= maxOffset-int64(max(b.LastOffsetDelta, 0)) {
		last = max(last, b.LastOffset())
	}
	return &CorruptError{FirstOffset: b.BaseOffset, LastOffset: last, Raw: b.raw, Err: cause}
}

// CorruptError tells that a batch cannot be read, and which offsets are lost
// with it.
type CorruptError struct {
	// FirstOffset and LastOffset of the batch. They come from the batch's
	// header, so a consumer that skips it goes on at LastOffset + 1.
	FirstOffset, LastOffset int64
	// Raw is the batch as it came; if its length makes no sense, all that came from
	// there on. It is part of the memory of the whole answer.
	Raw []byte
	// Err is what is wrong.
	Err error
}

// Error tells the offsets and what is wrong.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("corrupt record batch, offsets %d to %d: %v", e.FirstOffset, e.LastOffset, e.Err)
}

// Unwrap returns what is wrong.
func (e *CorruptError) Unwrap() error { return e.Err }
