package kafkatest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

// A response is lost after the broker has written the record. The client does
// not know, sends the record again, and idempotence keeps it from being there
// twice.
func Example() {
	c, err := kafkatest.New(kafkatest.Brokers(3), kafkatest.Topic("orders", 1))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	c.Intercept(protocol.Produce, kafkatest.Times(1, kafkatest.DropResponse()))

	client, err := kgo.NewClient(kgo.SeedBrokers(c.BootstrapServers()...))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	record := &kgo.Record{Topic: "orders", Value: []byte("one")}
	if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
		log.Fatal(err)
	}

	partitions, err := c.Partitions("orders")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("produce requests:", c.Requests(protocol.Produce))
	fmt.Println("records:", partitions[0].HighWatermark)
	// Output:
	// produce requests: 2
	// records: 1
}
