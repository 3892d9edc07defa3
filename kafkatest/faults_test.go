package kafkatest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

// transports runs a test on loopback TCP, and in memory in a bubble.
func transports(t *testing.T, f func(t *testing.T, transport ...kafkatest.Option)) {
	t.Run("tcp", func(t *testing.T) {
		kafkatest.CheckLeaks(t)
		f(t)
	})
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, kafkatest.InMemory()) })
	})
}

func TestKillAndRestart(t *testing.T) {
	transports(t, func(t *testing.T, transport ...kafkatest.Option) {
		c := kafkatest.Start(t, append(transport, kafkatest.Brokers(3), kafkatest.Topic("t", 1))...)
		cl := newClient(t, c)
		mustProduce(t, cl, "t", "before")
		old := leader(t, c, "t")
		conn := dial(t, c, int(old))

		must(t, c.Kill(old))
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read on a connection to the dead node: %v, want ECONNRESET", err)
		}
		if _, err := c.Dialer().DialContext(t.Context(), "tcp", c.BootstrapServers()[old]); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dial: %v, want ECONNREFUSED", err)
		}
		if now := leader(t, c, "t"); now == old {
			t.Error("the dead node still leads")
		}
		mustProduce(t, cl, "t", "while dead")
		if err := c.MoveLeader("t", 0, old); err == nil || !strings.Contains(err.Error(), "dead") {
			t.Errorf("making a dead node the leader: %v", err)
		}

		must(t, c.Restart(old))
		must(t, c.MoveLeader("t", 0, old))
		mustProduce(t, cl, "t", "after")
		want := []string{"before", "while dead", "after"}
		if got := mustConsume(t, newClient(t, c, kgo.ConsumeTopics("t")), 3); !slices.Equal(got, want) {
			t.Errorf("consumed %v, want %v", got, want)
		}
	})
}

func TestMetadataOfADeadNode(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(2), kafkatest.Topic("t", 2))
	must(t, c.MoveLeader("t", 0, 0))
	must(t, c.MoveLeader("t", 1, 1))
	must(t, c.Kill(1))
	describe := func(node int) *kmsg.MetadataResponse {
		req := kmsg.NewPtrMetadataRequest()
		req.Topics = nil
		return mustAsk[*kmsg.MetadataResponse](t, c, node, req, 9)
	}
	m := describe(0)
	if len(m.Brokers) != 1 || m.Brokers[0].NodeID != 0 || m.ControllerID != 0 {
		t.Errorf("brokers %v, controller %d; want node 0 only", m.Brokers, m.ControllerID)
	}
	for _, p := range m.Topics[0].Partitions {
		if p.Leader != 0 || !slices.Equal(p.ISR, []int32{0}) || !slices.Equal(p.OfflineReplicas, []int32{1}) {
			t.Errorf("partition %d: leader %d, in sync %v, offline %v", p.Partition, p.Leader, p.ISR, p.OfflineReplicas)
		}
	}
	if d := mustAsk[*kmsg.DescribeClusterResponse](t, c, 0, kmsg.NewPtrDescribeClusterRequest(), 0); len(d.Brokers) != 1 || d.ControllerID != 0 {
		t.Errorf("DescribeCluster: brokers %v, controller %d", d.Brokers, d.ControllerID)
	}

	// With the last node dead, nobody is left to lead. It is still the leader
	// when another one comes back, whose election then moves it.
	must(t, c.Kill(0))
	must(t, c.Restart(1))
	for _, p := range describe(1).Topics[0].Partitions {
		if p.Leader != 1 || p.ErrorCode != 0 {
			t.Errorf("partition %d after the other node came back: leader %d, error %d", p.Partition, p.Leader, p.ErrorCode)
		}
	}
}

