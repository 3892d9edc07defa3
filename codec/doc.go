// Package codec compresses and decompresses the records of Kafka batches with
// the four codecs that Kafka knows: gzip, snappy, lz4 and zstd.
//
// What a [Compressor] writes, every Kafka broker and client reads: snappy is in
// the framing of snappy-java ("xerial", blocks of up to 1 MiB), lz4 is a standard
// frame of independent blocks of up to 1 MiB, zstd is one frame that states its size,
// gzip is one member. [LZ4Legacy] is the frame with the wrong header checksum
// that Kafka 0.8 and 0.9 wrote and expected in messages of magic 0.
//
// [Decompress] reads more than that, since other clients write more: raw
// snappy, several gzip members or zstd and lz4 frames in a row, skippable
// frames, linked lz4 blocks of any size, checksums wherever they may stand.
//
// Decompression trusts no length in its input. Its output is bounded by the
// caller, sizes that the input states are checked against what its bytes can
// possibly expand to, and malformed input ends in a [CorruptError] that names
// the codec and the offset.
//
// Encoders and decoders are pooled: neither direction allocates in steady
// state when the destination has room for the uncompressed data.
package codec
