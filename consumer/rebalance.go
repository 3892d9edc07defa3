package consumer

import (
	"cmp"
	"context"
	"slices"

	"github.com/barnabas-go/kafka/coordinator"
)

// RebalanceListener is told which partitions a consumer gets and gives up in its
// group: all of them in each rebalance under the eager protocol, only those that
// change hands under the others. Each function may be nil. They are called from within Poll, or a loop
// over Records between two records, or from within Unsubscribe and Close; ctx is
// that of the call. They may use the consumer, but for Poll and Records: Commit,
// Seek and Pause, for instance. Meanwhile the group waits.
type RebalanceListener struct {
	// Assigned tells of partitions that the consumer has now and had not before;
	// there may be none. Their positions are looked up afterwards, unless it seeks.
	// Those that it keeps go on where they are.
	Assigned func(ctx context.Context, c *Consumer, partitions []TopicPartition)

	// Revoked tells of partitions that the consumer is about to give up. Their
	// offsets can still be committed; what was consumed has been, unless
	// Config.DisableAutoCommit is set. After it no record of theirs is handed out.
	Revoked func(ctx context.Context, c *Consumer, partitions []TopicPartition)

	// Lost tells of partitions that the consumer has lost already, since it was
	// put out of the group: others may be reading them. If it is nil, Revoked is
	// called, as in the Java client.
	Lost func(ctx context.Context, c *Consumer, partitions []TopicPartition)
}

func (l *RebalanceListener) lost(ctx context.Context, c *Consumer, partitions []TopicPartition) {
	call := l.Lost
	if call == nil {
		call = l.Revoked
	}
	if call != nil && len(partitions) > 0 {
		call(ctx, c, partitions)
	}
}

// receive takes an event. Who is polling handles it before the next record.
func (c *Consumer) receive(ev *coordinator.Event) {
	if ev == nil {
		return // the group is closed
	}
	c.mu.Lock()
	c.event = ev
	c.mu.Unlock()
	c.attention.Store(true)
}

// rebalance handles events of the group. If ctx ends meanwhile, the next call
// goes on with the same event. It returns the error of a membership that has
// failed.
func (c *Consumer) rebalance(ctx context.Context) error {
	for {
		c.mu.Lock()
		ev, failed := c.event, c.failed
		c.mu.Unlock()
		if ev == nil {
			coming, err := c.nextEvent(ctx)
			if coming == nil {
				return cmp.Or(err, failed)
			}
			c.receive(coming)
			continue
		}
		if err := c.handle(ctx, ev); err != nil {
			return err
		}
	}
}

// nextEvent returns the next event, nil if there is none now. It waits for one that
// is sure to come: a member that has lost its membership is told so before another
// record of what it had.
func (c *Consumer) nextEvent(ctx context.Context) (*coordinator.Event, error) {
	select {
	case ev := <-c.group.Events():
		return orClosed(ev)
	default:
	}
	if !c.generation().Unjoined || len(c.Assignment()) == 0 {
		return nil, nil
	}
	select {
	case ev := <-c.group.Events():
		return orClosed(ev)
	case <-c.ctx.Done():
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, c.ended(ctx)
	}
}

// orClosed returns an event, or ErrClosed if the group is closed.
func orClosed(ev *coordinator.Event) (*coordinator.Event, error) {
	if ev == nil {
		return nil, ErrClosed
	}
	return ev, nil
}

// handle does what an event asks for, and lets the group go on.
func (c *Consumer) handle(ctx context.Context, ev *coordinator.Event) error {
	c.putBack()
	c.measures.event(ev.Kind)
	listener := &c.cfg.RebalanceListener
	switch ev.Kind {
	case coordinator.Revoke:
		if err := c.commitBefore(ctx, ev.Partitions); err != nil {
			return err
		}
		c.withdraw(ev)
		if listener.Revoked != nil && len(ev.Partitions) > 0 {
			listener.Revoked(ctx, c, ev.Partitions)
		}
		c.giveUp(ev.Partitions)
	case coordinator.Assign:
		added := without(ev.Partitions, c.Assignment())
		c.fetcher.assign(ev.Partitions)
		c.followRemote()
		c.withdraw(ev)
		if listener.Assigned != nil {
			listener.Assigned(ctx, c, added)
		}
	case coordinator.Lost, coordinator.Failed:
		c.giveUp(ev.Partitions)
		c.withdraw(ev)
		listener.lost(ctx, c, ev.Partitions)
	}
	c.group.Done(ev)
	return nil
}

