// Package cluster knows a Kafka cluster and the ways to its brokers.
//
// [Metadata] is the cache of what the cluster said of itself: brokers, topics,
// partitions and their leaders, coordinators. It does no I/O. What it knows is
// an immutable [Snapshot], swapped atomically, so that lookups take no lock.
//
// [Client] keeps the metadata fresh and has the connections. It finds the
// cluster by its bootstrap servers once somebody needs it, routes requests to
// leaders, coordinators, the controller or the least loaded broker, and waits
// out failures with exponential back-off. Producers, consumers and
// administrators are built on it; a program can use it to send requests of its
// own:
//
//	client, err := cluster.NewClient(cluster.Config{BootstrapServers: []string{"localhost:9092"}})
//	...
//	defer client.Close(ctx)
//	topic, err := client.WaitTopic(ctx, "orders")
//	...
//	node, epoch, ok := client.Metadata().Snapshot().Leader(cluster.TopicPartition{Topic: "orders", Partition: 0})
package cluster