// TestEpochThatEndsAtTheEndOfTheLog asks where an epoch ended after which
// nothing was written yet (KIP-320).
func TestEpochThatEndsAtTheEndOfTheLog(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(2), kafkatest.Topic("t", 1))
	mustProduce(t, newClient(t, c), "t", "a", "b")
	before, err := c.Partitions("t")
	must(t, err)
	must(t, c.MoveLeader("t", 0, 1-before[0].Leader))
	after, err := c.Partitions("t")
	must(t, err)
	for asked, want := range map[int32]int64{before[0].LeaderEpoch: 2, after[0].LeaderEpoch: 2, after[0].LeaderEpoch + 1: -1} {
		rp := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
		rp.LeaderEpoch = asked
		req := kmsg.NewPtrOffsetForLeaderEpochRequest()
		req.Topics = []kmsg.OffsetForLeaderEpochRequestTopic{{Topic: "t", Partitions: []kmsg.OffsetForLeaderEpochRequestTopicPartition{rp}}}
		p := mustAsk[*kmsg.OffsetForLeaderEpochResponse](t, c, int(after[0].Leader), req, 3).Topics[0].Partitions[0]
		if p.EndOffset != want || want >= 0 && p.LeaderEpoch != asked {
			t.Errorf("epoch %d: ended at %d as epoch %d, want %d", asked, p.EndOffset, p.LeaderEpoch, want)
		}
	}
}

func TestDeadController(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(3))
	old := c.Controller()
	must(t, c.Kill(old))
	now := c.Controller()
	if now == old {
		t.Fatal("the dead node is still the controller")
	}
	create := func(node int32, topic string) int16 {
		rt := kmsg.NewCreateTopicsRequestTopic()
		rt.Topic, rt.NumPartitions, rt.ReplicationFactor = topic, 1, 1
		req := kmsg.NewPtrCreateTopicsRequest()
		req.Topics = append(req.Topics, rt)
		return mustAsk[*kmsg.CreateTopicsResponse](t, c, int(node), req, 4).Topics[0].ErrorCode
	}
	if code := create(now, "a"); code != 0 {
		t.Errorf("creating a topic at the new controller: error %d", code)
	}
	must(t, c.Restart(old))
	if code := create(old, "b"); protocol.ErrorCode(code) != protocol.ErrNotController {
		t.Errorf("creating a topic at the former controller: error %d, want NOT_CONTROLLER", code)
	}
	must(t, c.MoveController(old))
	if code := create(old, "c"); code != 0 {
		t.Errorf("creating a topic at the controller it is again: error %d", code)
	}
}

// TestMoveCoordinator follows a group's commits over two moves and a death.
func TestMoveCoordinator(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(3), kafkatest.Topic("t", 1))
	producer := newClient(t, c)
	member := newClient(t, c, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.DisableAutoCommit())
	committed := func(node int32) (int64, protocol.ErrorCode) {
		rt := kmsg.NewOffsetFetchRequestTopic()
		rt.Topic, rt.Partitions = "t", []int32{0}
		req := kmsg.NewPtrOffsetFetchRequest()
		req.Group, req.Topics = "g", []kmsg.OffsetFetchRequestTopic{rt}
		resp := mustAsk[*kmsg.OffsetFetchResponse](t, c, int(node), req, 5)
		if resp.ErrorCode != 0 {
			return -1, protocol.ErrorCode(resp.ErrorCode)
		}
		return resp.Topics[0].Partitions[0].Offset, 0
	}
	coordinator := func() int32 {
		n, err := c.Coordinator("g")
		must(t, err)
		return n
	}
	listed := func(node int32) int {
		return len(mustAsk[*kmsg.ListGroupsResponse](t, c, int(node), kmsg.NewPtrListGroupsRequest(), 3).Groups)
	}

	move := func(how func(from int32) error) {
		t.Helper()
		from := coordinator()
		must(t, how(from))
		to := coordinator()
		if to == from {
			t.Fatalf("node %d still coordinates", from)
		}
		before := highWatermark(t, c, "t")
		mustProduce(t, producer, "t", "x")
		mustConsume(t, member, 1)
		mustCommit(t, member)
		if o, code := committed(to); o != before+1 {
			t.Errorf("committed offset %d, error %v; want %d", o, code, before+1)
		}
		if listed(to) != 1 {
			t.Errorf("node %d does not list its group", to)
		}
	}
	move(func(from int32) error { return c.MoveCoordinator("g", (from+1)%3) })
	former := (coordinator() + 2) % 3
	if _, code := committed(former); code != protocol.ErrNotCoordinator || listed(former) != 0 {
		t.Errorf("the former coordinator: error %v, want NOT_COORDINATOR", code)
	}
	var dead int32
	move(func(from int32) error { dead = from; return c.Kill(from) })
	must(t, c.Restart(dead))
	if _, code := committed(dead); code != protocol.ErrNotCoordinator {
		t.Errorf("the restarted node: error %v, want NOT_COORDINATOR", code)
	}
	move(func(int32) error { return c.MoveCoordinator("g", dead) })
}

