package consumer

import (
	"cmp"
	"fmt"

	"github.com/barnabas-go/kafka/coordinator"
)

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

// EnforceRebalance has the group rebalance though nothing it knows of has changed,
// such as when what an assignor of the application looks at has. It happens in
// later polls. The coordinator's log shows the reason (KIP-800); empty stands for a
// general one.
// It fails with [ErrNoGroup], and with [ErrNotSubscribed] unless the consumer has a
// subscription.
func (c *Consumer) EnforceRebalance(reason string) error {
	if c.group == nil {
		return fmt.Errorf("EnforceRebalance: %w", ErrNoGroup)
	}
	c.mu.Lock()
	managed := c.sub.groupManaged()
	c.mu.Unlock()
	switch {
	case c.ctx.Err() != nil:
		return ErrClosed
	case !managed:
		return fmt.Errorf("EnforceRebalance: %w", ErrNotSubscribed)
	}
	c.group.Rejoin(cmp.Or(reason, "the application enforces a rebalance"))
	return nil
}
