// Package record reads and writes record batches, the form in which Kafka
// stores records since 0.11 (message format v2, KIP-98), and defines [Record],
// the one type for records that are sent and records that are received.
//
// A producer appends records to a [Builder], which encodes each at once into
// chunks of pooled memory, and seals it into the bytes of a batch. A consumer
// steps over the batches of a fetch response with a [Reader], decompresses a
// [Batch] and takes its records one by one with a [Cursor], which allocates
// nothing per record: keys, values and headers alias the batch's memory.
package record