// withdraw notes that an event needs not be handled again, whatever becomes of
// the listener.
func (c *Consumer) withdraw(ev *coordinator.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.event == ev {
		c.event = nil
	}
	if ev.Kind == coordinator.Failed {
		c.failed = ev.Err
	}
}

// commitBefore commits what was consumed of partitions that the consumer is about
// to give up. If ctx ends, it returns its error; other failures are logged, as
// they can be no reason to keep the partitions.
func (c *Consumer) commitBefore(ctx context.Context, partitions []TopicPartition) error {
	if !c.cfg.autoCommits() {
		return nil
	}
	leaving := set(partitions)
	offsets := c.fetcher.consumed(func(tp TopicPartition) bool {
		_, going := leaving[tp]
		return going
	}, c.hand.Load())
	if len(offsets) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, c.client.Config().RequestTimeout)
	defer cancel()
	if err := c.offsets.Commit(limited, offsets); err != nil {
		if ctx.Err() != nil {
			return because(context.Cause(ctx), err)
		}
		c.log.Warn("what was consumed could not be committed before partitions were given up: others will get it again",
			"group", c.cfg.GroupID, "partitions", len(offsets), "error", err)
	}
	return nil
}

// giveUp takes partitions away from the application.
func (c *Consumer) giveUp(partitions []TopicPartition) {
	c.fetcher.assign(without(c.Assignment(), partitions))
}

// without returns a copy of list without those that are in others.
func without(list, others []TopicPartition) []TopicPartition {
	out := set(others)
	return slices.DeleteFunc(slices.Clone(list), func(tp TopicPartition) bool {
		_, ok := out[tp]
		return ok
	})
}

func set(list []TopicPartition) map[TopicPartition]struct{} {
	members := make(map[TopicPartition]struct{}, len(list))
	for _, tp := range list {
		members[tp] = struct{}{}
	}
	return members
}

// Unsubscribe gives up the subscription or assignment: what was consumed is
// committed, unless Config.DisableAutoCommit is set, the listener is told, and the
// group is left. Afterwards the consumer may subscribe anew. If ctx ends before
// the coordinator has answered, the error tells so; the subscription is given up
// in any case.
func (c *Consumer) Unsubscribe(ctx context.Context) error {
	if c.ctx.Err() != nil {
		return ErrClosed
	}
	ctx, cancel := c.bind(ctx)
	defer cancel()
	c.mu.Lock()
	managed := c.sub.groupManaged()
	c.mu.Unlock()
	err := c.surrender(ctx)
	c.mu.Lock()
	c.sub.clear()
	c.failed, c.event = nil, nil
	c.stopWatch()
	c.mu.Unlock()
	c.client.SetAllTopics(false)
	c.client.SetTopics(nil)
	if managed && c.group != nil {
		if leave := c.group.Unsubscribe(ctx); leave != nil {
			return leave
		}
	}
	return err
}

// surrender gives up all partitions.
func (c *Consumer) surrender(ctx context.Context) error {
	partitions := c.Assignment()
	err := c.commitBefore(ctx, partitions)
	c.mu.Lock()
	told := c.sub.groupManaged() && c.group != nil
	c.mu.Unlock()
	if told && len(partitions) > 0 && c.cfg.RebalanceListener.Revoked != nil {
		c.cfg.RebalanceListener.Revoked(ctx, c, partitions)
	}
	c.giveUp(partitions)
	c.lookUp()
	return err
}
