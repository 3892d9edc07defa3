// Package properties reads the configuration of clients from text, by the keys
// that Kafka's own clients have.
//
//	p, err := properties.Parse(`
//		bootstrap.servers = kafka-1:9092,kafka-2:9092
//		compression.type  = lz4
//		group.id          = billing
//	`)
//	...
//	producerConfig, err := p.Producer()
//	consumerConfig, err := p.Consumer()
//
// A key may be written as the Java client has it (bootstrap.servers), as
// librdkafka has it where that differs (metadata.broker.list), or as kafka-python
// has it (bootstrap_servers). One set of properties serves all clients: each takes
// the keys that concern it, and all are checked.
//
// What is wrong is told by typed errors that are made to be read:
// [*UnknownKeyError] names the nearest known key, [*UnsupportedKeyError] says why
// a key of Kafka's has no effect here, [*ValueError] what the value may be, and
// [*ConflictError] which keys contradict each other.
//
// [Keys] lists all keys. Fields of the configurations that are functions or other
// Go values, such as Dialer and Logger, cannot be set from text.
package properties
