package record

import (
	"fmt"
	"slices"
	"sync"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// Builder encodes records into one batch. The records go into chunks of pooled
// memory that are never moved, so that appending costs the same however large
// the batch grows.
//
// A batch is built in three steps: Append each record; Seal, which compresses
// the records; Stamp, which writes the header with the producer's sequence and
// the checksum. The bytes may then be sent any number of times, and stamped
// anew in between. Release gives the memory back.
//
// The zero Builder is an empty batch. A Builder is not safe for concurrent use.
type Builder struct {
	// Plain tells that Seal will not compress the records, so that they are summed
	// for the checksum as they come, while they are in the processor's cache.
	Plain bool

	chunks [][]byte                // sealed or not, uncompressed unless compressed is set
	pieces [1 + usualChunks][]byte // memory for chunks, after the header
	size   int                     // bytes in chunks
	memory int                     // bytes of memory behind chunks

	count         int32
	largest       int // bytes of a record
	baseTimestamp int64
	maxTimestamp  int64

	attributes Attributes
	sealed     bool
	sum        bodySum // of chunks
	header     [HeaderSize]byte
}

// Count returns the number of records.
func (b *Builder) Count() int { return int(b.count) }

// Size returns the size in bytes of the batch as it would be sent now.
func (b *Builder) Size() int { return HeaderSize + b.size }

// Largest returns the size in bytes of the largest record, before compression.
func (b *Builder) Largest() int { return b.largest }

// Memory returns how many bytes of memory the Builder holds.
func (b *Builder) Memory() int { return b.memory }

// Need is what it takes to append a record to a batch.
type Need struct {
	// Size is how many bytes the record adds to the batch.
	Size int
	// Memory is how many bytes of memory must be added by [Builder.Grow] first,
	// 0 if none.
	Memory int

	body      int
	timestamp int64
	delta     int64
}

// Need returns what it takes to append rec with the given timestamp, in
// milliseconds, as the next record.
func (b *Builder) Need(timestamp int64, rec *Record) Need {
	n := Need{timestamp: timestamp}
	if b.count > 0 {
		n.delta = timestamp - b.baseTimestamp
	}
	n.body = b.bodySize(n.delta, rec)
	n.Size = wire.VarintLen(int64(n.body)) + n.body
	if b.room() < n.Size {
		n.Memory = chunkSize(b.memory, n.Size)
	}
	return n
}

// bodySize returns the size of a record without its own length.
func (b *Builder) bodySize(delta int64, rec *Record) int {
	n := 1 + wire.VarintLen(delta) + wire.VarintLen(int64(b.count)) +
		fieldLen(rec.Key) + fieldLen(rec.Value) + wire.VarintLen(int64(len(rec.Headers)))
	for i := range rec.Headers {
		h := &rec.Headers[i]
		n += wire.VarintLen(int64(len(h.Key))) + len(h.Key) + fieldLen(h.Value)
	}
	return n
}

// room returns how many bytes fit into the last chunk.
func (b *Builder) room() int {
	if len(b.chunks) == 0 {
		return 0
	}
	last := b.chunks[len(b.chunks)-1]
	return cap(last) - len(last)
}

// usualChunks are those of a batch of up to some 200 KiB.
const usualChunks = 8

// Grow adds memory that Need asked for.
func (b *Builder) Grow(memory int) {
	if b.Plain {
		b.Sum()
	}
	if b.chunks == nil {
		b.chunks = b.pieces[1:1]
	}
	b.chunks = append(b.chunks, newChunk(memory))
	b.memory += memory
}

// Add appends rec with the given timestamp, in milliseconds, if that takes no more
// memory and the batch stays within limit bytes. It does in one step what Need and
// Append do in two.
func (b *Builder) Add(timestamp int64, rec *Record, limit int) bool {
	if b.count == 0 {
		return false
	}
	delta := timestamp - b.baseTimestamp
	body := b.bodySize(delta, rec)
	size := wire.VarintLen(int64(body)) + body
	if b.room() < size || b.Size()+size > limit {
		return false
	}
	b.encode(size, body, timestamp, delta, rec)
	return true
}

// Append encodes a record, for which need was made just before. The record's
// bytes are copied, so that the caller may reuse them.
func (b *Builder) Append(need Need, rec *Record) {
	if b.count == 0 {
		b.baseTimestamp = need.timestamp
		b.maxTimestamp = need.timestamp
	}
	b.encode(need.Size, need.body, need.timestamp, need.delta, rec)
}

func (b *Builder) encode(size, body int, timestamp, delta int64, rec *Record) {
	b.maxTimestamp = max(b.maxTimestamp, timestamp)
	last := &b.chunks[len(b.chunks)-1]
	*last = b.appendRecord(*last, body, delta, rec)
	b.size += size
	b.largest = max(b.largest, size)
	b.count++
}

func (b *Builder) appendRecord(dst []byte, body int, timestampDelta int64, rec *Record) []byte {
	dst = wire.AppendVarint(dst, int64(body))
	dst = append(dst, 0) // attributes, none are defined
	dst = wire.AppendVarint(dst, timestampDelta)
	dst = wire.AppendVarint(dst, int64(b.count))
	dst = appendField(dst, rec.Key)
	if b.Plain && len(rec.Value) > sumPiece {
		dst = b.appendLong(dst, rec.Value)
	} else {
		dst = appendField(dst, rec.Value)
	}
	dst = wire.AppendVarint(dst, int64(len(rec.Headers)))
	for i := range rec.Headers {
		h := &rec.Headers[i]
		dst = wire.AppendVarint(dst, int64(len(h.Key)))
		dst = append(dst, h.Key...)
		dst = appendField(dst, h.Value)
	}
	return dst
}

// sumPiece is how much of a long value is summed at a time.
const sumPiece = 16 << 10

// appendLong appends a value to the last chunk piece by piece, and sums each while
// it is at hand.
func (b *Builder) appendLong(chunk, value []byte) []byte {
	chunk = wire.AppendVarint(chunk, int64(len(value)))
	for piece := range slices.Chunk(value, sumPiece) {
		chunk = append(chunk, piece...)
		b.chunks[len(b.chunks)-1] = chunk
		b.Sum()
	}
	return chunk
}

func appendField(dst, v []byte) []byte {
	if v == nil {
		return append(dst, 1) // -1 in zig-zag
	}
	dst = wire.AppendVarint(dst, int64(len(v)))
	return append(dst, v...)
}

func fieldLen(v []byte) int {
	return wire.VarintLen(int64(len(v))) + len(v) // null takes one byte, as empty does
}

// Seal ends the batch: no more records can be appended. It compresses them,
// unless that would not make them smaller; z may be nil for no compression.
func (b *Builder) Seal(z *codec.Compressor) error {
	if b.sealed {
		return nil
	}
	b.sealed = true
	if z == nil || z.Codec() == codec.None {
		return nil
	}
	out := packing.Get().(*[]byte)
	defer packing.Put(out)
	packed, err := z.Append(slices.Grow((*out)[:0], b.size), b.chunks...)
	if err != nil {
		return fmt.Errorf("compress record batch: %w", err)
	}
	*out = packed
	if len(packed) < b.size {
		b.replace(packed)
		b.attributes |= Attributes(z.Codec())
	}
	b.Sum()
	return nil
}

// packing has memory to compress into: what comes out is copied into chunks, as
// it is known only then how much it is.
var packing = sync.Pool{New: func() any { return new([]byte) }}

// replace makes the bytes of the batch a copy of packed.
func (b *Builder) replace(packed []byte) {
	b.freeChunks()
	b.sum, b.memory, b.size = bodySum{}, 0, len(packed)
	for len(packed) > 0 {
		b.Grow(chunkSize(b.memory, min(len(packed), maxChunk)))
		last := &b.chunks[len(b.chunks)-1]
		n := min(len(packed), cap(*last))
		*last = append(*last, packed[:n]...)
		packed = packed[n:]
	}
}

// Sum sums the records for the checksum as far as they go, so that [Builder.Stamp]
// need not read what has left the processor's cache by then. It is lost work
// where Seal will compress them. A Plain builder does so itself while records come.
func (b *Builder) Sum() { b.sum.add(b.chunks) }

// Sealed tells whether the batch has ended.
func (b *Builder) Sealed() bool { return b.sealed }

// Stamp writes the header of a sealed batch, with the sequence that lets the
// broker drop duplicates (KIP-98; a producer id of -1 for none), and the
// checksum.
func (b *Builder) Stamp(producerID int64, epoch int16, sequence int32, transactional bool) {
	h := b.header[:]
	attributes := b.attributes
	if transactional {
		attributes |= transactionalFlag
	}
	order.PutUint64(h[offBaseOffset:], 0)
	order.PutUint32(h[offLength:], uint32(b.Size()-lengthPrefix))
	order.PutUint32(h[offLeaderEpoch:], ^uint32(0)) // the broker's to set
	h[offMagic] = magicV2
	order.PutUint16(h[offAttributes:], uint16(attributes))
	order.PutUint32(h[offLastOffsetDelta:], uint32(b.count-1))
	order.PutUint64(h[offBaseTimestamp:], uint64(b.baseTimestamp))
	order.PutUint64(h[offMaxTimestamp:], uint64(b.maxTimestamp))
	order.PutUint64(h[offProducerID:], uint64(producerID))
	order.PutUint16(h[offProducerEpoch:], uint16(epoch))
	order.PutUint32(h[offBaseSequence:], uint32(sequence))
	order.PutUint32(h[offCount:], uint32(b.count))
	b.Sum()
	order.PutUint32(h[offCRC:], b.sum.after(h[offAttributes:]))
}

// Chunks returns the bytes of a stamped batch. They alias the Builder and are
// valid until Release or the next Stamp.
func (b *Builder) Chunks() wire.Chunks {
	// A Builder that was copied has its chunks listed in the other one.
	if n := len(b.chunks); n > 0 && &b.chunks[0] == &b.pieces[1] {
		b.pieces[0] = b.header[:]
		return b.pieces[:1+n]
	}
	out := make(wire.Chunks, 0, 1+len(b.chunks))
	return append(append(out, b.header[:]), b.chunks...)
}

// Release gives the memory back and makes the Builder an empty batch. Nothing
// may read its Chunks any more.
func (b *Builder) Release() {
	b.freeChunks()
	*b = Builder{}
}

func (b *Builder) freeChunks() {
	for i, chunk := range b.chunks {
		freeChunk(chunk)
		b.chunks[i] = nil
	}
	b.chunks = b.chunks[:0]
}
