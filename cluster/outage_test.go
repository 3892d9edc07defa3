package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// While all brokers are down, the client is calm: at most one attempt per second
// and broker, and a few lines of log. It recovers when they are back.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		addrs := []string{"a:1", "b:2", "c:3"}
		f := newFakeCluster(addrs...)
		f.topics["t"] = topicOf("t", 0, 1, 2)
		c := f.client(t, Config{BootstrapServers: addrs})
		if _, err := c.WaitTopic(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
		for _, addr := range addrs {
			f.down(addr)
		}
		ctx, cancel := context.WithCancel(t.Context())
		for id := range int32(3) { // as eager as producers and consumers can be
			for use := range uses {
				go func() {
					for ctx.Err() == nil {
						_, _ = c.Conn(ctx, id, use)
					}
				}()
			}
		}
		go func() {
			for ctx.Err() == nil {
				c.RequestUpdate()
				_ = sleep(ctx, time.Millisecond)
			}
		}()
		pass(10 * time.Second) // until the back-off has grown
		logged := len(f.logged())
		const outage = 10 * time.Minute
		pass(outage)
		for _, addr := range addrs {
			n := f.dialed(addr, outage)
			t.Logf("%s: %d attempts in %v", addr, n, outage)
			if n > int(outage/time.Second)*105/100 || n < int(outage/time.Second)/2 {
				t.Errorf("%s: %d attempts in %v", addr, n, outage)
			}
		}
		if lines := f.logged()[logged:]; len(lines) == 0 || len(lines) > int(outage/logInterval)+1 {
			t.Errorf("%d lines of log in %v, such as %q", len(lines), outage, lines)
		}
		cancel()
		for _, addr := range addrs {
			f.up(addr)
		}
		start := time.Now()
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		between(t, "recovery", time.Since(start), 0, 3*time.Second)
	})
}

// After ten minutes without any broker all of them have come back under other
// addresses, to which only the name of the bootstrap server still leads.
func TestOutageAndMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		f.up("seed:9")
		c := f.client(t, Config{BootstrapServers: []string{"seed:9"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, addr := range []string{"a:1", "b:2", "seed:9"} {
			f.down(addr)
		}
		if err := c.Refresh(within(t, 10*time.Minute)); err == nil {
			t.Fatal("refreshed without brokers")
		}
		if n := f.dialed("seed:9", 9*time.Minute); n < 100 || n > 9*60*105/100 {
			t.Errorf("the bootstrap server was dialed %d times in 9 min", n)
		}
		for _, addr := range []string{"c:3", "d:4", "seed:9"} {
			f.up(addr)
		}
		f.set(func() { f.nodes = map[int32]string{0: "c:3", 1: "d:4"} })
		start := time.Now()
		for id := range int32(2) {
			for cn, err := c.Conn(t.Context(), id, UseGeneral); ; cn, err = c.Conn(t.Context(), id, UseGeneral) {
				if err == nil && (cn.Addr() == "c:3" || cn.Addr() == "d:4") {
					break
				}
			}
		}
		between(t, "recovery", time.Since(start), 0, 3*time.Second)
	})
}

// The brokers that the client knows are gone for good, and the bootstrap servers
// lead to new ones (KIP-899).
func TestRebootstrap(t *testing.T) {
	for _, disabled := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1", "b:2")
			f.up("seed:9")
			c := f.client(t, Config{BootstrapServers: []string{"seed:9"}, DisableRebootstrap: disabled})
			if err := c.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.down("a:1")
			f.down("b:2")
			f.up("c:3")
			f.set(func() { f.nodes = map[int32]string{0: "c:3"} })
			err := c.Refresh(within(t, 10*time.Second))
			if (err != nil) != disabled {
				t.Errorf("disabled %v: %v", disabled, err)
			}
			if !disabled {
				equal(t, "brokers", c.Metadata().Brokers(), []Node{{ID: 0, Host: "c", Port: 3}})
			}
		})
	}
}

