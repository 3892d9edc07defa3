package codec

import "fmt"

// Codec is a compression codec by its number in the attributes of a record
// batch (bits 0 to 2) or of a legacy message.
type Codec int8

// The codecs of Kafka. Zstd needs record batches (magic 2) and brokers from
// 2.1 on (KIP-110).
const (
	None Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

// LZ4Legacy is LZ4 in the framing of Kafka 0.8 and 0.9, for messages of magic 0
// (KIP-57): the header checksum also covers the magic number of the frame.
// It is no codec of its own on the wire: there the number is that of [LZ4].
// Decompressing with it accepts the right checksum as well, as Kafka does.
const LZ4Legacy = 1<<3 | LZ4

var names = [...]string{None: "none", Gzip: "gzip", Snappy: "snappy", LZ4: "lz4", Zstd: "zstd"}

// String returns the name of the codec as in Kafka's compression.type: none,
// gzip, snappy, lz4 or zstd.
func (c Codec) String() string {
	switch {
	case c == LZ4Legacy:
		return "lz4 (legacy framing)"
	case c < 0 || int(c) >= len(names):
		return fmt.Sprintf("codec(%d)", int8(c))
	}
	return names[c]
}

// Parse returns the codec of a name as in Kafka's compression.type.
// The error for any other name lists the known ones.
func Parse(name string) (Codec, error) {
	for c, known := range names {
		if name == known {
			return Codec(c), nil
		}
	}
	return None, fmt.Errorf("codec: unknown compression type %q: want none, gzip, snappy, lz4 or zstd", name)
}