func TestFindCoordinatorOfBothForms(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(3))
	before, err := c.Coordinator("id")
	must(t, err)
	to := (before + 1) % 3
	must(t, c.MoveCoordinator("id", to))
	old := kmsg.NewPtrFindCoordinatorRequest()
	old.CoordinatorKey = "id"
	if r := mustAsk[*kmsg.FindCoordinatorResponse](t, c, 0, old, 3); r.NodeID != to || r.ErrorCode != 0 {
		t.Errorf("version 3: node %d, error %d; want %d", r.NodeID, r.ErrorCode, to)
	}
	batch := kmsg.NewPtrFindCoordinatorRequest()
	batch.CoordinatorKeys = []string{"id"}
	r := mustAsk[*kmsg.FindCoordinatorResponse](t, c, 0, batch, 4)
	if k := r.Coordinators[0]; k.NodeID != to || net.JoinHostPort(k.Host, itoa(k.Port)) != c.BootstrapServers()[to] {
		t.Errorf("version 4: %+v; want node %d", k, to)
	}
}

func TestTransactionOverCoordinatorMove(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(2), kafkatest.Topic("t", 1))
	cl := newClient(t, c, kgo.TransactionalID("tx"))
	must(t, cl.BeginTransaction())
	mustProduce(t, cl, "t", "one")
	from, err := c.Coordinator("tx")
	must(t, err)
	must(t, c.MoveCoordinator("tx", 1-from))
	must(t, cl.EndTransaction(t.Context(), kgo.TryCommit))
	got := mustConsume(t, newClient(t, c, kgo.ConsumeTopics("t"), kgo.FetchIsolationLevel(kgo.ReadCommitted())), 1)
	if got[0] != "one" {
		t.Errorf("consumed %v", got)
	}
}

func TestPauseAndResume(t *testing.T) {
	transports(t, func(t *testing.T, transport ...kafkatest.Option) {
		c := kafkatest.Start(t, append(transport, kafkatest.Topic("t", 1))...)
		must(t, c.Pause(0))
		conn := dial(t, c, 0) // is accepted all the same
		must(t, send(conn, kmsg.NewPtrApiVersionsRequest(), 0))
		must(t, c.AwaitRequests(t.Context(), protocol.ApiVersions, 1))
		must(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read from a paused node: %v, want no answer", err)
		}
		must(t, conn.SetReadDeadline(time.Time{}))
		must(t, c.Resume(0))
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Errorf("read from the resumed node: %v", err)
		}
		must(t, c.Pause(0))
		must(t, c.Kill(0)) // as SIGKILL kills a stopped process
		must(t, c.Restart(0))
		mustAsk[*kmsg.ApiVersionsResponse](t, c, 0, kmsg.NewPtrApiVersionsRequest(), 0)
	})
}

// TestPausedNodeAndWhatItReceived shows the zombie that idempotence is for: the
// client has given up, yet its request is handled when the node goes on. A node
// that is killed instead handles nothing more.
func TestPausedNodeAndWhatItReceived(t *testing.T) {
	for name, test := range map[string]struct {
		then    func(*kafkatest.Cluster) error
		handled bool
	}{
		"resume": {func(c *kafkatest.Cluster) error { return c.Resume(0) }, true},
		"kill":   {func(c *kafkatest.Cluster) error { return c.Kill(0) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.AutoCreateTopics(1))
				must(t, c.Pause(0))
				conn := dial(t, c, 0)
				topic := "zombie"
				req := kmsg.NewPtrMetadataRequest()
				req.Topics = []kmsg.MetadataRequestTopic{{Topic: &topic}}
				req.AllowAutoTopicCreation = true
				must(t, send(conn, req, 4))
				conn.Close()
				synctest.Wait()
				if _, err := c.Partitions(topic); err == nil {
					t.Error("a paused node handled a request")
				}
				must(t, test.then(c))
				synctest.Wait()
				if _, err := c.Partitions(topic); (err == nil) != test.handled {
					t.Errorf("then: %v; want the request handled: %v", err, test.handled)
				}
			})
		})
	}
}