func TestAnotherClusterIsRefused(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1")
			c := f.client(t, Config{BootstrapServers: []string{"a:1"}, AllowClusterChange: allowed})
			if err := c.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.set(func() { f.id = "two" })
			start := time.Now()
			err := c.Refresh(t.Context())
			between(t, "time", time.Since(start), 0, time.Second)
			var changed *ClusterChangedError
			if errors.As(err, &changed) == allowed || (err == nil) != allowed {
				t.Errorf("allowed %v: got %v", allowed, err)
			}
		})
	}
}

func TestDoAnyGoesOnToAnotherBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2", "c:3")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.down("a:1")
		f.down("c:3")
		f.answer = func(string, protocol.Request) protocol.Response {
			return &protocol.InitProducerIdResponse{ProducerID: 7, OngoingTxnProducerID: -1, OngoingTxnProducerEpoch: -1}
		}
		start := time.Now()
		for range 5 {
			resp, err := c.DoAny(t.Context(), &protocol.InitProducerIdRequest{TransactionTimeoutMs: 1, ProducerID: -1, ProducerEpoch: -1})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "response", resp.(*protocol.InitProducerIdResponse).ProducerID, 7)
		}
		between(t, "time", time.Since(start), 0, time.Second)
		f.down("b:2")
		_, err := c.DoAny(within(t, 10*time.Second), &protocol.InitProducerIdRequest{TransactionTimeoutMs: 1, ProducerID: -1, ProducerEpoch: -1})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errRefused) {
			t.Errorf("with all down: got %v", err)
		}
	})
}

func TestDoController(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2", "c:3")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		f.answer = func(addr string, req protocol.Request) protocol.Response {
			resp := &protocol.CreateTopicsResponse{Topics: []protocol.CreateTopicsResponseTopic{{Name: "t"}}}
			if addr != "b:2" {
				resp.Topics[0].ErrorCode = protocol.ErrNotController
			}
			return resp
		}
		time.AfterFunc(5*time.Second, func() { f.set(func() { delete(f.nodes, 2) }) }) // makes b the controller
		start := time.Now()
		resp, err := c.DoController(t.Context(), &protocol.CreateTopicsRequest{TimeoutMs: 1000})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "error", resp.(*protocol.CreateTopicsResponse).Topics[0].ErrorCode, protocol.ErrNone)
		between(t, "time", time.Since(start), 5*time.Second, 7*time.Second)
		if n := len(f.asked(protocol.CreateTopics)); n < 3 || n > 12 {
			t.Errorf("%d attempts in 5 s", n)
		}
		f.set(func() {
			f.answer = func(string, protocol.Request) protocol.Response {
				return &protocol.CreateTopicsResponse{Topics: []protocol.CreateTopicsResponseTopic{{Name: "t", ErrorCode: protocol.ErrNotController}}}
			}
		})
		_, err = c.DoController(within(t, time.Minute), &protocol.CreateTopicsRequest{TimeoutMs: 1000})
		var e *protocol.BrokerError
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.Broker != "b:2" || e.API != protocol.CreateTopics {
			t.Errorf("got %v", err)
		}
	})
}

// Brokers before Kafka 0.10.0 never tell who the controller is.
func TestDoControllerOnOldBrokers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		f.metadataVersion = 0
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		start := time.Now()
		_, err := c.DoController(within(t, time.Minute), &protocol.CreateTopicsRequest{TimeoutMs: 1000})
		var e *conn.UnsupportedError
		if !errors.As(err, &e) || e.API != protocol.CreateTopics || e.Broker != "a:1" {
			t.Errorf("got %v", err)
		}
		between(t, "time", time.Since(start), 0, time.Second)
	})
}

