package producer

import (
	"errors"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/barnabas-go/kafka/record"
)

// Versions of Produce that changed what records may be.
const (
	messagesV1Version = 2 // KIP-32
	batchVersion      = 3 // KIP-98
	zstdVersion       = 7 // KIP-110
)

// messageExtra is what a message takes beyond the same record in a batch, at
// most: headers of 34 and 7 bytes.
const messageExtra = 34 - 7

// magic returns the message format that goes with a version of Produce.
func magic(version int16) int8 {
	switch {
	case version >= batchVersion:
		return 2
	case version >= messagesV1Version:
		return 1
	default:
		return 0
	}
}

// produceVersion returns the version of Produce that requests have on c.
func produceVersion(c *conn.Conn) int16 {
	version, ok := c.Version(protocol.Produce)
	if !ok {
		return batchVersion // requests will fail
	}
	return version
}

// size returns how many bytes b takes of a request, at most: a message in a set
// has a longer header than a record in a batch.
func (s *sink) size(b *batch) int {
	n := b.builder.Size()
	if s.version < batchVersion {
		n += b.builder.Count() * messageExtra
	}
	return n
}

// encode returns the bytes of b in the format that the broker takes.
func (s *sink) encode(b *batch) (wire.Chunks, error) {
	if err := s.unsupportedCodec(b); err != nil {
		return nil, err
	}
	format := magic(s.version)
	b.untimed = format == 0
	if format == 2 {
		b.builder.Stamp(b.producer.id, b.producer.epoch, b.sequence, s.producer.transactions != nil)
		return b.builder.Chunks(), nil
	}
	if b.messages != nil && b.messages.Magic() == format {
		return b.messages.Chunks(), nil // from an earlier try
	}
	b.releaseMessages()
	messages, err := b.builder.MessageSet(format, s.producer.sealers.messageCompressor(format))
	if errors.Is(err, record.ErrHeaders) {
		return nil, s.unsupported(b, "record headers", "0.11")
	}
	if err != nil {
		return nil, err
	}
	b.messages = messages
	return messages.Chunks(), nil
}

// unsupportedCodec returns an error if the broker does not know the producer's
// codec. It does not matter whether b would be smaller with it, so that what can
// be sent does not depend on that.
func (s *sink) unsupportedCodec(b *batch) error {
	switch s.producer.cfg.Compression {
	case codec.Zstd:
		if s.version < zstdVersion {
			return s.unsupported(b, "zstd compression", "2.1")
		}
	case codec.LZ4:
		if _, ok := s.conn.Version(protocol.FindCoordinator); s.version == 0 && !ok {
			return s.unsupported(b, "lz4 compression", "0.8.2")
		}
	}
	return nil
}

func (s *sink) unsupported(b *batch, feature, since string) error {
	err := s.conn.Lacks(feature, since)
	err.Topic = b.partition.tp.Topic
	return err
}

// messageCompressor returns what message sets of a format are compressed with,
// nil for nothing.
func (s *sealers) messageCompressor(format int8) *codec.Compressor {
	switch {
	case s == nil:
		return nil
	case format == 0:
		return s.compressorV0
	default:
		return s.compressor
	}
}

func (b *batch) releaseMessages() {
	if b.messages != nil {
		b.messages.Release()
		b.messages = nil
	}
}

// unsendable ends a batch that was taken to be sent, and cannot be.
func (pt *partition) unsendable(b *batch, err error) {
	pt.mu.Lock()
	b.attempts--
	pt.mu.Unlock()
	pt.settle(b, outcome{err: err})
}
