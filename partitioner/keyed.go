package partitioner

import "github.com/barnabas-go/kafka/record"

// Murmur2 makes partitioners that place all records by [Murmur2Hash] as the Java
// client places those with a key. A nil key is placed as an empty one. It is
// librdkafka's "murmur2".
func Murmur2(string) Partitioner { return keyed{place: murmur2} }

// Murmur2Available makes partitioners that place records with a key by
// [Murmur2Hash] among the partitions that have a leader: while one has none, its
// keys and others go elsewhere. It is kafka-python's Murmur2Partitioner. Records
// without a key are placed as by [Default].
func Murmur2Available(string) Partitioner {
	return keyed{place: murmur2, available: true, without: &sticky{}}
}

// CRC32 makes partitioners that place all records by the CRC-32 (IEEE) of their
// key. A nil key is placed as an empty one. It is librdkafka's "consistent".
func CRC32(string) Partitioner { return keyed{place: crc32IEEE} }

// CRC32Random makes partitioners that place records with a key by its CRC-32
// (IEEE), and those with a nil or an empty one as [Default] does a nil one. It is
// librdkafka's "consistent_random", its default.
func CRC32Random(string) Partitioner {
	return keyed{place: crc32IEEE, without: &sticky{options: StickyOptions{IgnoreKeys: true}}, emptyIsNone: true}
}

// FNV1a makes partitioners that place all records by [FNV1aHash] as librdkafka's
// "fnv1a" does. A nil key is placed as an empty one.
func FNV1a(string) Partitioner { return keyed{place: fnv1a} }

// FNV1aRandom makes partitioners that place records with a key by [FNV1aHash],
// and those without as [Default] does. It is sarama's hash partitioner, its
// default, and librdkafka's "fnv1a_random".
func FNV1aRandom(string) Partitioner { return keyed{place: fnv1a, without: &sticky{}} }

// FNV1aReference makes partitioners that are [FNV1aRandom] but for hashes that
// are negative as an int32: it is sarama's reference hash partitioner.
func FNV1aReference(string) Partitioner { return keyed{place: fnv1aReference, without: &sticky{}} }

// Legacy makes partitioners that place records with a key by [PythonHash], and
// those without as [Default] does. It is kafka-python's LegacyPartitioner, also
// called HashedPartitioner, in CPython 2.7.
func Legacy(string) Partitioner { return keyed{place: python, without: &sticky{}} }

// keyed places records by their keys.
type keyed struct {
	place       placement
	available   bool    // among the available partitions
	without     *sticky // for records without a key; nil if they are placed as such with an empty one
	emptyIsNone bool
}

func (k keyed) Partition(rec *record.Record, topic *Topic) (int32, error) {
	if k.without != nil && (rec.Key == nil || k.emptyIsNone && len(rec.Key) == 0) {
		return k.without.Partition(rec, topic)
	}
	if n := len(topic.Available); k.available && n > 0 {
		return topic.Available[k.place(rec.Key, int32(n))], nil
	}
	return k.place(rec.Key, topic.Partitions), nil
}
