package integration

import (
	"context"
	"errors"
	"net"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// TestGroupShares has members come and go, in good order, while records are
// produced: each record reaches one of them, once.
func TestGroupShares(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) { comeAndGo(t, target) })
}

// comeAndGo has three members enter a group and two leave it while records are
// produced, and checks that each record reached one of them, once.
func comeAndGo(t *testing.T, target kafkabroker.Target, options ...func(*consumer.Config)) {
	s := newScene(t, target)
	more := func() { s.produce(500) }

	more()
	first := s.enter(options...)
	s.balanced(first)
	more()
	second := s.enter(options...)
	more()
	s.balanced(first, second)
	third := s.enter(options...)
	more()
	s.balanced(first, second, third)
	more()
	first.leave(t)
	more()
	s.balanced(second, third)
	more()
	third.leave(t)
	s.balanced(second)
	more()
	s.handled()
	second.leave(t)
	s.ledger.checkOnce(t, s.sent)
}

// TestGroupTakesOver has a member vanish without a word. Once its session is
// over another one goes on where it had committed.
func TestGroupTakesOver(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions = 4
		topic := newTopic(t, target, partitions)
		all := partitionsOf(topic, partitions)
		groupID := kafkabroker.UniqueName(t)
		p := newProducer(t, target)
		var dead, alive ledger
		network := &cuttable{}
		c := openConsumer(t, target, group(groupID), quickly, missedSoon, func(cfg *consumer.Config) {
			cfg.Dialer = network
			cfg.DisableAutoCommit = true
		})
		must(t, c.Subscribe(topic))
		doomed := startMember(t, c, &dead)
		eventually(t, patience, func() error { return shared(all, doomed) })
		survivor := join(t, target, groupID, topic, &alive)
		eventually(t, patience, func() error { return shared(all, doomed, survivor) })

		before := send(t, p, numbered(topic, 400)...)
		eventually(t, patience, func() error { return missingOf(before, &dead, &alive) })
		must(t, doomed.Commit(soon(t)))
		after := send(t, p, numbered(topic, 400)...)
		eventually(t, patience, func() error { return missingOf(after, &dead, &alive) })
		cut := time.Now()
		network.cut()
		eventually(t, patience, func() error { return shared(all, survivor) })
		if took := time.Since(cut); took < 4*time.Second || took > 15*time.Second {
			t.Errorf("the dead member was replaced after %v, want its session timeout of 6s", took)
		}
		eventually(t, patience, func() error { return alive.missing(after) })
		var twice int
		for _, place := range before {
			if dead.has(place) && alive.has(place) {
				twice++
			}
		}
		if twice > 0 {
			t.Errorf("%d records came again though they were committed", twice)
		}
		doomed.stop()
		start := time.Now()
		if err := doomed.Close(within(t, time.Second)); err == nil {
			t.Error("a member without a network tells that it has left the group")
		}
		if took := time.Since(start); took > time.Second+closeSlack {
			t.Errorf("Close took %v, with a deadline of 1s", took)
		}
	})
}

// missingOf is nil once each record is in one of the ledgers.
func missingOf(places []producer.Metadata, ledgers ...*ledger) error {
	for _, l := range ledgers {
		var rest []producer.Metadata
		for _, p := range places {
			if !l.has(p) {
				rest = append(rest, p)
			}
		}
		places = rest
	}
	if len(places) == 0 {
		return nil
	}
	return (&ledger{}).missing(places)
}

// cuttable is a network that can be cut.
type cuttable struct {
	net.Dialer
	mu    sync.Mutex
	conns []net.Conn
	isCut bool
}

func (c *cuttable) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isCut {
		_ = conn.Close()
		return nil, errors.New("the network is cut")
	}
	c.conns = append(c.conns, conn)
	return conn, nil
}

func (c *cuttable) heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = false
}

func (c *cuttable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}

// TestGroupPattern subscribes to a pattern, which finds a topic that comes later.
func TestGroupPattern(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		prefix := kafkabroker.UniqueName(t)
		other := newTopic(t, target, 1)
		createTopic(t, target, prefix+".a", 2)
		p := newProducer(t, target)
		c := newConsumer(t, target, group(prefix), quickly, func(cfg *consumer.Config) { cfg.MetadataMaxAge = 500 * time.Millisecond })
		must(t, c.SubscribePattern(regexp.MustCompile("^"+regexp.QuoteMeta(prefix)+`\.[ab]$`)))
		var l ledger
		m := startMember(t, c, &l)
		first := partitionsOf(prefix+".a", 2)
		eventually(t, patience, func() error { return shared(first, m) })

		createTopic(t, target, prefix+".b", 1)
		createTopic(t, target, prefix+".c", 1)
		eventually(t, patience, func() error { return shared(append(first, partitionsOf(prefix+".b", 1)...), m) })
		sent := send(t, p, append(numbered(prefix+".a", 10), numbered(prefix+".b", 10)...)...)
		send(t, p, append(numbered(other, 1), numbered(prefix+".c", 1)...)...)
		eventually(t, patience, func() error { return l.missing(sent) })
		m.leave(t)
		l.checkOnce(t, sent)
	})
}
