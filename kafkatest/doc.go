// Package kafkatest runs a Kafka cluster inside the test process: no Docker, no
// JVM, up in a few milliseconds. Behind it is kfake, franz-go's fake broker,
// which has topics, groups (classic, KIP-848 and share groups), idempotence and
// transactions.
//
//	func TestOrders(t *testing.T) {
//		kafkatest.CheckLeaks(t)
//		c := kafkatest.Start(t, kafkatest.Brokers(3), kafkatest.Topic("orders", 6))
//		// connect clients to c.BootstrapServers()
//	}
//
// [Start] closes the cluster at the test's end; [New] is for programs.
//
// # Virtual time
//
// With [InMemory] the cluster runs on a [Network] of its own and works inside a
// testing/synctest bubble, where hours of timeouts, retries and rebalances pass
// at once. Hand [Cluster.Dialer] to the client. The cluster has to be started in
// the bubble.
//
// # Faults
//
// Every node stands behind a proxy of this package, which reads requests frame
// by frame. So faults are the same on TCP and in memory:
//
//   - of nodes: [Cluster.Kill], [Cluster.Restart], [Cluster.Pause],
//     [Cluster.Resume], [Cluster.DropConnections];
//   - of the cluster: [Cluster.MoveLeader], [Cluster.MoveCoordinator],
//     [Cluster.MoveController];
//   - of requests, with [Cluster.Intercept]: [DropRequest] loses a request before
//     it is handled, [DropResponse] loses the response of one that was applied,
//     and there are [Delay], [Hang], [Fail] and others.
//
// [Cluster.Requests] counts what has arrived, [Cluster.AwaitRequests] waits for
// it, and [Cluster.Partitions] tells what the logs hold, so that a test need
// neither sleep nor guess.
//
// [Proxy] harms the connections to real brokers.
//
// # What is not like a real cluster
//
// There are no replicas: all that was acknowledged survives any node's death.
// A paused node keeps its leaders. A restarted node still knows its fetch
// sessions. Only what a client sees in Metadata, DescribeCluster and
// FindCoordinator tells of dead nodes; DescribeTopicPartitions counts them as in
// sync.
package kafkatest
