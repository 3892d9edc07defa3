package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
)

// scene is what a fault happens to.
type scene struct {
	target  kafkabroker.FaultyTarget
	proxy   *kafkatest.Proxy
	client  *cluster.Client
	topic   string
	servers map[int32]string // host:port by node
	load    *load
	group   *group // nil where no consumer is tried
}

// faults each break something and mend it again. The default delivery timeout is
// long enough for every one, so that no record may fail.
var faults = []struct {
	name   string
	happen func(ctx context.Context, s *scene) error
	// real tells that it takes a real cluster, or too long for the embedded one,
	// which has the faults of package simulation besides.
	real bool
	// since is the release that it takes.
	since []int
}{
	{"leader killed", killLeader, false, nil},
	{"rolling restart", restartAll, true, nil},
	{"leaders moved", moveLeaders, true, []int{2, 4}},
	{"connections reset", resetConnections, true, nil},
	{"requests to a node held", hold(kafkatest.Requests), true, nil},
	{"responses of a node held", hold(kafkatest.Responses), true, nil},
	{"slow node", slowNode, true, nil},
	{"node silent for 20 s", silence(20 * time.Second), true, nil},
	{"all nodes down for 60 s", allDown(60 * time.Second), true, nil},
}

// TestProducerFaults has one fault after the other come over a producer at work,
// with default settings. No record may fail, and the log must have each once and
// in order.
func TestProducerFaults(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.FaultyTarget) {
		for _, fault := range faults {
			if fault.real && target.Version() == kafkabroker.Embedded || !atLeast(target, fault.since...) {
				continue
			}
			if !t.Run(fault.name, func(t *testing.T) { suffer(t, target, fault.happen) }) {
				return // the cluster may still be broken
			}
		}
	})
}

func suffer(t *testing.T, target kafkabroker.FaultyTarget, happen func(context.Context, *scene) error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	direct := cluster.Config{BootstrapServers: target.BootstrapServers()}
	s := newScene(t, ctx, target, direct)
	defer s.client.Close(ctx)
	s.addTopic(t, ctx, direct)
	proxied := direct
	proxied.Dialer = s.proxy
	s.load = startLoad(t, proxied, s.topic, ratePerPartition)
	if err := s.load.awaitMore(ctx, ratePerPartition); err != nil {
		t.Error(err)
	} else if err := happen(ctx, s); err != nil {
		t.Error(err)
	} else if err := s.load.awaitMore(ctx, ratePerPartition); err != nil {
		t.Errorf("after the fault: %v", err)
	}
	counts := s.load.finish(ctx)

	r := &reading{ended: make(chan struct{})}
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	go r.consume(reading, direct, s.topic)
	if err := await(ctx, &r.total, sum(counts)); err != nil {
		t.Error(err)
	}
	stopReading()
	<-r.ended
	r.report(t, counts)
}

// addTopic gives the scene a topic that its client knows.
func (s *scene) addTopic(t *testing.T, ctx context.Context, cfg cluster.Config) {
	s.topic = createTopic(t, ctx, cfg)
	if _, err := s.client.WaitTopic(ctx, s.topic); err != nil {
		t.Fatal(err)
	}
}

// newScene returns a scene without a topic.
func newScene(t *testing.T, ctx context.Context, target kafkabroker.FaultyTarget, direct cluster.Config) *scene {
	s := &scene{target: target, proxy: kafkatest.StartProxy(t), servers: make(map[int32]string)}
	for i, node := range target.Nodes() {
		s.servers[node] = target.BootstrapServers()[i]
	}
	var err error
	if s.client, err = cluster.NewClient(direct); err != nil {
		t.Fatal(err)
	}
	return s
}

// leader returns the node that leads partition 0.
func (s *scene) leader(ctx context.Context) (int32, error) {
	if err := s.client.Refresh(ctx); err != nil {
		return 0, err
	}
	node, _, ok := s.client.Metadata().Snapshot().Leader(cluster.TopicPartition{Topic: s.topic})
	if !ok {
		return 0, fmt.Errorf("%s-0 has no leader", s.topic)
	}
	return node, nil
}

// pass lets time go by, unless ctx ends.
func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func killLeader(ctx context.Context, s *scene) error {
	node, err := s.leader(ctx)
	if err != nil {
		return err
	}
	if err := s.target.Kill(node); err != nil {
		return err
	}
	if err := s.load.awaitMore(ctx, s.load.rate); err != nil {
		return fmt.Errorf("without the leader: %w", err)
	}
	return s.target.Restart(ctx, node)
}

func silence(d time.Duration) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		node, err := s.leader(ctx)
		if err != nil {
			return err
		}
		if err := s.target.Pause(node); err != nil {
			return err
		}
		if err := pass(ctx, d); err != nil {
			return err
		}
		return s.target.Resume(node)
	}
}

func restartAll(ctx context.Context, s *scene) error {
	for _, node := range s.target.Nodes() {
		if err := s.target.Restart(ctx, node); err != nil {
			return err
		}
		if err := s.load.awaitMore(ctx, 1); err != nil {
			return fmt.Errorf("after the restart of node %d: %w", node, err)
		}
	}
	return nil
}

// resetConnections resets all connections every 0.5 to 1.5 seconds.
func resetConnections(ctx context.Context, s *scene) error {
	for range 15 {
		if err := pass(ctx, 500*time.Millisecond+rand.N(time.Second)); err != nil {
			return err
		}
		s.proxy.Reset()
	}
	return nil
}

// hold cuts the network to one node in one direction for 15 seconds. Brokers and
// other clients do not notice.
func hold(d kafkatest.Direction) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		node, err := s.leader(ctx)
		if err != nil {
			return err
		}
		s.proxy.Hold(d, s.servers[node])
		if err := pass(ctx, 15*time.Second); err != nil {
			return err
		}
		s.proxy.Release(d, s.servers[node])
		return nil
	}
}

// slowNode has a node stop nine tenths of the time, as one whose disk is slow:
// acknowledgements of what it leads and of what it copies come late.
func slowNode(ctx context.Context, s *scene) error {
	node, err := s.leader(ctx)
	if err != nil {
		return err
	}
	for range 20 {
		if err := s.target.Pause(node); err != nil {
			return err
		}
		if err := pass(ctx, 900*time.Millisecond); err != nil {
			return err
		}
		if err := s.target.Resume(node); err != nil {
			return err
		}
		if err := pass(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func allDown(d time.Duration) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		for _, node := range s.target.Nodes() {
			if err := s.target.Kill(node); err != nil {
				return err
			}
		}
		if err := pass(ctx, d); err != nil {
			return err
		}
		restarts := make(chan error, 3)
		for _, node := range s.target.Nodes() {
			go func() { restarts <- s.target.Restart(ctx, node) }()
		}
		for range s.target.Nodes() {
			if err := <-restarts; err != nil {
				return err
			}
		}
		return nil
	}
}
