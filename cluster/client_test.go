package cluster

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestNothingHappensUntilNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		pass(time.Hour)
		equal(t, "dials", f.dialed("a:1", 2*time.Hour), 0)
		if _, err := c.WaitTopic(within(t, time.Minute), "no"); !errors.Is(err, protocol.ErrUnknownTopicOrPartition) {
			t.Errorf("got %v", err)
		}
	})
}

func TestBootstrapPassesOverDeadServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("c:3")
		f.up("b:2")
		f.brokers["b:2"].hangs = true
		f.topics["t"] = topicOf("t", 0)
		c := f.client(t, Config{BootstrapServers: []string{"a:1", "b:2", "c:3"}})
		start := time.Now()
		topic, err := c.WaitTopic(within(t, time.Minute), "t")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "partitions", len(topic.Partitions), 1)
		between(t, "time", time.Since(start), 0, 10*time.Second) // the ConnectTimeout of the one that hangs
	})
}

// A wait that ends before a server has answered, or failed to, tells who was asked.
func TestWaitForSilentServersNamesThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster()
		f.up("b:2")
		f.brokers["b:2"].hangs = true
		c := f.client(t, Config{BootstrapServers: []string{"b:2"}})
		_, wait := c.WaitTopic(within(t, time.Second), "t")
		_, find := c.Coordinator(within(t, time.Second), GroupCoordinator, "g")
		for call, err := range map[string]error{"WaitTopic": wait, "Coordinator": find, "Refresh": c.Refresh(within(t, time.Second))} {
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer yet from bootstrap servers b:2") {
				t.Errorf("%s: %v", call, err)
			}
		}
	})
}

func TestBootstrapErrorNamesEachAddressAndStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster()
		f.up("b:2")
		f.brokers["b:2"].hangs = true
		c := f.client(t, Config{BootstrapServers: []string{"a:1", "b:2"}})
		err := c.Bootstrap(t.Context())
		var all *AttemptsError
		if !errors.As(err, &all) || len(all.Errs) != 2 {
			t.Fatalf("got %v", err)
		}
		stages := make(map[string]conn.Stage)
		for _, err := range all.Errs {
			var e *conn.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			stages[e.Broker] = e.Stage
		}
		equal(t, "stages", stages, map[string]conn.Stage{"a:1": conn.StageDial, "b:2": conn.StageAPIVersions})
		if !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "a:1") || !strings.Contains(err.Error(), "b:2") {
			t.Errorf("got %v", err)
		}
		f.up("a:1")
		f.set(func() { f.nodes[0] = "a:1" })
		if err := c.Bootstrap(t.Context()); err != nil {
			t.Errorf("with a live server: %v", err)
		}
		equal(t, "brokers", len(c.Metadata().Brokers()), 1)
	})
}

// A cluster that starts may answer before it has a broker to name.
func TestClusterWithoutBrokersIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster()
		f.up("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		time.AfterFunc(10*time.Second, func() { f.set(func() { f.nodes[0] = "a:1" }) })
		start := time.Now()
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		between(t, "time", time.Since(start), 10*time.Second, 11200*time.Millisecond)
		equal(t, "brokers", len(c.Metadata().Brokers()), 1)
	})
}

// Leader epochs of brokers before Kafka 2.4 are not reliable (KAFKA-9212).
func TestOldBrokersEpochsAreNotTrusted(t *testing.T) {
	for max, want := range map[int16]int32{13: 5, 9: 5, 8: -1, 4: -1} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1")
			f.metadataVersion = max
			f.topics["t"] = topicOf("t", 0)
			c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
			if _, err := c.WaitTopic(t.Context(), "t"); err != nil {
				t.Fatal(err)
			}
			_, epoch, _ := c.Metadata().Snapshot().Leader(TopicPartition{"t", 0})
			equal(t, "epoch", epoch, want)
		})
	}
}

// What old versions of the request cannot carry must not keep a client from the
// brokers.
func TestOldBrokersCanBeAsked(t *testing.T) {
	for max := range int16(5) {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1")
			f.metadataVersion = max
			f.topics["t"] = topicOf("t", 0)
			c := f.client(t, Config{BootstrapServers: []string{"a:1"}, DisableAutoTopicCreation: max == 4})
			if err := c.Refresh(within(t, time.Minute)); err != nil {
				t.Fatalf("version %d, no topic: %v", max, err)
			}
			if _, err := c.WaitTopic(within(t, time.Minute), "t"); err != nil {
				t.Fatalf("version %d: %v", max, err)
			}
			c.SetAllTopics(true)
			if err := c.Refresh(within(t, time.Minute)); err != nil {
				t.Fatalf("version %d, all topics: %v", max, err)
			}
		})
	}
}

