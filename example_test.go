package kafka_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/protocol"
)

// Send a record to a broker on localhost:9092, and read it back in a group.
func Example() {
	ctx := context.Background()
	p, err := kafka.NewProducer(kafka.ProducerConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close(ctx)
	metadata, err := p.SendSync(ctx, kafka.Record{Topic: "orders", Key: []byte("7"), Value: []byte("paid")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("written to", metadata)

	c, err := kafka.NewConsumer(kafka.ConsumerConfig{GroupID: "billing", AutoOffsetReset: kafka.ResetEarliest})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close(ctx)
	if err := c.Subscribe("orders"); err != nil {
		log.Fatal(err)
	}
	for rec, err := range c.Records(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s = %s\n", rec.Key, rec.Value)
		break
	}
}

// Which Kafka is it, and what can it do?
func ExampleCheckVersion() {
	v, err := kafka.CheckVersion(context.Background(), "kafka-1:9092,kafka-2:9092", kafka.CheckVersionOptions{
		Timeout: 5 * time.Second,
		Strict:  true,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v)       // Kafka 4.3 at 1 (kafka-1:9092)
	fmt.Print(v.Table()) // the versions of each API and feature
	fetch, ok := v.Versions.Range(protocol.Fetch)
	fmt.Println(fetch, ok) // {4 18} true
	levels := v.Versions.FinalizedFeatures["metadata.version"]
	fmt.Println(levels.Max) // 30

	// Clients of this cluster may be spared the question.
	_, err = kafka.NewProducer(kafka.ProducerConfig{Config: kafka.Config{APIVersion: v.Release}})
	if err != nil {
		log.Fatal(err)
	}
}

// A configuration in Kafka's own terms, as a file or the environment may have
// it. What is wrong is told by line and key.
func ExampleParseProperties() {
	p, err := kafka.ParseProperties(`
# for all clients
bootstrap.servers = kafka-1:9092,kafka-2:9092
# for producers
compression.type = lz4
linger.ms = 10
`)
	if err != nil {
		log.Fatal(err)
	}
	cfg, err := p.Producer()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cfg.BootstrapServers, cfg.Compression, cfg.Linger)

	_, err = kafka.ParseProperties("botstrap.servers = kafka-1:9092")
	fmt.Println(err)
	// Output:
	// [kafka-1:9092 kafka-2:9092] lz4 10ms
	// line 1: unknown key "botstrap.servers": did you mean "bootstrap.servers"?
}
