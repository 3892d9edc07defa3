package codec

import (
	"errors"
	"fmt"
)

// ErrTooLarge is wrapped by the error of [Decompress] for data that expands to
// more than the caller's limit.
var ErrTooLarge = errors.New("decompressed data is too large")

func tooLarge(c Codec, limit int) error {
	return fmt.Errorf("codec: %s: %w: more than the limit of %d bytes", c, ErrTooLarge, limit)
}

// UnknownCodecError is the number of a codec that Kafka does not define, such
// as 5, 6 and 7, which the attributes of a batch can hold.
type UnknownCodecError Codec

func (e UnknownCodecError) Error() string {
	return fmt.Sprintf("codec: unknown compression codec %d: known are 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd", int8(e))
}

// CorruptError says that compressed data is malformed or truncated.
type CorruptError struct {
	Codec  Codec
	Offset int   // bytes of the compressed data before the part found bad
	Err    error // what is wrong there
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("codec: corrupt %s data at byte %d: %v", e.Codec, e.Offset, e.Err)
}

// Unwrap returns what is wrong with the data.
func (e *CorruptError) Unwrap() error { return e.Err }

func corrupt(c Codec, offset int, err error) error {
	return &CorruptError{Codec: c, Offset: offset, Err: err}
}

func corruptf(c Codec, offset int, format string, args ...any) error {
	return corrupt(c, offset, fmt.Errorf(format, args...))
}