// Kafka 0.8 does not name its brokers before there is a topic.
func TestBrokersWithoutTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster()
		f.up("a:1")
		f.metadataVersion = 0
		f.create = true
		f.answer = func(string, protocol.Request) protocol.Response { return &protocol.HeartbeatResponse{} }
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if err := c.Bootstrap(within(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.DoAny(within(t, time.Minute), &protocol.HeartbeatRequest{}); err != nil {
			t.Errorf("ask any broker: %v", err)
		}
		if err := c.Refresh(within(t, time.Minute)); err != nil {
			t.Errorf("refresh: %v", err)
		}
		equal(t, "brokers", c.Metadata().Snapshot().Nodes()[0].Addr(), "a:1")
		f.set(func() { f.nodes[7] = "a:1" })
		if _, err := c.WaitTopic(within(t, time.Minute), "t"); err != nil {
			t.Error(err)
		}
		if err := c.Refresh(within(t, time.Minute)); err != nil {
			t.Errorf("refresh: %v", err)
		}
		equal(t, "id of the broker", c.Metadata().Snapshot().Nodes()[0].ID, 7)
		equal(t, "brokers", len(c.Metadata().Snapshot().Nodes()), 1)
		equal(t, "log", len(f.logged()), 0)
	})
}

// Brokers before Kafka 0.11 create what they are asked for, want it or not.
func TestOldBrokersCannotBeKeptFromCreating(t *testing.T) {
	for max, ok := range map[int16]bool{0: false, 3: false, 4: true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1")
			f.metadataVersion = max
			f.topics["t"] = topicOf("t", 0)
			c := f.client(t, Config{BootstrapServers: []string{"a:1"}, DisableAutoTopicCreation: true})
			_, err := c.WaitTopic(within(t, time.Minute), "t")
			var lack *conn.FeatureError
			if (err == nil) != ok || !ok && (!errors.As(err, &lack) || lack.Since != "0.11" || !strings.Contains(err.Error(), "DisableAutoTopicCreation")) {
				t.Errorf("Metadata v%d: %v", max, err)
			}
		})
	}
}

func TestRefreshIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		f.topics["t"] = topicOf("t", 0)
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := c.WaitTopic(t.Context(), "t"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "requests for a topic that 100 wait for", len(f.asked(protocol.Metadata)), 1)
		for range 100 {
			all.Go(func() {
				if err := c.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
			})
			c.RequestUpdate()
		}
		all.Wait()
		equal(t, "requests after 100 more refreshs", len(f.asked(protocol.Metadata)), 2)
	})
}

// Who needs a broker while the first refresh is under way need not wait for the
// back-off to another.
func TestFirstRefreshServesWhoNeedsBrokers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		f.topics["t"] = topicOf("t", 0)
		f.dialTime = 10 * time.Millisecond
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		c.AddTopics("t")
		synctest.Wait()
		start := time.Now()
		if _, err := c.DoAny(within(t, time.Minute), &protocol.FindCoordinatorRequest{CoordinatorKeys: []string{"g"}}); err != nil {
			t.Fatal(err)
		}
		between(t, "time", time.Since(start), 10*time.Millisecond, 50*time.Millisecond)
		equal(t, "requests", len(f.asked(protocol.Metadata)), 1)
	})
}

func TestNewTopicIsFoundAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		f.topics["t"], f.topics["u"] = topicOf("t", 0), topicOf("u", 0)
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}, RetryBackoff: time.Minute})
		if _, err := c.WaitTopic(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.WaitTopic(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		equal(t, "time", time.Since(start), 0)
		asked := f.asked(protocol.Metadata)
		last := asked[len(asked)-1].req.(*protocol.MetadataRequest)
		equal(t, "topics of the second request", len(last.Topics), 1)
		if _, ok := c.Metadata().Snapshot().Topic("t"); !ok {
			t.Error("the first topic is forgotten")
		}
	})
}

func TestUnknownTopicIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		time.AfterFunc(300*time.Millisecond, func() { f.set(func() { f.topics["new"] = topicOf("new", 0) }) })
		if _, err := c.WaitTopic(within(t, time.Minute), "new"); err != nil {
			t.Fatal(err)
		}
		equal(t, "log of a topic that took a moment", f.logged(), nil)
		time.AfterFunc(20*time.Second, func() { f.set(func() { f.topics["t"] = topicOf("t", 0) }) })
		start := time.Now()
		if _, err := c.WaitTopic(within(t, time.Minute), "t"); err != nil {
			t.Fatal(err)
		}
		between(t, "time", time.Since(start), 20*time.Second, 21200*time.Millisecond)
		if n := len(f.asked(protocol.Metadata)); n > 30 {
			t.Errorf("%d requests in 20 s", n)
		}
		if n := len(f.logged()); n < 1 || n > 3 {
			t.Errorf("log of a topic that took 20 s: %q", f.logged())
		}
	})
}

