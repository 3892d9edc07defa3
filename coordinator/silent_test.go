package coordinator

import (
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// A coordinator whose machine stands still accepts connections and answers nothing.
// Whoever asks it, or is about to connect to it, goes on soon after the cluster has
// another.
func TestCoordinatorStandsStill(t *testing.T) {
	const elected = 11 * second
	for name, connect := range map[string]bool{"connected": true, "not connected": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *fakeCluster) {
				o := newOffsets(t, c, nil)
				if _, err := o.asker.Find(t.Context()); err != nil {
					t.Fatal(err)
				}
				if connect {
					if err := o.Commit(t.Context(), offsetMap{tp("t", 0): {Offset: 7}}); err != nil {
						t.Fatal(err)
					}
				}
				c.set(func() { c.mute[0] = true })
				start := time.Now()
				time.AfterFunc(elected, func() { c.move(1) })
				if err := o.Commit(within(t, time.Minute), offsetMap{tp("t", 0): {Offset: 8}}); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < elected || took > elected+6*second {
					t.Errorf("committed after %v, another coordinator was there after %v", took, elected)
				}
				got, err := o.Fetch(within(t, second), []cluster.TopicPartition{tp("t", 0)})
				if err != nil || got[tp("t", 0)].Offset != 8 {
					t.Errorf("%v, %v", got, err)
				}
			})
		})
	}
}

// Members of both protocols find the coordinator that takes over from one which
// stands still before their sessions end.
func TestMembersOfACoordinatorThatStandsStill(t *testing.T) {
	const elected = 4 * second
	for name, join := range map[string]struct {
		app  func(*testing.T, *fakeCluster) *app
		beat protocol.APIKey
	}{
		"classic":  {func(t *testing.T, c *fakeCluster) *app { return newApp(t, c, Config{}) }, protocol.Heartbeat},
		"consumer": {func(t *testing.T, c *fakeCluster) *app { return newConsumerApp(t, c, ConsumerGroupConfig{}) }, protocol.ConsumerGroupHeartbeat},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *fakeCluster) {
				a := join.app(t, c)
				a.group.Subscribe([]string{"t"})
				awaitShares(t, 20*second, 6, a)
				c.set(func() { c.mute[0] = true })
				sent := c.count(join.beat)
				await(t, 10*second, "a heartbeat to the old coordinator", func() bool { return c.count(join.beat) > sent })
				sent = c.count(join.beat)
				pass(elected)
				c.move(1)
				await(t, 6*second, "a heartbeat to the new coordinator", func() bool { return c.count(join.beat) > sent })
				if a.kinds() != "[assign]" {
					t.Errorf("events %s", a.kinds())
				}
				a.close()
			})
		})
	}
}

// Where the network drops a connection without a word, the coordinator is asked on
// another as soon as it answers there.
func TestConnectionToCoordinatorIsCut(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		o := newOffsets(t, c, nil)
		if err := o.Commit(t.Context(), offsetMap{tp("t", 0): {Offset: 7}}); err != nil {
			t.Fatal(err)
		}
		c.cut()
		start := time.Now()
		got, err := o.Fetch(within(t, time.Minute), []cluster.TopicPartition{tp("t", 0)})
		if took := time.Since(start); took > 10*second || err != nil || got[tp("t", 0)].Offset != 7 {
			t.Errorf("after %v: %v, %v", took, got, err)
		}
	})
}
