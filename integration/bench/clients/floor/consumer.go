package floor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/barnabas-go/kafka/protocol"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Places in a batch of magic 2.
const (
	offLength     = 8
	offCRC        = 17
	offAttributes = 21
	offLastDelta  = 23
	offCount      = 57
	headerSize    = 61
)

// partitionBytes of a response, and the bytes of a response: the defaults of the
// clients.
const (
	partitionBytes = 1 << 20
	responseBytes  = 50 << 20
)

var errMalformed = errors.New("the floor program met a malformed batch")

type consumer struct {
	*conn
	request *protocol.FetchRequest
	payload []byte // of the last compressed batch, reused
}

func newConsumer(c *conn, task measure.Task) *consumer {
	req := protocol.NewFetchRequest()
	req.MaxWaitMs, req.MinBytes, req.MaxBytes = 500, 1, responseBytes
	topic := protocol.FetchRequestTopic{Topic: task.Topic}
	for i := range task.Partitions {
		topic.Partitions = append(topic.Partitions, protocol.NewFetchRequestPartition(int32(i), 0, partitionBytes))
	}
	req.Topics = []protocol.FetchRequestTopic{topic}
	return &consumer{conn: c, request: req}
}

func (c *consumer) Consume(_ context.Context, n int, sum *measure.Sum) error {
	for sum.Records < n {
		if err := c.write(c.request, fetchVersion); err != nil {
			return err
		}
		var resp protocol.FetchResponse
		if err := c.read(&resp, fetchVersion); err != nil {
			return err
		}
		if err := brokerError("fetch", resp.ErrorCode); err != nil {
			return err
		}
		for _, t := range resp.Responses {
			for i := range t.Partitions {
				if err := c.take(&t.Partitions[i], sum); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// take steps over the records of a partition and moves its position.
func (c *consumer) take(p *protocol.FetchResponsePartition, sum *measure.Sum) error {
	if err := brokerError("fetch", p.ErrorCode); err != nil {
		return err
	}
	position := &c.request.Topics[0].Partitions[p.PartitionIndex]
	for b := p.Records; len(b) > headerSize; {
		size := offLength + 4 + int(binary.BigEndian.Uint32(b[offLength:]))
		if size > len(b) {
			break // cut off by the limit
		}
		if size < headerSize {
			return errMalformed
		}
		batch := b[:size]
		b = b[size:]
		if crc32.Checksum(batch[offAttributes:], castagnoli) != binary.BigEndian.Uint32(batch[offCRC:]) {
			return fmt.Errorf("%w: CRC", errMalformed)
		}
		payload, err := c.decompress(batch)
		if err != nil {
			return err
		}
		if err := step(payload, int(binary.BigEndian.Uint32(batch[offCount:])), sum); err != nil {
			return err
		}
		base := int64(binary.BigEndian.Uint64(batch))
		position.FetchOffset = base + int64(binary.BigEndian.Uint32(batch[offLastDelta:])) + 1
	}
	return nil
}

func (c *consumer) decompress(batch []byte) (payload []byte, err error) {
	kind := codec.Codec(binary.BigEndian.Uint16(batch[offAttributes:]) & 7)
	if kind == codec.None {
		return batch[headerSize:], nil
	}
	c.payload, err = codec.Decompress(c.payload[:0], kind, batch[headerSize:], 64<<20)
	return c.payload, err
}

// step adds the value of each record to sum.
func step(b []byte, count int, sum *measure.Sum) error {
	for range count {
		length, n := binary.Varint(b)
		if n <= 0 || length < 0 || int(length) > len(b)-n {
			return errMalformed
		}
		rec := b[n : n+int(length)]
		b = b[n+int(length):]
		at := 1               // attributes
		for skip := range 3 { // timestamp delta, offset delta, key length
			v, n := binary.Varint(rec[min(at, len(rec)):])
			if n <= 0 {
				return errMalformed
			}
			if at += n; skip == 2 {
				at += int(max(v, 0))
			}
		}
		size, n := binary.Varint(rec[min(at, len(rec)):])
		if n <= 0 || size < 0 || int(size) > len(rec)-at-n {
			return errMalformed
		}
		sum.Add(rec[at+n : at+n+int(size)])
	}
	return nil
}

func (c *consumer) Close() error { return c.conn.Close() }
