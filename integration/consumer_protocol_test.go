package integration

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/protocol"
)

// forEachWithConsumerProtocol is forEach where there are groups of KIP-848.
// Elsewhere members must be told so.
func forEachWithConsumerProtocol(t *testing.T, test func(t *testing.T, target kafkabroker.Target)) {
	t.Helper()
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if can(target, consumerProtocol) {
			test(t, target)
			return
		}
		topic := newTopic(t, target, 1)
		c := newConsumer(t, target, group(topic), manually, byConsumerProtocol)
		must(t, c.Subscribe(topic))
		_, err := c.Poll(soon(t))
		wantError(t, err, "group.protocol=consumer", "Kafka 4.0 or later is needed", target.BootstrapServers()[0], "GroupProtocol to ClassicProtocol")
	})
}

// byConsumerProtocol has the brokers divide the partitions of the group.
func byConsumerProtocol(cfg *consumer.Config) {
	cfg.GroupProtocol = consumer.ConsumerProtocol
	cfg.SessionTimeout, cfg.HeartbeatInterval, cfg.Assignors = 0, 0, nil
}

// setGroup changes a setting of one group, in place of the brokers' own.
func setGroup(t *testing.T, target kafkabroker.Target, groupID, name, value string) {
	t.Helper()
	resp, err := newClient(t, target).DoAny(soon(t), &protocol.IncrementalAlterConfigsRequest{
		Resources: []protocol.IncrementalAlterConfigsRequestResource{{
			ResourceType: protocol.GroupConfig, ResourceName: groupID,
			Configs: []protocol.IncrementalAlterConfigsRequestConfig{{Name: name, Value: &value}},
		}},
	})
	must(t, err)
	for _, r := range resp.(*protocol.IncrementalAlterConfigsResponse).Responses {
		if r.ErrorCode != protocol.ErrNone {
			t.Fatalf("setting %s of group %s: %v", name, groupID, r.ErrorCode)
		}
	}
}

// TestConsumerGroupShares has members of a group of KIP-848 come and go, in good
// order, while records are produced: each record reaches one of them, once.
func TestConsumerGroupShares(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) { comeAndGo(t, target, byConsumerProtocol) })
}

// TestConsumerGroupFences has a member cut off for longer than its session.
// Another takes over; when the network is there again the member learns that it
// has lost its partitions, what it commits as their owner is refused and changes
// nothing, and it gets its share anew.
func TestConsumerGroupFences(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions = 4
		topic := newTopic(t, target, partitions)
		all := partitionsOf(topic, partitions)
		groupID := kafkabroker.UniqueName(t)
		setGroup(t, target, groupID, "consumer.session.timeout.ms", "2000")
		p := newProducer(t, target)
		o := newOwners()
		var cutOff, survivor ledger
		network := &cuttable{}
		outcome, commit := make(chan error, 1), make(chan error, 1)
		fenced := join(t, target, groupID, topic, &cutOff, byConsumerProtocol, o.listen("fenced"), manually, func(cfg *consumer.Config) {
			cfg.Dialer = network
			lost := cfg.RebalanceListener.Lost
			cfg.RebalanceListener.Lost = func(ctx context.Context, c *consumer.Consumer, partitions []cluster.TopicPartition) {
				commit <- <-outcome // before the member is back: kfake would let it commit what it does not have
				lost(ctx, c, partitions)
			}
		})
		other := join(t, target, groupID, topic, &survivor, byConsumerProtocol, o.listen("other"), manually)
		eventually(t, patience, func() error { return shared(all, fenced, other) })
		sent := send(t, p, numbered(topic, 200)...)
		eventually(t, patience, func() error { return missingOf(sent, &cutOff, &survivor) })
		before := fenced.GroupMetadata()
		own := fenced.Assignment()

		network.cut()
		const stale = 7
		must(t, fenced.CommitAsync(t.Context(), offsetsOf(stale, own...), func(err error) { outcome <- err }))
		eventually(t, patience, func() error { return shared(all, other) })
		sent = append(sent, send(t, p, numbered(topic, 200)...)...)
		eventually(t, patience, func() error { return survivor.missing(sent[200:]) })
		network.heal()
		eventually(t, patience, func() error { return shared(all, fenced, other) })
		if _, lost := o.told("fenced"); lost != 1 {
			t.Errorf("the member was told %d times that it lost its partitions", lost)
		}
		if now := fenced.GroupMetadata(); now.MemberID != before.MemberID || now.ID <= before.ID {
			t.Errorf("the member is %v, was %v", now.Generation, before.Generation)
		}
		wantRefused(t, <-commit)
		committed, err := fenced.Committed(soon(t), own...)
		must(t, err)
		for tp, offset := range committed {
			if offset.Offset == stale {
				t.Errorf("the stale commit of %s is applied", tp)
			}
		}
		must(t, fenced.CommitOffsets(soon(t), offsetsOf(1, fenced.Assignment()...)))
		wantRefused(t, fenced.CommitOffsets(soon(t), offsetsOf(1, other.Assignment()...)))
		fenced.leave(t)
		eventually(t, 5*time.Second, func() error { return shared(all, other) })
		other.leave(t)
	})
}

