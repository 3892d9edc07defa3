//go:build cgo

// Confluent runs confluent-kafka-go, which is librdkafka by cgo, in the
// benchmark. It is a module and a program of its own, so that nothing else needs
// a C compiler or its hundred dependencies; the benchmark builds and starts it.
package main

import (
	"os"

	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// client is confluent-kafka-go idempotent, with a linger of 5 ms and a batch of
// 1 MB, which are librdkafka's defaults, a queue of as many bytes as the others
// have, and reports without keys and values.
var client = measure.Client{
	Name:        "confluent",
	Module:      "github.com/confluentinc/confluent-kafka-go/v2",
	NewProducer: newProducer,
	NewConsumer: newConsumer,
}

func main() { os.Exit(measure.Main(client)) }
