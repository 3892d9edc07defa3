package cluster

import (
	"context"
	"fmt"
	"log"
)

func ExampleClient() {
	ctx := context.Background()
	broker := newFakeCluster("localhost:9092") // stands in for a Kafka
	broker.topics["orders"] = topicOf("orders", 0, 0, 0)

	client, err := NewClient(Config{BootstrapServers: []string{"localhost:9092"}, Dialer: broker})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close(ctx) }()

	topic, err := client.WaitTopic(ctx, "orders")
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range topic.Partitions {
		leader, epoch, _ := client.Metadata().Snapshot().Leader(TopicPartition{"orders", p.Partition})
		fmt.Printf("partition %d is led by node %d since epoch %d\n", p.Partition, leader, epoch)
	}
	// Output:
	// partition 0 is led by node 0 since epoch 5
	// partition 1 is led by node 0 since epoch 5
	// partition 2 is led by node 0 since epoch 5
}
