// Package coordinator makes a client a member of a consumer group, and keeps the
// group's offsets.
//
// [Group] is a membership under the classic group protocol: it finds the
// group's coordinator, joins, runs the assignor if it is made the leader, syncs
// and heartbeats, by itself in one goroutine. What the application must take
// part in arrives as [Event]: partitions to give up before a rebalance, the new
// assignment after it, or that the membership is lost. Each event holds up the
// protocol, not the heartbeats, until its Done is called:
//
//	group.Subscribe([]string{"orders"})
//	for ev := range group.Events() {
//		switch ev.Kind {
//		case coordinator.Revoke: // stop, commit: this still works
//		case coordinator.Assign: // start at the committed offsets
//		case coordinator.Lost: // stop; do not commit
//		case coordinator.Failed: // ev.Err tells what to change
//		}
//		ev.Done()
//	}
//
// The application must call [Group.Polled] more often than
// Config.RebalanceTimeout, Kafka's max.poll.interval.ms, or the member leaves
// the group, so that others get the partitions of an application that is stuck.
//
// [ConsumerGroup] is a membership under the consumer protocol, with the same
// events and methods: the coordinator divides the partitions, and tells each
// member by heartbeats what it shall have.
//
// [Offsets] commits and fetches offsets, of a member or of a consumer that chose
// its partitions itself.
//
// The protocols' rules are in member and consumerMember, state machines without I/O
// and clock; the groups drive them. Sources: KIP-62, KIP-320, KIP-345, KIP-389,
// KIP-394, KIP-429, KIP-447, KIP-559, KIP-800, KIP-814, KIP-848, KIP-1082.
package coordinator