func TestDropConnections(t *testing.T) {
	transports(t, func(t *testing.T, transport ...kafkatest.Option) {
		c := kafkatest.Start(t, append(transport, kafkatest.Topic("t", 1))...)
		cl := newClient(t, c)
		mustProduce(t, cl, "t", "a")
		conn := dial(t, c, 0)
		if _, err := ask[*kmsg.ApiVersionsResponse](conn, kmsg.NewPtrApiVersionsRequest(), 0); err != nil {
			t.Fatal(err)
		}
		must(t, c.DropConnections(0))
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read: %v, want ECONNRESET", err)
		}
		mustProduce(t, cl, "t", "b")
	})
}

func TestDropRequestAndResponse(t *testing.T) {
	for name, test := range map[string]struct {
		verdict kafkatest.Verdict
		applied int64 // of the record that is produced without a retry
	}{
		"request":  {kafkatest.DropRequest(), 0},
		"response": {kafkatest.DropResponse(), 1},
	} {
		t.Run(name, func(t *testing.T) {
			transports(t, func(t *testing.T, transport ...kafkatest.Option) {
				c := kafkatest.Start(t, append(transport, kafkatest.Topic("once", 1), kafkatest.Topic("never", 1))...)
				// An idempotent producer retries, and the broker knows the batch.
				c.Intercept(protocol.Produce, kafkatest.Times(1, test.verdict))
				mustProduce(t, newClient(t, c), "once", "a")
				if n := highWatermark(t, c, "once"); n != 1 {
					t.Errorf("idempotent: %d records, want 1", n)
				}
				if n := c.Requests(protocol.Produce); n != 2 {
					t.Errorf("idempotent: %d produce requests, want 2", n)
				}
				// One that must not retry tells whether the request was applied.
				c.Intercept(protocol.Produce, kafkatest.Times(1, test.verdict))
				cl := newClient(t, c, kgo.DisableIdempotentWrite(), kgo.RecordRetries(0), kgo.RequestRetries(0))
				if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "never"}).FirstErr(); err == nil {
					t.Error("no error for a record whose fate is unknown")
				}
				if n := highWatermark(t, c, "never"); n != test.applied {
					t.Errorf("without a retry: %d records, want %d", n, test.applied)
				}
			})
		})
	}
}

func TestDropResponseOfUnansweredRequest(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Topic("t", 1))
	cl := newClient(t, c, kgo.DisableIdempotentWrite(), kgo.RequiredAcks(kgo.NoAck()))
	mustProduce(t, cl, "t", "acks 0 passes")
	c.Intercept(protocol.Produce, kafkatest.Times(1, kafkatest.DropResponse()))
	mustProduce(t, cl, "t", "and is dropped")
	must(t, c.AwaitRequests(t.Context(), protocol.Produce, 2))
	mustProduce(t, newClient(t, c), "t", "and passes again") // not by acks=0, which does not tell if the old connection took it
	if got := mustConsume(t, newClient(t, c, kgo.ConsumeTopics("t")), 2); got[0] != "acks 0 passes" {
		t.Errorf("consumed %v", got)
	}
}

// The response says how long to be silent, and the client is.
func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Topic("t", 1))
		c.Intercept(protocol.Produce, kafkatest.Times(1, kafkatest.Throttle(time.Minute)))
		cl := newClient(t, c)
		start := time.Now()
		mustProduce(t, cl, "t", "taken at once")
		if d := time.Since(start); d > time.Second {
			t.Errorf("the answer took %v", d)
		}
		mustProduce(t, cl, "t", "sent after a minute")
		if d := time.Since(start); d < 59*time.Second {
			t.Errorf("the next was sent after %v", d)
		}
	})
}

func TestDelayAndHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Topic("t", 1))
		start := time.Now()
		remove := c.Intercept(protocol.ApiVersions, kafkatest.Times(1, kafkatest.Delay(time.Minute)))
		mustAsk[*kmsg.ApiVersionsResponse](t, c, 0, kmsg.NewPtrApiVersionsRequest(), 0)
		if d := time.Since(start); d != time.Minute {
			t.Errorf("the answer took %v, want 1m", d)
		}
		remove()

		for name, test := range map[string]struct {
			verdict kafkatest.Verdict
			created bool
		}{
			"hang":       {kafkatest.Hang(), false},
			"hang-after": {kafkatest.HangAfter().After(time.Second), true},
		} {
			remove := c.Intercept(protocol.CreateTopics, func(kafkatest.Request) kafkatest.Verdict { return test.verdict })
			conn := dial(t, c, 0)
			must(t, conn.SetReadDeadline(time.Now().Add(time.Hour)))
			rt := kmsg.NewCreateTopicsRequestTopic()
			rt.Topic, rt.NumPartitions, rt.ReplicationFactor = name, 1, 1
			req := kmsg.NewPtrCreateTopicsRequest()
			req.Topics = append(req.Topics, rt)
			if _, err := ask[*kmsg.CreateTopicsResponse](conn, req, 4); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: %v, want no answer in an hour", name, err)
			}
			if _, err := c.Partitions(name); (err == nil) != test.created {
				t.Errorf("%s: topic: %v; want it there: %v", name, err, test.created)
			}
			must(t, c.DropConnections(0))
			if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
				t.Errorf("%s: read after the connection was dropped: %v", name, err)
			}
			remove()
		}
	})
}

func TestIntercept(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(2))
	requests := make(chan kafkatest.Request, 2)
	c.Intercept(kafkatest.AnyAPI, func(r kafkatest.Request) kafkatest.Verdict { requests <- r; return kafkatest.Pass() })
	removeSecond := c.Intercept(protocol.ApiVersions, func(kafkatest.Request) kafkatest.Verdict { return kafkatest.DropRequest() })
	c.Intercept(protocol.ApiVersions, func(kafkatest.Request) kafkatest.Verdict {
		t.Error("asked, though a verdict was given before")
		return kafkatest.Pass()
	})
	if _, err := ask[*kmsg.ApiVersionsResponse](dial(t, c, 1), kmsg.NewPtrApiVersionsRequest(), 3); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("dropped request: %v", err)
	}
	seen := <-requests
	if seen.Node != 1 || seen.APIKey != protocol.ApiVersions || seen.APIVersion != 3 || seen.CorrelationID != 7 || seen.ClientID != "test" {
		t.Errorf("intercepted %+v", seen)
	}
	// An empty name and version, compact, and no tagged fields.
	if string(seen.Body) != "\x01\x01\x00" {
		t.Errorf("body %q", seen.Body)
	}
	removeSecond()
	removeSecond()
	mustAsk[*kmsg.MetadataResponse](t, c, 0, kmsg.NewPtrMetadataRequest(), 1)
}

func TestFaultsNameTheNode(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Brokers(2), kafkatest.Topic("t", 1))
	for name, err := range map[string]error{
		"Kill":            c.Kill(2),
		"Restart":         c.Restart(2),
		"Pause":           c.Pause(2),
		"Resume":          c.Resume(2),
		"DropConnections": c.DropConnections(2),
		"MoveLeader":      c.MoveLeader("t", 0, 2),
		"MoveCoordinator": c.MoveCoordinator("g", 2),
		"MoveController":  c.MoveController(2),
	} {
		if err == nil || !strings.Contains(err.Error(), "no node 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.MoveLeader("t", 9, 1); err == nil || !strings.Contains(err.Error(), "t-9") {
		t.Errorf("moving the leader of no partition: %v", err)
	}
}
