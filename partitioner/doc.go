// Package partitioner decides to which partition of its topic a record goes.
//
// [Default] places records as the Java client does: by the murmur2 hash of the
// key, and records without a key on one partition for a while, then on another
// (KIP-480, KIP-794), which makes for large batches.
//
// Who writes to a topic beside another client and wants each key on one
// partition takes the partitioner that the other one has:
//
//	Java                        Default
//	librdkafka consistent       CRC32, and its default consistent_random: CRC32Random
//	librdkafka murmur2          Murmur2, and murmur2_random: Default
//	librdkafka fnv1a            FNV1a, and fnv1a_random: FNV1aRandom
//	sarama                      FNV1aRandom, its reference one FNV1aReference
//	kafka-python                Default, its Murmur2Partitioner Murmur2Available
//	kafka-python before 1.0     Legacy
//
// What these clients place at random, Default does stickily.
package partitioner
