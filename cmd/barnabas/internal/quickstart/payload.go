package quickstart

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

// MinSize is the least size of a record's value: its partition, its number in
// that, and when it was sent.
const MinSize = 4 + 8 + 8

// payload makes the values of records. What follows the numbers is a text that
// begins with another letter in each record.
type payload struct {
	buf  []byte
	text []byte
}

const alphabet = "abcdefghijklmnopqrstuvwxyz"

func newPayload(size int) *payload {
	return &payload{
		buf:  make([]byte, size),
		text: bytes.Repeat([]byte(alphabet), size/len(alphabet)+2),
	}
}

func (p *payload) padding(sequence int64) []byte {
	first := int(sequence % int64(len(alphabet)))
	return p.text[first : first+len(p.buf)-MinSize]
}

// make returns the value of a record; it is valid until the next call.
func (p *payload) make(partition int32, sequence int64, sent time.Duration) []byte {
	binary.BigEndian.PutUint32(p.buf, uint32(partition))
	binary.BigEndian.PutUint64(p.buf[4:], uint64(sequence))
	binary.BigEndian.PutUint64(p.buf[12:], uint64(sent))
	copy(p.buf[MinSize:], p.padding(sequence))
	return p.buf
}

// read returns what a value says, and an error if it is not as it was made for the
// partition.
func (p *payload) read(value []byte, partition int32) (sequence int64, sent time.Duration, err error) {
	if len(value) != len(p.buf) {
		return 0, 0, fmt.Errorf("a value has %d bytes instead of %d", len(value), len(p.buf))
	}
	if in := int32(binary.BigEndian.Uint32(value)); in != partition {
		return 0, 0, fmt.Errorf("a record of partition %d came from partition %d", in, partition)
	}
	sequence = int64(binary.BigEndian.Uint64(value[4:]))
	sent = time.Duration(binary.BigEndian.Uint64(value[12:]))
	if sequence < 0 || !bytes.Equal(value[MinSize:], p.padding(sequence)) {
		return 0, 0, fmt.Errorf("the value of a record of partition %d is damaged", partition)
	}
	return sequence, sent, nil
}
