package record

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// ErrHeaders is wrapped by the error of [Builder.MessageSet] for records with
// headers, which came with message format v2.
var ErrHeaders = errors.New("record has headers")

// MessageSet is a batch in a message format before v2, for brokers that are older
// than Kafka 0.11. It has memory of its own, which Release gives back.
type MessageSet struct {
	magic  int8
	chunks [][]byte
	size   int // bytes in chunks
	memory int // bytes of memory behind chunks
}

// MessageSet writes the records of a sealed batch in message format v0 or v1, as
// magic says. With z, which may be nil, they become one compressed message,
// unless that would not be smaller. For v0 an LZ4 compressor must be one of
// [codec.LZ4Legacy]. There is no way for headers, nor for zstd; nor, in v0, for
// timestamps, which are left out.
func (b *Builder) MessageSet(magic int8, z *codec.Compressor) (*MessageSet, error) {
	if z != nil && z.Codec() == codec.Zstd {
		return nil, fmt.Errorf("message format v%d has no zstd", magic)
	}
	cursor, err := b.cursor()
	if err != nil {
		return nil, err
	}
	s := &MessageSet{magic: magic}
	for i := int64(0); ; i++ {
		var rec Record
		more, err := cursor.Next(&rec)
		if err == nil && len(rec.Headers) > 0 {
			err = fmt.Errorf("message format v%d: %w", magic, ErrHeaders)
		}
		if err != nil {
			s.Release()
			return nil, err
		}
		if !more {
			break
		}
		s.append(i, &rec)
	}
	if z != nil && z.Codec() != codec.None {
		if err := s.compress(z, b.count, b.maxTimestamp); err != nil {
			s.Release()
			return nil, err
		}
	}
	return s, nil
}

// cursor returns a Cursor over the records of a sealed batch.
func (b *Builder) cursor() (*Cursor, error) {
	var payload []byte
	if len(b.chunks) == 1 {
		payload = b.chunks[0]
	} else {
		payload = slices.Concat(b.chunks...)
	}
	if z := b.attributes.Codec(); z != codec.None {
		var err error
		if payload, err = codec.Decompress(nil, z, payload, math.MaxInt32); err != nil {
			return nil, fmt.Errorf("decompress a batch of one's own: %w", err)
		}
	}
	return NewCursor(&Batch{
		Magic: magicV2, LastOffsetDelta: b.count - 1, Count: b.count,
		BaseTimestamp: b.baseTimestamp, MaxTimestamp: b.maxTimestamp,
	}, payload), nil
}

// append writes a message with the given offset.
func (s *MessageSet) append(offset int64, rec *Record) {
	n := messageOverhead(s.magic) + len(rec.Key) + len(rec.Value)
	if last := len(s.chunks) - 1; last < 0 || cap(s.chunks[last])-len(s.chunks[last]) < n {
		chunk := newChunk(chunkSize(s.memory, n))
		s.memory += cap(chunk)
		s.chunks = append(s.chunks, chunk)
	}
	last := &s.chunks[len(s.chunks)-1]
	from := len(*last)
	b := appendMessageHeader(*last, s.magic, n, offset, 0, millis(rec.Timestamp))
	b = appendMessageField(b, rec.Key)
	b = appendMessageField(b, rec.Value)
	*last = b
	s.size += n
	order.PutUint32(b[from+offMessageCRC:], crc32.ChecksumIEEE(b[from+offMagic:]))
}

// compress puts the messages into one. Its offset and timestamp are the last of
// theirs, as Java has it.
func (s *MessageSet) compress(z *codec.Compressor, count int32, timestamp int64) error {
	out := newChunk(s.size)
	packed, err := z.Append(out, s.chunks...)
	if err != nil {
		freeChunk(out)
		return fmt.Errorf("compress message set: %w", err)
	}
	n := messageOverhead(s.magic) + len(packed)
	if n >= s.size {
		freeChunk(out)
		return nil
	}
	header := appendMessageHeader(nil, s.magic, n, int64(count-1), Attributes(z.Codec()), timestamp)
	header = appendMessageField(header, nil)
	header = order.AppendUint32(header, uint32(len(packed)))
	crc := crc32.Update(crc32.ChecksumIEEE(header[offMagic:]), crc32.IEEETable, packed)
	order.PutUint32(header[offMessageCRC:], crc)
	s.Release()
	s.chunks = append(s.chunks, header, packed)
	s.size, s.memory = n, cap(header)+cap(packed)
	return nil
}

// appendMessageHeader writes a message of n bytes up to its key, the checksum
// left out.
func appendMessageHeader(dst []byte, magic int8, n int, offset int64, attributes Attributes, timestamp int64) []byte {
	dst = order.AppendUint64(dst, uint64(offset))
	dst = order.AppendUint32(dst, uint32(n-lengthPrefix))
	dst = append(dst, 0, 0, 0, 0, byte(magic), byte(attributes))
	if magic > 0 {
		dst = order.AppendUint64(dst, uint64(timestamp))
	}
	return dst
}

func appendMessageField(dst, v []byte) []byte {
	if v == nil {
		return order.AppendUint32(dst, math.MaxUint32)
	}
	dst = order.AppendUint32(dst, uint32(len(v)))
	return append(dst, v...)
}

// Magic returns the message format.
func (s *MessageSet) Magic() int8 { return s.magic }

// Size returns the number of bytes.
func (s *MessageSet) Size() int { return s.size }

// Chunks returns the bytes. They alias the MessageSet and are valid until
// Release.
func (s *MessageSet) Chunks() wire.Chunks { return s.chunks }

// Release gives the memory back. Nothing may read the Chunks any more.
func (s *MessageSet) Release() {
	for i, chunk := range s.chunks {
		freeChunk(chunk)
		s.chunks[i] = nil
	}
	s.chunks, s.size, s.memory = s.chunks[:0], 0, 0
}
