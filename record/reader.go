package record

import (
	"errors"
	"fmt"
	"io"
)

// ErrMagic is wrapped by the error for a batch of a message format that there is
// not, or not yet.
var ErrMagic = errors.New("unknown message format")

// ErrTruncated is returned for record bytes that hold no whole batch: the
// fetch limit was smaller than the batch, as brokers before Kafka 0.10.1 answer
// (KIP-74).
var ErrTruncated = errors.New("record batch is larger than the fetch limit")

// Reader steps over the batches in the records of one partition of a fetch
// response, of any formats in any order. Brokers cut those at the fetch limit, so
// that the last batch may be partial; it is left out.
type Reader struct {
	rest  []byte
	batch Batch
	any   bool
}

// NewReader returns a Reader over b.
func NewReader(b []byte) *Reader {
	return &Reader{rest: b}
}

// Next returns the next batch, which is valid until the next call. The error is
// io.EOF at the end, [ErrTruncated] if there was not one whole batch, or a
// [*CorruptError]; after any but the latter there is nothing more to read. The
// checksum is left to [Batch.VerifyChecksum].
func (r *Reader) Next() (*Batch, error) {
	start := r.rest
	raw, err := r.cut()
	if err != nil {
		return nil, err
	}
	r.any = true
	base := int64(order.Uint64(raw))
	switch magic := int8(raw[offMagic]); magic {
	case magicV2:
	case 0, 1:
		size, err := r.batch.parseMessages(raw, start)
		r.rest = start[size:]
		if err != nil {
			return nil, err
		}
		return &r.batch, nil
	default:
		return nil, &CorruptError{base, base, raw, fmt.Errorf("%w: magic %d", ErrMagic, magic)}
	}
	if len(raw) < HeaderSize {
		return nil, &CorruptError{base, base, raw, fmt.Errorf("batch of %d bytes is shorter than its header of %d", len(raw), HeaderSize)}
	}
	if err := r.batch.parse(raw); err != nil {
		return nil, err
	}
	return &r.batch, nil
}

// cut takes the bytes of the next whole batch.
func (r *Reader) cut() ([]byte, error) {
	if len(r.rest) < lengthPrefix {
		return nil, r.end()
	}
	length := int64(int32(order.Uint32(r.rest[offLength:])))
	if length < offMagic+1-lengthPrefix {
		base := int64(order.Uint64(r.rest))
		raw := r.rest
		r.rest = nil
		return nil, &CorruptError{base, base, raw, fmt.Errorf("batch length %d", length)}
	}
	n := lengthPrefix + length
	if n > int64(len(r.rest)) {
		return nil, r.end()
	}
	raw := r.rest[:n:n]
	r.rest = r.rest[n:]
	return raw, nil
}

func (r *Reader) end() error {
	if len(r.rest) > 0 && !r.any {
		return ErrTruncated
	}
	r.rest = nil
	return io.EOF
}