func TestCoordinator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		f.coordinator = protocol.FindCoordinatorResponseCoordinator{NodeID: -1, ErrorCode: protocol.ErrCoordinatorNotAvailable}
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		found := protocol.FindCoordinatorResponseCoordinator{NodeID: 1, Host: "b", Port: 2}
		time.AfterFunc(5*time.Second, func() { f.set(func() { f.coordinator = found }) })
		ids := make(chan int32)
		for range 10 {
			go func() {
				id, err := c.Coordinator(t.Context(), GroupCoordinator, "g")
				if err != nil {
					t.Error(err)
				}
				ids <- id
			}()
		}
		for range 10 {
			equal(t, "coordinator", <-ids, 1)
		}
		if n := len(f.asked(protocol.FindCoordinator)); n < 3 || n > 12 {
			t.Errorf("%d lookups for 10 in 5 s", n)
		}
		before := len(f.asked(protocol.FindCoordinator))
		f.answer = func(string, protocol.Request) protocol.Response { return &protocol.HeartbeatResponse{} }
		for range 3 {
			if _, err := c.DoCoordinator(t.Context(), GroupCoordinator, "g", &protocol.HeartbeatRequest{GroupID: "g"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range f.asked(protocol.Heartbeat) {
			equal(t, "heartbeat to", s.addr, "b:2")
		}
		equal(t, "lookups of what is known", len(f.asked(protocol.FindCoordinator))-before, 0)
		c.ForgetCoordinator(GroupCoordinator, "g")
		if _, err := c.Coordinator(t.Context(), GroupCoordinator, "g"); err != nil {
			t.Fatal(err)
		}
		equal(t, "lookups after forgetting", len(f.asked(protocol.FindCoordinator))-before, 1)
	})
}

func TestCoordinatorThatDiesIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		f.coordinator = protocol.FindCoordinatorResponseCoordinator{NodeID: 1, Host: "b", Port: 2}
		f.answer = func(string, protocol.Request) protocol.Response { return &protocol.HeartbeatResponse{} }
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		beat := func() error {
			_, err := c.DoCoordinator(t.Context(), GroupCoordinator, "g", &protocol.HeartbeatRequest{GroupID: "g"})
			return err
		}
		if err := beat(); err != nil {
			t.Fatal(err)
		}
		f.down("b:2")
		if err := beat(); err == nil {
			t.Fatal("a dead coordinator answered")
		}
		f.set(func() { f.coordinator = protocol.FindCoordinatorResponseCoordinator{NodeID: 0, Host: "a", Port: 1} })
		if err := beat(); err != nil {
			t.Errorf("with a new coordinator: %v", err)
		}
	})
}

func TestForbiddenGroupFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		f.coordinator = protocol.FindCoordinatorResponseCoordinator{NodeID: -1, ErrorCode: protocol.ErrGroupAuthorizationFailed}
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		_, err := c.Coordinator(t.Context(), GroupCoordinator, "g")
		var e *protocol.BrokerError
		if !errors.As(err, &e) || e.Code != protocol.ErrGroupAuthorizationFailed {
			t.Errorf("got %v", err)
		}
	})
}

// The coordinator has moved to an address that the metadata do not have yet.
func TestCoordinatorAtAnotherAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1", "b:2")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.up("c:3")
		f.set(func() {
			f.coordinator = protocol.FindCoordinatorResponseCoordinator{NodeID: 1, Host: "c", Port: 3}
		})
		if _, err := c.Coordinator(within(t, time.Second), GroupCoordinator, "g"); err == nil || !strings.Contains(err.Error(), "another address") {
			t.Errorf("got %v", err)
		}
		if _, ok := c.Metadata().CoordinatorForGroup("g"); ok {
			t.Error("a coordinator at a doubtful address is taken for known")
		}
		f.set(func() { f.nodes[1] = "c:3" })
		id, err := c.Coordinator(t.Context(), GroupCoordinator, "g")
		if err != nil {
			t.Fatal(err)
		}
		cn, err := c.Conn(t.Context(), id, UseCoordinator)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "address", cn.Addr(), "c:3")
	})
}
