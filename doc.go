// Package kafka is a client of Apache Kafka in pure Go: a producer, a consumer
// and an administrator for all brokers from 0.8 to the newest.
//
//	p, err := kafka.NewProducer(kafka.ProducerConfig{})
//	...
//	defer p.Close(ctx)
//	future, err := p.Send(ctx, kafka.Record{Topic: "orders", Key: []byte("7"), Value: []byte("paid")})
//	...
//	metadata, err := future.Get(ctx) // where it was written; Send alone is enough for many
//
//	c, err := kafka.NewConsumer(kafka.ConsumerConfig{GroupID: "billing"})
//	...
//	defer c.Close(ctx)
//	err = c.Subscribe("orders")
//	for rec, err := range c.Records(ctx) {
//		...
//	}
//
// A zero field of a Config means its default, and the defaults are the safe ones:
// records are acknowledged by all replicas in sync, written once and in order
// even if requests are retried, and a consumer commits what it has consumed.
// [ParseProperties] reads configurations from text with Kafka's own keys.
//
// This package is the front door: what it exports are other names of what the
// packages behind it have, where the documentation is. Brokers' refusals are
// [*BrokerError], and each of them wraps its [ErrorCode], so that
// errors.Is(err, protocol.ErrTopicAuthorizationFailed) works. To test without a
// broker there is the module kafkatest beside this one.
package kafka
