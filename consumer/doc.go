// Package consumer reads records: [Consumer] takes partitions by Assign, or
// shares those of its topics with the other members of a consumer group by
// Subscribe, and hands out their records by Poll or by a loop over Records:
//
//	c, err := consumer.New(consumer.Config{GroupID: "billing"})
//	...
//	defer c.Close(context.Background())
//	if err := c.Subscribe("orders"); err != nil { ... }
//	for rec, err := range c.Records(ctx) {
//		if err != nil { ... }
//		...
//	}
//
// Without Config.DisableAutoCommit, what the application has come back from is
// committed: the records of a poll by the next one, that of a loop's body by its
// next turn. [Consumer.Commit] and [Consumer.Scoped] are other ways; package parallel
// is for handlers that finish in any order. [NewTyped] reads keys and values that are
// not bytes. [Consumer.Lag], [Consumer.Stalled] and [Consumer.Metrics] tell how it
// goes.
//
// Behind it, for each broker that leads a partition, a goroutine keeps one fetch
// request under way as long as there is room for the answer, so that the network
// and the application work at the same time. Batches are checked and decompressed
// by a few workers, and decoded record by record when the application asks. Of
// the application only Poll and Records wait; rebalances, commits and resets of
// positions go on beside the fetching.
//
// What is where: subscription.go, partition.go, fetch_session.go and buffer.go are
// state without I/O; fetcher.go, node.go, fetch_*.go and decode.go get the data;
// reset.go and offsets.go find positions, validate.go holds them against the log;
// poll.go, records.go, run.go, rebalance.go, membership.go, commit.go and close.go
// are the application's side; lag.go, watchdog.go and measures.go look on.
//
// Sources: KIP-62, KIP-74, KIP-98, KIP-227, KIP-320, KIP-392, KIP-516, KIP-848,
// KIP-951.
package consumer
