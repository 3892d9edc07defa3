package partitioner

import (
	"encoding/binary"
	"hash/crc32"
)

// Murmur2Hash returns the 32-bit hash of key that the Java client places records
// by: Austin Appleby's MurmurHash2 with seed 0x9747b28c.
func Murmur2Hash(key []byte) uint32 {
	const (
		seed = 0x9747b28c
		m    = 0x5bd1e995
		r    = 24
	)
	h := seed ^ uint32(len(key))
	for ; len(key) >= 4; key = key[4:] {
		k := binary.LittleEndian.Uint32(key) * m
		h = h*m ^ (k^k>>r)*m
	}
	switch len(key) {
	case 3:
		h ^= uint32(key[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(key[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(key[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// FNV1aHash returns the 32-bit FNV-1a hash of key.
func FNV1aHash(key []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range key {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

// PythonHash returns what hash(key) is in a 64-bit CPython 2.7 without hash
// randomization.
func PythonHash(key []byte) int64 {
	if len(key) == 0 {
		return 0
	}
	h := int64(key[0]) << 7
	for _, b := range key {
		h = h*1000003 ^ int64(b)
	}
	h ^= int64(len(key))
	if h == -1 {
		return -2
	}
	return h
}

// A placement returns the partition of a key, of the given number.
type placement func(key []byte, partitions int32) int32

// murmur2 is the placement of the Java client.
func murmur2(key []byte, partitions int32) int32 {
	return int32(Murmur2Hash(key)&0x7fffffff) % partitions
}

// crc32IEEE is that of librdkafka's "consistent".
func crc32IEEE(key []byte, partitions int32) int32 {
	return int32(crc32.ChecksumIEEE(key) % uint32(partitions))
}

// fnv1a is that of sarama and of librdkafka's "fnv1a": the hash is a signed
// number there, of which they take the absolute value, that of the least one
// being 2^31.
func fnv1a(key []byte, partitions int32) int32 {
	h := int64(int32(FNV1aHash(key)))
	return int32(max(h, -h) % int64(partitions))
}

// fnv1aReference is that of sarama's reference partitioner, which drops the sign.
func fnv1aReference(key []byte, partitions int32) int32 {
	return int32(FNV1aHash(key)&0x7fffffff) % partitions
}

// python is that of kafka-python's LegacyPartitioner: Python's remainder has the
// sign of the divisor.
func python(key []byte, partitions int32) int32 {
	n := int64(partitions)
	return int32((PythonHash(key)%n + n) % n)
}
