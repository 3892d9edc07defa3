package consumer

import "github.com/barnabas-go/kafka/coordinator"

// GroupMetadata is the identity under which a transaction commits offsets
// (KIP-447).
type GroupMetadata = coordinator.GroupMetadata

// GroupMetadata returns what a producer needs to commit the consumer's offsets in
// a transaction. Ask after a Poll, for the records that it returned: it changes
// with each rebalance. GroupID is empty for a consumer without a group.
func (c *Consumer) GroupMetadata() GroupMetadata {
	m := GroupMetadata{GroupID: c.cfg.GroupID, Generation: coordinator.NoGeneration}
	if c.group != nil {
		m.Generation = c.generation()
	}
	return m
}
