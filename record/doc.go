// Package record reads and writes the forms in which Kafka stores records, and
// defines [Record], the one type for records that are sent and records that are
// received. The forms are the record batches of Kafka 0.11 and later (message
// format v2, KIP-98) and the message sets of v0 and, since Kafka 0.10, v1
// (KIP-31, KIP-32), which newer brokers also return from logs that were written
// then.
//
// A producer appends records to a [Builder], which encodes each at once into
// chunks of pooled memory, and seals it into the bytes of a batch. For a broker
// that is older than batches are, it has the sealed batch written once more as a
// [MessageSet]. A consumer steps over the batches of a fetch response with a
// [Reader], decompresses a [Batch] and takes its records one by one with a
// [Cursor], which allocates nothing per record: keys, values and headers alias
// the batch's memory.
package record
