package kafkatest

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/barnabas-go/kafka/protocol"
)

// Kill stops a node as SIGKILL does: its connections are reset, dials are
// refused, and what it led, coordinated and controlled moves to the nodes that
// are left. If none is left, it stays with the dead node. A dead node can be
// killed again.
func (c *Cluster) Kill(node int32) error {
	n, err := c.node(node)
	if err != nil {
		return err
	}
	c.moved.Store(true)
	n.stop()
	c.electController()
	return c.electLeaders()
}

// Restart starts a dead node again, on the address it had. What has moved away
// stays where it is, as with a broker that has just come back; [Cluster.MoveLeader]
// moves it. A node that runs is left alone.
func (c *Cluster) Restart(node int32) error {
	n, err := c.node(node)
	if err != nil {
		return err
	}
	if err := c.use(func(*kfake.Cluster) error { return n.start() }); err != nil {
		return err
	}
	c.electController()
	return c.electLeaders()
}

// Pause stops a node as SIGSTOP does: it accepts connections and bytes, and
// answers nothing until [Cluster.Resume], [Cluster.Kill] or the end. The
// requests that reach it meanwhile are handled on resumption, also those of
// clients that have hung up. Leaders stay: a cluster moves them after some
// seconds, a test does it with [Cluster.MoveLeader].
func (c *Cluster) Pause(node int32) error {
	n, err := c.node(node)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n.resumed == nil {
		n.resumed = make(chan struct{})
	}
	return nil
}

// Resume lets a paused node go on.
func (c *Cluster) Resume(node int32) error {
	n, err := c.node(node)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.resume()
	return nil
}

// DropConnections resets all connections of a node, which goes on accepting.
func (c *Cluster) DropConnections(node int32) error {
	n, err := c.node(node)
	if err != nil {
		return err
	}
	n.dropConnections()
	return nil
}

// Request-level faults.

type action int

const (
	pass action = iota
	dropRequest
	dropResponse
	hang
	hangAfter
	fail
	failAfter
	throttle
)

// Verdict is what happens to a request. The zero value is [Pass].
type Verdict struct {
	action   action
	delay    time.Duration
	code     protocol.ErrorCode
	throttle time.Duration
}

// Pass handles the request as if there were no fault.
func Pass() Verdict { return Verdict{} }

// DropRequest resets the connection before the request is handled: the request
// is lost.
func DropRequest() Verdict { return Verdict{action: dropRequest} }

// DropResponse resets the connection once the request is handled: it was
// applied, and its response is lost.
func DropResponse() Verdict { return Verdict{action: dropResponse} }

// Hang never handles nor answers the request, nor what follows it on the
// connection, which stays open.
func Hang() Verdict { return Verdict{action: hang} }

// HangAfter is [Hang] once the request is handled.
func HangAfter() Verdict { return Verdict{action: hangAfter} }

// Fail answers with an error code without handling the request: for each topic,
// partition or group that the request names if the API has a code there, else
// for the whole. A request whose response has no place for an error closes the
// connection. A Metadata request is handled all the same, for its response needs
// the brokers.
func Fail(code protocol.ErrorCode) Verdict { return Verdict{action: fail, code: code} }

// FailAfter handles the request, then answers as [Fail] does: such as
// NOT_ENOUGH_REPLICAS_AFTER_APPEND to a produce request.
func FailAfter(code protocol.ErrorCode) Verdict { return Verdict{action: failAfter, code: code} }

// Throttle handles the request, and tells the client in the response to send
// nothing more for a time, as quotas do since Kafka 2.0 (KIP-219). What it sends
// all the same is handled.
func Throttle(d time.Duration) Verdict { return Verdict{action: throttle, throttle: d} }

// Delay handles the request after a time. Requests that follow on the
// connection wait too, for brokers answer in order.
func Delay(d time.Duration) Verdict { return Verdict{delay: d} }

// After returns the verdict with a delay before it takes effect.
func (v Verdict) After(d time.Duration) Verdict {
	v.delay = d
	return v
}

// Times gives a verdict to the first n requests and passes the others.
func Times(n int, v Verdict) func(Request) Verdict {
	var seen atomic.Int64
	return func(Request) Verdict {
		if seen.Add(1) > int64(n) {
			return Pass()
		}
		return v
	}
}

// AnyAPI stands for all APIs in [Cluster.Intercept].
const AnyAPI protocol.APIKey = -1

type intercept struct {
	apiKey protocol.APIKey
	judge  func(Request) Verdict
}

// Intercept calls judge for each request of an API that a node is about to
// handle, and does with it what judge says. Where several functions are
// installed, the first whose verdict is not [Pass] decides. They are called from many
// goroutines at a time; they may call the cluster, but not Close it. The
// function returned takes judge away again.
func (c *Cluster) Intercept(apiKey protocol.APIKey, judge func(Request) Verdict) (remove func()) {
	i := &intercept{apiKey, judge}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.intercepts = append(slices.Clone(c.intercepts), i)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.intercepts = slices.DeleteFunc(slices.Clone(c.intercepts), func(j *intercept) bool { return i == j })
	}
}

// verdict asks the interceptors about a request.
func (c *Cluster) verdict(req Request) Verdict {
	c.mu.Lock()
	intercepts := c.intercepts // never changed in place
	c.mu.Unlock()
	for _, i := range intercepts {
		if i.apiKey != AnyAPI && i.apiKey != req.APIKey {
			continue
		}
		if v := i.judge(req); v != Pass() {
			return v
		}
	}
	return Pass()
}

// Moves.

// MoveLeader makes a node the leader of a partition, as an election does. The
// node must be alive.
func (c *Cluster) MoveLeader(topic string, partition, node int32) error {
	if err := c.mustLive(node); err != nil {
		return err
	}
	c.moved.Store(true)
	err := c.use(func(b *kfake.Cluster) error { return b.MoveTopicPartition(topic, partition, node) })
	if err != nil {
		return fmt.Errorf("kafkatest: moving the leader of %s-%d to node %d: %w", topic, partition, node, err)
	}
	return nil
}

// MoveCoordinator makes a node the coordinator of a group or transactional id,
// with all that its former coordinator knew. The node must be alive.
func (c *Cluster) MoveCoordinator(id string, node int32) error {
	if err := c.mustLive(node); err != nil {
		return err
	}
	c.moved.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves[id] = node
	return nil
}

// MoveController makes a node the controller. The node must be alive.
func (c *Cluster) MoveController(node int32) error {
	if err := c.mustLive(node); err != nil {
		return err
	}
	c.moved.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.controller = node
	return nil
}

func (c *Cluster) mustLive(node int32) error {
	if _, err := c.node(node); err != nil {
		return err
	}
	if !c.alive(node) {
		return fmt.Errorf("kafkatest: node %d is dead: Restart it first", node)
	}
	return nil
}