// A topic that nobody waits for any more is not asked for any more.
func TestGivenUpTopicIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		_, err := c.WaitTopic(within(t, time.Second), "t")
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, protocol.ErrUnknownTopicOrPartition) {
			t.Errorf("got %v", err)
		}
		before := len(f.asked(protocol.Metadata))
		pass(time.Minute)
		equal(t, "requests in the next minute", len(f.asked(protocol.Metadata))-before, 0)
	})
}

func TestForbiddenTopicFailsAtOnce(t *testing.T) {
	for _, code := range []protocol.ErrorCode{protocol.ErrTopicAuthorizationFailed, protocol.ErrInvalidTopicException} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1")
			f.topics["t"] = failedTopic("t", code)
			c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
			start := time.Now()
			for range 3 {
				_, err := c.WaitTopic(t.Context(), "t")
				var e *protocol.BrokerError
				if !errors.As(err, &e) || e.Topic != "t" || e.Code != code {
					t.Errorf("got %v", err)
				}
			}
			between(t, "time", time.Since(start), 0, time.Second)
			f.set(func() { f.topics["t"] = topicOf("t", 0) })
			if _, err := c.WaitTopic(t.Context(), "t"); err != nil {
				t.Errorf("once it is allowed: %v", err)
			}
		})
	}
}

func TestTopicIsCreatedUnlessDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		f.create = true
		if _, err := f.client(t, Config{BootstrapServers: []string{"a:1"}}).WaitTopic(within(t, time.Minute), "t"); err != nil {
			t.Error(err)
		}
		never := f.client(t, Config{BootstrapServers: []string{"a:1"}, DisableAutoTopicCreation: true})
		if _, err := never.WaitTopic(within(t, time.Minute), "u"); !errors.Is(err, protocol.ErrUnknownTopicOrPartition) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTopicsOfInterest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		f.topics["t"], f.topics["u"], f.topics["v"] = topicOf("t", 0), topicOf("u", 0), topicOf("v", 0)
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		known := func(want ...string) {
			t.Helper()
			if err := c.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			equal(t, "topics", c.Metadata().Topics(true), want)
		}
		known()
		c.AddTopics("t")
		known("t")
		c.SetTopics([]string{"u", "v"})
		known("u", "v")
		c.SetAllTopics(true)
		known("t", "u", "v")
		c.SetAllTopics(false)
		known("u", "v")
		before := len(f.asked(protocol.Metadata))
		c.AddTopics("u")
		c.SetTopics([]string{"v", "u"})
		pass(time.Minute)
		equal(t, "requests for known topics", len(f.asked(protocol.Metadata))-before, 0)
	})
}

// A topic that does not exist yet must be found, too, where all are asked for.
func TestWaitTopicAmongAllTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}, MetadataMaxAge: 3 * time.Second})
		c.SetAllTopics(true)
		time.AfterFunc(10*time.Second, func() { f.set(func() { f.topics["t"] = topicOf("t", 0) }) })
		start := time.Now()
		if _, err := c.WaitTopic(within(t, time.Minute), "t"); err != nil {
			t.Fatal(err)
		}
		between(t, "time", time.Since(start), 10*time.Second, 11200*time.Millisecond)
	})
}

func TestRefreshByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.nodes[1] = "b:2" })
		pass(5*time.Minute - time.Second)
		equal(t, "brokers", len(c.Metadata().Brokers()), 1)
		pass(2 * time.Second)
		equal(t, "brokers", len(c.Metadata().Brokers()), 2)
		pass(time.Hour)
		if n := len(f.asked(protocol.Metadata)); n < 12 || n > 16 {
			t.Errorf("%d requests in 65 minutes", n)
		}
	})
}

// A failed connection means that a leader may have moved.
func TestDisconnectRefreshs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		f.topics["t"] = topicOf("t", 0)
		c := f.client(t, Config{BootstrapServers: []string{"a:1", "b:2"}})
		if _, err := c.WaitTopic(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Conn(t.Context(), 0, UseProduce); err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.topics["t"] = topicOf("t", 1) })
		f.down("a:1")
		pass(2 * time.Second)
		leader, _, _ := c.Metadata().Snapshot().Leader(TopicPartition{"t", 0})
		equal(t, "leader", leader, 1)
	})
}

// A connection that was closed for being idle means nothing.
func TestIdleConnectionsCloseQuietly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}, ConnectionsMaxIdle: time.Minute, MetadataMaxAge: time.Hour})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		cn, err := c.Conn(t.Context(), 0, UseFetch)
		if err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		<-cn.Done()
		equal(t, "requests", len(f.asked(protocol.Metadata)), 1)
		equal(t, "log", len(f.logged()), 0)
	})
}

func TestOneConnectionPerUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		conns := make(map[*conn.Conn]bool)
		for use := range uses {
			for range 2 {
				cn, err := c.Conn(t.Context(), 0, use)
				if err != nil {
					t.Fatal(err)
				}
				conns[cn] = true
			}
		}
		equal(t, "connections", len(conns), int(uses))
		if _, err := c.Conn(t.Context(), 7, UseGeneral); !errors.Is(err, ErrUnknownNode) {
			t.Errorf("unknown node: got %v", err)
		}
	})
}

func TestStateOfNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if c.Connected(0) || c.ConnectionDelay(0) != 0 || c.InFlight(0) != 0 {
			t.Error("a node that is not known has a state")
		}
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		cn, err := c.Conn(t.Context(), 0, UseGeneral)
		if err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.brokers["a:1"].hangs = true })
		cn.Go(&protocol.MetadataRequest{AllowAutoTopicCreation: true}, 0, nil)
		if !c.Connected(0) || c.ConnectionDelay(0) != math.MaxInt64 || c.InFlight(0) != 1 {
			t.Errorf("connected node: %v, %v, %d in flight", c.Connected(0), c.ConnectionDelay(0), c.InFlight(0))
		}
		f.down("b:2")
		if _, err := c.Conn(t.Context(), 1, UseProduce); err == nil {
			t.Fatal("a dead node was connected")
		}
		between(t, "delay after a failure", c.ConnectionDelay(1), 40*time.Millisecond, 60*time.Millisecond)
		if _, err := c.Conn(t.Context(), 0, uses); err == nil {
			t.Error("there is a connection for no use")
		}
	})
}

func TestNodeWithNewAddressIsReconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		c := f.client(t, Config{BootstrapServers: []string{"a:1", "b:2"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		old, err := c.Conn(t.Context(), 1, UseProduce)
		if err != nil {
			t.Fatal(err)
		}
		f.up("c:3")
		f.set(func() { f.nodes[1] = "c:3" })
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-old.Done()
		cn, err := c.Conn(t.Context(), 1, UseProduce)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "address", cn.Addr(), "c:3")
	})
}

func TestConnectionsToLostNodesAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		cn, err := c.Conn(t.Context(), 1, UseProduce)
		if err != nil {
			t.Fatal(err)
		}
		f.set(func() { delete(f.nodes, 1) })
		start := time.Now()
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-cn.Done()
		between(t, "time", time.Since(start), 0, time.Second)
	})
}

// A caller may wait for a node that new metadata drop. Nothing of that is its
// own doing, so it must not read as an error that trying again cannot mend.
func TestNodeLostWhileBeingDialed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.brokers["b:2"].hangs = true })
		dialed := make(chan error)
		go func() {
			_, err := c.Conn(t.Context(), 1, UseProduce)
			dialed <- err
		}()
		synctest.Wait()
		f.set(func() { delete(f.nodes, 1) })
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-dialed; !errors.Is(err, ErrUnknownNode) || permanent(err) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestLeastLoadedNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2", "c:3")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if _, ok := c.LeastLoadedNode(); ok {
			t.Error("an empty cluster has a least loaded node")
		}
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		seen := make(map[int32]bool)
		for range 100 {
			id, _ := c.LeastLoadedNode()
			seen[id] = true
		}
		equal(t, "nodes chosen among equals", len(seen), 3)

		f.down("c:3")
		if _, err := c.Conn(t.Context(), 2, UseFetch); err == nil {
			t.Fatal("a dead node was connected")
		}
		cn, err := c.Conn(t.Context(), 1, UseGeneral)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			id, _ := c.LeastLoadedNode()
			equal(t, "connected and idle", id, 1)
		}
		f.set(func() { f.brokers["b:2"].hangs = true })
		cn.Go(&protocol.MetadataRequest{AllowAutoTopicCreation: true}, 0, nil)
		for range 20 {
			id, _ := c.LeastLoadedNode()
			equal(t, "not connected, not in back-off", id, 0)
		}
	})
}

// A broker that hangs must not hold up the news of its partitions' new leaders.
func TestRefreshPassesOverANodeThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		c := f.client(t, Config{BootstrapServers: []string{"a:1", "b:2"}})
		for _, id := range []int32{0, 1} {
			if err := c.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Conn(t.Context(), id, UseGeneral); err != nil {
				t.Fatal(err)
			}
		}
		f.set(func() { f.brokers["a:1"].hangs = true })
		for range 5 {
			start := time.Now()
			if err := c.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			between(t, "time", time.Since(start), 0, 2*time.Second)
		}
	})
}
