// Package assignors divides the partitions of topics among the members of a
// consumer group.
//
// Under the classic group protocol (KIP-62 and before) brokers do not know what
// a group's members share: one of them, the leader, gets the subscriptions of
// all and runs the assignor that all of them support. Range, RoundRobin, Sticky and
// CooperativeSticky do what Kafka's own assignors of these names do, so that members
// of any language may form one group.
//
// An assignor that supports [CooperativeProtocol] must leave out of an assignment
// what another member still has: it goes to its new owner with the next rebalance,
// which the old one starts when it has given it up.
//
// An Assignor is a pure function over members and topics; an assignor of one's
// own embeds [Eager] and adds Name and Assign:
//
//	type first struct{ assignors.Eager }
//
//	func (first) Name() string { return "first" }
//
//	func (first) Assign(topics []assignors.Topic, members []assignors.Member) (map[string]assignors.Assignment, error) {
//		...
//	}
package assignors
