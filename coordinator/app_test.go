package coordinator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
)

// app is an application with a membership: it polls, and takes part in
// rebalances.
type app struct {
	t      *testing.T
	client *cluster.Client
	group  anyGroup
	log    *lines
	wire   *cutDialer
	held   chan *Event // those that hold told to keep; the test calls Done
	ended  chan struct{}
	stop   chan struct{}

	mu      sync.Mutex
	owned   []cluster.TopicPartition
	events  []*Event
	hold    func(*Event) bool
	polling bool
}

// anyGroup is a [Group] or a [ConsumerGroup].
type anyGroup interface {
	Events() <-chan *Event
	Subscribe(topics []string)
	Unsubscribe(ctx context.Context) error
	Polled()
	Generation() Generation
	State() State
	Rejoin(reason string)
	Close(ctx context.Context) error
	Depart(ctx context.Context, how Departure) error
}

// cutDialer is the cluster's network until it is cut.
type cutDialer struct {
	*fakeCluster
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (d *cutDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cut {
		return nil, errors.New("network is unreachable")
	}
	c, err := d.fakeCluster.DialContext(ctx, network, address)
	if err == nil {
		d.conns = append(d.conns, c)
	}
	return c, err
}

func (d *cutDialer) cutOff() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut = true
	for _, c := range d.conns {
		c.Close()
	}
}

// newApp returns an application that has not subscribed yet.
func newApp(t *testing.T, f *fakeCluster, cfg Config) *app {
	t.Helper()
	if cfg.GroupID == "" {
		cfg.GroupID = "g"
	}
	return startApp(t, f, func(client *cluster.Client) (anyGroup, error) { return NewGroup(client, cfg) })
}

// newConsumerApp is newApp with the consumer protocol.
func newConsumerApp(t *testing.T, f *fakeCluster, cfg ConsumerGroupConfig) *app {
	t.Helper()
	cfg.GroupID = "g"
	return startApp(t, f, func(client *cluster.Client) (anyGroup, error) { return NewConsumerGroup(client, cfg) })
}

func startApp(t *testing.T, f *fakeCluster, newGroup func(*cluster.Client) (anyGroup, error)) *app {
	t.Helper()
	a := &app{t: t, log: new(lines), wire: &cutDialer{fakeCluster: f}, polling: true,
		held: make(chan *Event, 10), ended: make(chan struct{}), stop: make(chan struct{})}
	client, err := cluster.NewClient(cluster.Config{
		BootstrapServers: f.bootstrap(), Dialer: a.wire, Logger: slog.New(slog.NewTextHandler(a.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	group, err := newGroup(client)
	if err != nil {
		t.Fatal(err)
	}
	a.client, a.group = client, group
	go a.run()
	return a
}

func (a *app) run() {
	defer close(a.ended)
	polls := time.NewTicker(time.Second)
	defer polls.Stop()
	for {
		select {
		case ev, ok := <-a.group.Events():
			if !ok {
				return
			}
			a.handle(ev)
		case <-polls.C:
			if a.is(func() bool { return a.polling }) {
				a.group.Polled()
			}
		case <-a.stop:
			return
		}
	}
}

func (a *app) handle(ev *Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, ev)
	switch ev.Kind {
	case Assign:
		a.owned = ev.Partitions
	case Revoke:
		a.owned = minus(a.owned, ev.Partitions)
	default:
		a.owned = nil
	}
	if a.hold != nil && a.hold(ev) {
		a.held <- ev
		return
	}
	ev.Done()
}

func (a *app) is(cond func() bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return cond()
}

func (a *app) holdEvents(kind EventKind) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hold = func(ev *Event) bool { return ev.Kind == kind }
}

func (a *app) poll(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.polling = on
}

// deaf makes the application read no more events.
func (a *app) deaf() {
	close(a.stop)
	<-a.ended
}

func (a *app) partitions() []cluster.TopicPartition {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.owned)
}

// last returns the last event of a kind, nil if there was none.
func (a *app) last(kind EventKind) *Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, ev := range slices.Backward(a.events) {
		if ev.Kind == kind {
			return ev
		}
	}
	return nil
}

func (a *app) kinds() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var kinds []EventKind
	for _, ev := range a.events {
		kinds = append(kinds, ev.Kind)
	}
	return fmt.Sprint(kinds)
}

// close ends the application in good order.
func (a *app) close() {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*second)
	defer cancel()
	if err := a.group.Close(ctx); err != nil {
		a.t.Errorf("close of the group: %v", err)
	}
	if err := a.client.Close(ctx); err != nil {
		a.t.Errorf("close of the client: %v", err)
	}
}

// callClosed calls what a group that is closed must neither block nor refuse.
func (a *app) callClosed() {
	a.t.Helper()
	a.group.Subscribe([]string{"t"})
	a.group.Rejoin("why")
	if err := a.group.Unsubscribe(context.Background()); err != nil {
		a.t.Error(err)
	}
}

// crash ends the application without a word to the brokers.
func (a *app) crash() {
	a.wire.cutOff()
	ctx, cancel := context.WithTimeout(context.Background(), second)
	defer cancel()
	_ = a.group.Close(ctx) // it cannot leave
	_ = a.client.Close(ctx)
}

// pass lets virtual time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// await lets time go by until cond holds, and returns how long that took.
func await(t *testing.T, within time.Duration, what string, cond func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for synctest.Wait(); !cond(); pass(10 * time.Millisecond) {
		if time.Since(start) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
	return time.Since(start)
}

// awaitShares waits until the applications have all n partitions of topic t
// between them.
func awaitShares(t *testing.T, within time.Duration, n int, apps ...*app) time.Duration {
	t.Helper()
	took := await(t, within, fmt.Sprintf("%d partitions on %d members", n, len(apps)), func() bool {
		total, generations := 0, map[int32]bool{}
		for _, a := range apps {
			total += len(a.partitions())
			generations[a.group.Generation().ID] = true
		}
		return total == n && len(generations) == 1
	})
	seen := make(map[cluster.TopicPartition]bool)
	for _, a := range apps {
		for _, tp := range a.partitions() {
			if seen[tp] {
				t.Fatalf("%s is assigned twice", tp)
			}
			seen[tp] = true
		}
	}
	return took
}

// bubble runs a test in virtual time on a cluster.
func bubble(t *testing.T, f func(t *testing.T, c *fakeCluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newFakeCluster(3, map[string]int{"t": 6, "u": 2})
		f(t, c)
		c.close()
	})
}
