// Bench compares Barnabas with the other Go clients on the same broker:
//
//	cd integration && go run ./bench
//
// It starts a broker of Apache Kafka 4.3.1 (or takes KAFKA_BOOTSTRAP), and runs
// each measurement in a process of its own, the clients in turn, round by round,
// so that a slow minute of the machine hits all of them. Of the rounds it prints
// medians with the least and the greatest. Times depend on the machine and on
// the broker, which shares it: what counts is how clients compare side by side
// in one run, most steadily in CPU time, most honestly in allocations.
//
// Scenarios are named mode/size/codec, where mode is produce, consume, group,
// latency, paced, join, join848, endtoend or idle, size that of a value in bytes,
// and codec none, gzip, snappy, lz4 or zstd:
//
//	go run ./bench -clients barnabas,franz -scenarios produce/100/none -rounds 3 -records 1000000
//
// join has one member after the other make a consumer, join a new group of the
// classic protocol, and read its first record from the earliest offset: that way is
// timed. The broker that the benchmark starts has
// group.initial.rebalance.delay.ms=0, one in KAFKA_BOOTSTRAP should. join848 is the
// same by the protocol of KIP-848, with the clients that have it: sarama and
// segmentio/kafka-go do not. endtoend has a client's producer send 1,000 records a
// second without lingering, and its consumer tell when each arrives. idle assigns
// partitions where nothing comes, and counts CPU time for 20 seconds. As in the
// other modes of a single record at a time, all settings but lingering are each
// client's own.
//
// What the clients have in common: acks=all and idempotence, as far as a client
// has it; null keys and its own default partitioner; some 32 MiB of buffer; the
// same values, which compress as JSON does. A consumer reads from the first
// offset batches of up to 64 KiB, checks CRCs, and the benchmark checks the
// number of records and a checksum. How each client is set up is in its folder
// under clients, and confluent.
//
// The client named floor is none: it is what a program needs at least that
// writes batches built beforehand, or reads responses and steps over the
// records.
//
// Confluent-kafka-go needs cgo and many modules, so that it is a module and a
// program of its own, which the benchmark builds; without a C compiler it is
// left out, and said so.
package main