func offsetsOf(offset int64, partitions ...cluster.TopicPartition) map[cluster.TopicPartition]consumer.OffsetAndMetadata {
	offsets := make(map[cluster.TopicPartition]consumer.OffsetAndMetadata)
	for _, tp := range partitions {
		offsets[tp] = consumer.OffsetAndMetadata{Offset: offset, LeaderEpoch: -1}
	}
	return offsets
}

// wantRefused fails the test unless a commit was refused for good.
func wantRefused(t *testing.T, err error) {
	t.Helper()
	var failed *coordinator.CommitFailedError
	if !errors.As(err, &failed) {
		t.Errorf("the commit's error is %v, want a CommitFailedError", err)
	}
}

// TestConsumerGroupStatic restarts a static member: it gets the same partitions,
// nobody else gets them meanwhile, and a second one by its name is refused.
func TestConsumerGroupStatic(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions = 6
		topic := newTopic(t, target, partitions)
		all := partitionsOf(topic, partitions)
		groupID := kafkabroker.UniqueName(t)
		p := newProducer(t, target)
		o := newOwners()
		var l ledger
		static := func(name string) *member {
			return join(t, target, groupID, topic, &l, byConsumerProtocol, o.listen(name), func(cfg *consumer.Config) { cfg.GroupInstanceID = name })
		}
		one, two := static("one"), static("two")
		eventually(t, patience, func() error { return shared(all, one, two) })
		own := one.Assignment()
		events, _ := o.told("two")
		sent := send(t, p, numbered(topic, 200)...)
		eventually(t, patience, func() error { return l.missing(sent) })

		usurper := newConsumer(t, target, group(groupID), byConsumerProtocol, func(cfg *consumer.Config) { cfg.GroupInstanceID = "one" })
		must(t, usurper.Subscribe(topic))
		_, err := usurper.Poll(soon(t))
		if !errors.Is(err, protocol.ErrUnreleasedInstanceID) {
			t.Errorf("a second member with the same instance id gets %v", err)
		}
		wantError(t, err, "InstanceID (group.instance.id)", `"one"`)

		one.leave(t)
		sent = append(sent, send(t, p, numbered(topic, 200)...)...)
		one = static("one")
		eventually(t, patience, func() error { return shared(all, one, two) })
		eventually(t, patience, func() error { return l.missing(sent) })
		if again := one.Assignment(); !slices.Equal(again, own) {
			t.Errorf("after the restart the member has %v, before %v", again, own)
		}
		if now, _ := o.told("two"); now != events {
			t.Errorf("the other member was told of %d rebalances", now-events)
		}
		one.leave(t)
		two.leave(t)
		l.checkOnce(t, sent)
		o.check(t)
	})
}

// TestConsumerGroupPattern has the brokers match a pattern, which finds a topic
// that comes later. (They look for new ones every ten seconds.)
func TestConsumerGroupPattern(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		prefix := kafkabroker.UniqueName(t)
		other := newTopic(t, target, 1)
		createTopic(t, target, prefix+".a", 2)
		p := newProducer(t, target)
		c := newConsumer(t, target, group(prefix), byConsumerProtocol)
		must(t, c.SubscribePattern(regexp.MustCompile(regexp.QuoteMeta(prefix)+`\.[ab]$`)))
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

// TestConsumerGroupResubscribes leaves a group by Unsubscribe and is back with
// other topics, where the others are told at once.
func TestConsumerGroupResubscribes(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		a, b := newTopic(t, target, 4), newTopic(t, target, 2)
		groupID := kafkabroker.UniqueName(t)
		p := newProducer(t, target)
		var l ledger
		m := join(t, target, groupID, a, &l, byConsumerProtocol)
		stays := join(t, target, groupID, a, &l, byConsumerProtocol)
		eventually(t, patience, func() error { return shared(partitionsOf(a, 4), m, stays) })
		sent := send(t, p, append(numbered(a, 50), numbered(b, 50)...)...)
		eventually(t, patience, func() error { return l.missing(sent[:50]) })

		must(t, m.Subscribe(a, b))
		eventually(t, patience, func() error {
			if own := m.Assignment(); !slices.Contains(own, cluster.TopicPartition{Topic: b, Partition: 1}) {
				return fmt.Errorf("the member has %v", own)
			}
			return nil
		})
		eventually(t, patience, func() error { return l.missing(sent) })
		m.stop()
		must(t, m.Unsubscribe(soon(t)))
		eventually(t, 5*time.Second, func() error { return shared(partitionsOf(a, 4), stays) })
		must(t, m.Subscribe(b))
		again := startMember(t, m.Consumer, &l)
		eventually(t, patience, func() error { return shared(partitionsOf(b, 2), again) })
		sent = append(sent, send(t, p, append(numbered(a, 50), numbered(b, 50)...)...)...)
		eventually(t, patience, func() error { return l.missing(sent) })
		again.leave(t)
		stays.leave(t)
		l.checkOnce(t, sent)
	})
}

