// Package conformance has only tests: it holds the messages of package protocol
// against those of implementations that are not ours, in all versions that both
// sides know. These are franz-go's kmsg and, on the releases that KAFKA_VERSION
// names, Kafka's own Java classes (see package kafkabroker; the java there must
// be able to compile, as the one of a JDK).
package conformance
