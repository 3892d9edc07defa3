package coordinator

import (
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// counts are what a Meter was told.
type counts struct {
	mu                             sync.Mutex
	sent, answered, joined, synced int
	slowest                        time.Duration // answer to a heartbeat
}

func (c *counts) tell(n *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
}

func (c *counts) HeartbeatSent()       { c.tell(&c.sent) }
func (c *counts) Joined(time.Duration) { c.tell(&c.joined) }
func (c *counts) Synced(time.Duration) { c.tell(&c.synced) }

func (c *counts) HeartbeatAnswered(took time.Duration) {
	c.tell(&c.answered)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowest = max(c.slowest, took)
}

// A Meter is told of what the coordinator was asked, and how long it took.
func TestMeter(t *testing.T) {
	for name, protocols := range map[string]struct {
		app    func(*testing.T, *fakeCluster, Meter) *app
		beat   protocol.APIKey
		rounds int // of JoinGroup and SyncGroup
	}{
		"classic": {func(t *testing.T, c *fakeCluster, m Meter) *app { return newApp(t, c, Config{Meter: m}) }, protocol.Heartbeat, 1},
		"consumer": {func(t *testing.T, c *fakeCluster, m Meter) *app {
			return newConsumerApp(t, c, ConsumerGroupConfig{Meter: m})
		}, protocol.ConsumerGroupHeartbeat, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *fakeCluster) {
				m := new(counts)
				a := protocols.app(t, c, m)
				c.set(func() {
					c.script = func(req protocol.Request) protocol.Response {
						if req.APIKey() == protocols.beat {
							<-time.After(100 * time.Millisecond)
						}
						return nil
					}
				})
				a.group.Subscribe([]string{"t"})
				awaitShares(t, 20*second, 6, a)
				pass(time.Minute)
				a.close()
				beats := c.count(protocols.beat)
				if beats < 10 || m.sent != beats || m.answered < beats-1 || m.slowest < 100*time.Millisecond { // one may be cut short by Close
					t.Errorf("%d heartbeats, %d sent, %d answered, the slowest after %v", beats, m.sent, m.answered, m.slowest)
				}
				if m.joined != protocols.rounds || m.synced != protocols.rounds {
					t.Errorf("joined %d times, synced %d", m.joined, m.synced)
				}
			})
		})
	}
}