// TestConsumerGroupCommits commits under the epochs of members, which others of
// the group see, and which change while the members read.
func TestConsumerGroupCommits(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		for name, test := range map[string]func(*commitCase){
			"by Unsubscribe":  commitByUnsubscribe,
			"by the listener": commitByListener,
			"over epochs":     commitOverEpochs,
		} {
			t.Run(name, func(t *testing.T) {
				topic := newTopic(t, target, 1)
				send(t, newProducer(t, target), numbered(topic, 100)...)
				test(&commitCase{t, target, cluster.TopicPartition{Topic: topic}, kafkabroker.UniqueName(t), byConsumerProtocol})
			})
		}
	})
}

// commitOverEpochs commits again and again while other members come and go, whose
// rebalances do not concern the one with the partition.
func commitOverEpochs(c *commitCase) {
	own := c.member(manually, most(10))
	must(c.t, own.Subscribe(c.tp.Topic))
	first := own.GroupMetadata()
	for at := int64(0); at < 100; at += 10 {
		c.read(own, at, 10)
		if at%20 == 0 {
			var nothing ledger
			idle := join(c.t, c.target, c.groupID, c.tp.Topic, &nothing, c.protocol)
			eventually(c.t, patience, func() error {
				if g := idle.GroupMetadata(); g.Unjoined {
					return errors.New("not joined yet")
				}
				return nil
			})
			idle.leave(c.t)
		}
		must(c.t, own.Commit(soon(c.t)))
		offsets, err := own.Committed(soon(c.t), c.tp)
		must(c.t, err)
		if offsets[c.tp].Offset != at+10 {
			c.t.Errorf("committed is %d, want %d", offsets[c.tp].Offset, at+10)
		}
	}
	if last := own.GroupMetadata(); last.ID <= first.ID {
		c.t.Errorf("the member's epoch is %d, was %d", last.ID, first.ID)
	}
}

// TestConsumerGroupTopicRecreated deletes a topic and makes it again under its name:
// the members read the new one from its beginning.
func TestConsumerGroupTopicRecreated(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions = 4
		topic := newTopic(t, target, partitions)
		groupID := kafkabroker.UniqueName(t)
		o := newOwners()
		var l, other ledger
		notByItself := func(cfg *consumer.Config) { cfg.DisableAutoTopicCreation = true }
		first := join(t, target, groupID, topic, &l, byConsumerProtocol, o.listen("first"), notByItself)
		second := join(t, target, groupID, topic, &other, byConsumerProtocol, o.listen("second"), notByItself)
		eventually(t, patience, func() error { return shared(partitionsOf(topic, partitions), first, second) })
		sent := send(t, newProducer(t, target), numbered(topic, 200)...)
		eventually(t, patience, func() error { return missingOf(sent, &l, &other) })

		_, err := newClient(t, target).DoController(soon(t), &protocol.DeleteTopicsRequest{
			Topics: []protocol.DeleteTopicsRequestTopic{{Name: &topic}}, TimeoutMs: int32(patience.Milliseconds()),
		})
		must(t, err)
		eventually(t, patience, func() error {
			if n := len(first.Assignment()) + len(second.Assignment()); n > 0 {
				return fmt.Errorf("the members still have %d partitions of a topic that is gone", n)
			}
			return nil
		})
		l.forget()
		other.forget()
		createTopic(t, target, topic, partitions)
		again := send(t, newProducer(t, target), numbered(topic, 200)...)
		eventually(t, patience, func() error { return shared(partitionsOf(topic, partitions), first, second) })
		eventually(t, patience, func() error { return missingOf(again, &l, &other) })
		first.leave(t)
		second.leave(t)
		o.check(t)
	})
}
