package integration

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
)

// owners notes who has which partition, by what listeners are told.
type owners struct {
	mu       sync.Mutex
	of       map[cluster.TopicPartition]tenure
	lost     map[string]int
	disputes []dispute
	events   map[string]int // of a member
}

// tenure is that a member has a partition, since a generation or epoch.
type tenure struct {
	member     string
	generation int32
}

// dispute is that a member got what another still had.
type dispute struct {
	cluster.TopicPartition
	had, got tenure
}

func newOwners() *owners {
	return &owners{of: make(map[cluster.TopicPartition]tenure), lost: make(map[string]int), events: make(map[string]int)}
}

// listen has a member tell what it gets and gives up.
func (o *owners) listen(name string) func(*consumer.Config) {
	return func(cfg *consumer.Config) {
		cfg.RebalanceListener.Assigned = func(_ context.Context, c *consumer.Consumer, partitions []cluster.TopicPartition) {
			o.assigned(tenure{name, c.GroupMetadata().ID}, partitions)
		}
		cfg.RebalanceListener.Revoked = func(_ context.Context, _ *consumer.Consumer, partitions []cluster.TopicPartition) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.events[name]++
			o.release(name, partitions)
		}
		cfg.RebalanceListener.Lost = func(_ context.Context, c *consumer.Consumer, partitions []cluster.TopicPartition) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.lost[name]++
			o.release(name, partitions)
			o.expelled(name, partitions)
		}
	}
}

func (o *owners) assigned(now tenure, partitions []cluster.TopicPartition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events[now.member]++
	for tp, owner := range o.of {
		if owner.member == now.member {
			o.of[tp] = now
		}
	}
	for _, tp := range partitions {
		if owner, taken := o.of[tp]; taken {
			o.disputes = append(o.disputes, dispute{tp, owner, now})
		}
		o.of[tp] = now
	}
}

// release ends the tenure of a member. The caller holds the lock.
func (o *owners) release(name string, partitions []cluster.TopicPartition) {
	for _, tp := range partitions {
		if o.of[tp].member == name {
			delete(o.of, tp)
		}
	}
}

// expelled settles disputes with a member that had not been in the group any more,
// and learns of it late. The caller holds the lock.
func (o *owners) expelled(name string, partitions []cluster.TopicPartition) {
	o.disputes = slices.DeleteFunc(o.disputes, func(d dispute) bool {
		return d.had.member == name && d.had.generation < d.got.generation && slices.Contains(partitions, d.TopicPartition)
	})
}

// dead notes that a member is no owner any more, whatever it was told.
func (o *owners) dead(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for tp, owner := range o.of {
		if owner.member == name {
			delete(o.of, tp)
		}
	}
}

func (o *owners) told(name string) (events, lost int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.events[name], o.lost[name]
}

// check fails if there were two live owners of a partition at a time.
func (o *owners) check(t *testing.T) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range o.disputes {
		t.Errorf("%s got %s in generation %d, which %s has since %d", d.got.member, d.TopicPartition, d.got.generation, d.had.member, d.had.generation)
	}
}
