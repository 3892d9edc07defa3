package simulation

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

// faults are what goes wrong while clients work.
type faults struct {
	stop func()
}

// startFaults has a part of the produce requests fail in all ways, and breaks
// nodes and moves what they lead, the coordinators of some ids included, until it
// is stopped; then everything is mended.
func startFaults(t *testing.T, c *kafkatest.Cluster, rng *rand.Rand, net *network, coordinated ...string) faults {
	remove := failSome(c, rng, 2, requestFault, protocol.Produce)
	b := &breakage{
		t: t, cluster: c, network: net, coordinated: coordinated,
		rng: rand.New(rand.NewPCG(rng.Uint64(), 3)), done: make(chan struct{}),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.run()
	}()
	return faults{func() {
		remove()
		close(b.done)
		<-ended
	}}
}

// failSome has a part of the requests of some APIs fail, until the function that
// it returns is called. The stream keeps its chances apart from others'.
func failSome(c *kafkatest.Cluster, rng *rand.Rand, stream uint64, fault func(*rand.Rand) kafkatest.Verdict, apis ...protocol.APIKey) (stop func()) {
	var mu sync.Mutex
	own := rand.New(rand.NewPCG(rng.Uint64(), stream))
	rate := rng.Float64() * 0.3
	judge := func(kafkatest.Request) kafkatest.Verdict {
		mu.Lock()
		defer mu.Unlock()
		if own.Float64() >= rate {
			return kafkatest.Pass()
		}
		return fault(own)
	}
	var removes []func()
	for _, api := range apis {
		removes = append(removes, c.Intercept(api, judge))
	}
	return func() {
		for _, remove := range removes {
			remove()
		}
	}
}

func requestFault(rng *rand.Rand) kafkatest.Verdict {
	switch rng.IntN(10) {
	case 0:
		return kafkatest.DropRequest()
	case 1, 2:
		return kafkatest.DropResponse()
	case 3:
		return kafkatest.Fail(protocol.ErrNotLeaderOrFollower)
	case 4:
		return kafkatest.Fail(protocol.ErrNotEnoughReplicas)
	case 5:
		return kafkatest.FailAfter(protocol.ErrNotEnoughReplicasAfterAppend)
	case 6:
		return kafkatest.HangAfter()
	case 7:
		return kafkatest.Fail(protocol.ErrMessageTooLarge)
	case 8:
		return kafkatest.Throttle(time.Duration(rng.IntN(1000)) * time.Millisecond)
	default:
		return kafkatest.Delay(time.Duration(rng.IntN(1000)) * time.Millisecond)
	}
}

// breakage breaks one thing after the other and mends it, until done.
type breakage struct {
	t           *testing.T
	cluster     *kafkatest.Cluster
	network     *network
	coordinated []string
	rng         *rand.Rand
	done        chan struct{}
}

func (b *breakage) run() {
	for b.pause() {
		mend, err := b.one(b.rng.Int32N(brokers))
		if err != nil {
			b.t.Error(err)
			return
		}
		b.pause()
		if err := mend(); err != nil {
			b.t.Error(err)
		}
	}
}

// pause is false when it is time to end.
func (b *breakage) pause() bool {
	select {
	case <-b.done:
		return false
	case <-time.After(time.Duration(b.rng.IntN(400)) * time.Millisecond):
		return true
	}
}

// one breaks something about a node, and returns what mends it.
func (b *breakage) one(node int32) (mend func() error, err error) {
	whole := func() error { return nil }
	switch c := b.cluster; b.rng.IntN(7) {
	case 0:
		return func() error { return c.Restart(node) }, c.Kill(node)
	case 1: // what is sent to it arrives late, and its answers with it
		return func() error { return c.Resume(node) }, c.Pause(node)
	case 2: // its answers never arrive
		remove := c.Intercept(kafkatest.AnyAPI, func(r kafkatest.Request) kafkatest.Verdict {
			if r.Node == node {
				return kafkatest.HangAfter()
			}
			return kafkatest.Pass()
		})
		return func() error { remove(); return nil }, nil
	case 3: // it cannot be reached, and does not say so
		found := b.network.lose(c.BootstrapServers()[node])
		return func() error { found(); return c.Resume(node) }, c.Pause(node)
	case 4:
		return whole, c.DropConnections(node)
	case 5:
		if len(b.coordinated) > 0 {
			return whole, c.MoveCoordinator(b.coordinated[b.rng.IntN(len(b.coordinated))], node)
		}
		fallthrough
	default:
		return whole, c.MoveLeader(topic, b.rng.Int32N(partitions), node)
	}
}
