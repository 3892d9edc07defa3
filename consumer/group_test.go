package consumer

import (
	"context"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
)

// fakeGroup is a membership whose events the test makes, and the offsets of its
// group. What happens is noted in order.
type fakeGroup struct {
	mu        sync.Mutex
	happened  []string
	committed map[TopicPartition]OffsetAndMetadata
	commitErr error         // of the next commits
	fetchErr  error         // of the next fetch
	hold      chan struct{} // if not nil, commits wait for it
	polled    int
	unjoined  bool // the membership is lost

	patternErr error // of SubscribePattern

	events chan *coordinator.Event
	done   chan *coordinator.Event
}

func newFakeGroup() *fakeGroup {
	return &fakeGroup{
		committed: make(map[TopicPartition]OffsetAndMetadata),
		events:    make(chan *coordinator.Event),
		done:      make(chan *coordinator.Event, 10),
	}
}

func (g *fakeGroup) note(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.happened = append(g.happened, what)
}

// notes returns what has happened since the last call.
func (g *fakeGroup) notes() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.happened
	g.happened = nil
	return list
}

func (g *fakeGroup) Events() <-chan *coordinator.Event { return g.events }

func (g *fakeGroup) Done(ev *coordinator.Event) {
	g.note("done " + ev.Kind.String())
	g.done <- ev
}

func (g *fakeGroup) Subscribe(topics []string) {
	for _, t := range topics {
		g.note("subscribe " + t)
	}
}

func (g *fakeGroup) Unsubscribe(context.Context) error { g.note("unsubscribe"); return nil }
func (g *fakeGroup) Depart(_ context.Context, how coordinator.Departure) error {
	if how != coordinator.DefaultDeparture {
		g.note("depart: " + how.String())
		return nil
	}
	g.note("leave")
	return nil
}

func (g *fakeGroup) Polled() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.polled++
}

func (g *fakeGroup) SubscribePattern(_ context.Context, re2 string) error {
	g.note("pattern " + re2)
	return g.patternErr
}

func (g *fakeGroup) State() coordinator.State { return coordinator.Stable }
func (g *fakeGroup) Rejoin(reason string)     { g.note("rejoin: " + reason) }

func (g *fakeGroup) Generation() coordinator.Generation {
	g.mu.Lock()
	defer g.mu.Unlock()
	return coordinator.Generation{ID: 1, Unjoined: g.unjoined}
}

func (g *fakeGroup) Commit(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata) error {
	g.mu.Lock()
	hold, err := g.hold, g.commitErr
	g.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if len(offsets) == 0 { // which waits for those before
		return nil
	}
	if err != nil {
		g.note("commit failed")
		return err
	}
	g.mu.Lock()
	maps.Copy(g.committed, offsets)
	g.mu.Unlock()
	g.note("commit")
	return nil
}

func (g *fakeGroup) CommitAsync(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata, done func(error)) {
	go func() { done(g.Commit(ctx, offsets)) }()
}

func (g *fakeGroup) Fetch(_ context.Context, partitions []TopicPartition) (map[TopicPartition]OffsetAndMetadata, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.fetchErr; err != nil {
		g.fetchErr = nil
		return nil, err
	}
	found := make(map[TopicPartition]OffsetAndMetadata)
	for _, tp := range partitions {
		if o, ok := g.committed[tp]; ok {
			found[tp] = o
		}
	}
	return found, nil
}

// has returns the committed offset of a partition, -1 for none.
func (g *fakeGroup) has(tp TopicPartition) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if o, ok := g.committed[tp]; ok {
		return o.Offset
	}
	return -1
}

// member returns a consumer that has subscribed to "t", and its group.
func (k *fakeKafka) member(t *testing.T, cfg Config) (*Consumer, *fakeGroup) {
	t.Helper()
	cfg.GroupID = "g"
	g := newFakeGroup()
	note := func(what string) func(context.Context, *Consumer, []TopicPartition) {
		return func(_ context.Context, _ *Consumer, partitions []TopicPartition) {
			line := what
			for _, tp := range partitions {
				line += " " + tp.String()
			}
			g.note(line)
		}
	}
	if l := &cfg.RebalanceListener; l.Assigned == nil && l.Revoked == nil {
		*l = RebalanceListener{Assigned: note("assigned"), Revoked: note("revoked"), Lost: note("lost")}
	}
	c := k.unstarted(t, cfg)
	c.group, c.offsets = g, g
	c.start()
	closeAtEnd(t, c)
	must(t, c.Subscribe("t"))
	expect(t, "subscribing", g.notes(), []string{"subscribe t"})
	return c, g
}

// A member connects to the leaders of its partitions while it finds out where to
// begin, so that nothing but the fetch itself comes after that.
func TestMemberConnectsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		connections := func() (n int) {
			k.set(func() { n = len(k.conns[0]) })
			return n
		}
		synctest.Wait()
		before := connections()
		g.mu.Lock()
		g.fetchErr = protocol.ErrCoordinatorLoadInProgress // for a while there is no offset
		g.mu.Unlock()
		g.send(coordinator.Assign, nil, tp(0), tp(1))
		pollAlong(c)
		synctest.Wait()
		if n := connections(); n != before+1 || k.fetchedFrom(0, 0) > 0 {
			t.Errorf("%d new connections, %d fetches", n-before, k.fetchedFrom(0, 0))
		}
		pass(10 * time.Second)
		if n := k.fetchedFrom(0, 0); n != 1 {
			t.Errorf("%d fetches of the first record", n)
		}
	})
}

// send has an event wait for the consumer.
func (g *fakeGroup) send(kind coordinator.EventKind, err error, partitions ...TopicPartition) {
	go func() { g.events <- &coordinator.Event{Kind: kind, Partitions: partitions, Err: err} }()
	synctest.Wait()
}
