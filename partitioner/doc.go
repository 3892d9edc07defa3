// Package partitioner decides to which partition of its topic a record goes.
//
// [Default] places records as the Java client does: by the murmur2 hash of the
// key, and records without a key on one partition for a while, then on another
// (KIP-480, KIP-794), which makes for large batches.
package partitioner
