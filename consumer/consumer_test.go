package consumer

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
)

// Without a group, all partitions of the topics are the consumer's, those added
// later, too.
func TestSubscribeWithoutGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 2)
		k.topic("t", 1)
		k.produce(tp(0), "a")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest})
		if _, err := c.Poll(t.Context()); !errors.Is(err, ErrNotSubscribed) {
			t.Errorf("poll before subscribing: %v", err)
		}
		must(t, c.Subscribe("t"))
		expect(t, "records", poll(t, c), []string{"0:0=a"})
		k.set(func() {
			top := k.topics["t"]
			top.partitions = append(top.partitions, &fakeLog{leader: 1, epoch: 1, replica: -1})
		})
		k.produce(tp(1), "b")
		c.client.RequestUpdate()
		expect(t, "records of the new partition", poll(t, c), []string{"1:0=b"})
		expect(t, "assignment", c.Assignment(), []TopicPartition{tp(0), tp(1)})
		expect(t, "subscription", c.Subscription(), []string{"t"})
		var clash *SubscriptionError
		if err := c.Assign(tp(0)); !errors.As(err, &clash) {
			t.Errorf("Assign after Subscribe: %v", err)
		}
	})
}

func TestSubscribePattern(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("foo1", 1)
		k.topic("fizz", 1)
		k.topic("__foo", 1)
		c, g := k.member(t, Config{})
		must(t, c.Unsubscribe(t.Context()))
		g.notes()
		must(t, c.SubscribePattern(regexp.MustCompile("foo")))
		pass(time.Second)
		expect(t, "group", g.notes(), []string{"subscribe foo1"})
		k.topic("foo2", 1)
		c.client.RequestUpdate()
		pass(time.Second)
		expect(t, "group", g.notes(), []string{"subscribe foo1", "subscribe foo2"})
		expect(t, "subscription", c.Subscription(), []string{"foo1", "foo2"})
	})
}

func TestTopicsAndPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("b", 3)
		k.topic("a", 1)
		k.topic("__internal", 1)
		c := k.consumer(t, Config{})
		topics, err := c.Topics(t.Context())
		must(t, err)
		expect(t, "topics", topics, []string{"a", "b"})
		partitions, err := c.PartitionsFor(t.Context(), "b")
		must(t, err)
		expect(t, "partitions", partitions, []int32{0, 1, 2})
		if _, err := c.PartitionsFor(within(t, time.Second), "none"); !errors.Is(err, protocol.ErrUnknownTopicOrPartition) {
			t.Errorf("partitions of no topic: %v", err)
		}
		var name *TopicNameError
		if _, err := c.PartitionsFor(t.Context(), "?"); !errors.As(err, &name) {
			t.Errorf("partitions of an impossible topic: %v", err)
		}
	})
}

// A poll that ends empty tells why nothing came, if something is wrong.
func TestPollTellsWhy(t *testing.T) {
	for name, test := range map[string]struct {
		pattern bool
		fault   func(k *fakeKafka)
		words   string
		is      error
	}{
		"all is well":              {false, func(*fakeKafka) {}, "", nil},
		"all is well, pattern":     {true, func(*fakeKafka) {}, "", nil},
		"no such topic":            {false, func(k *fakeKafka) { delete(k.topics, "t") }, "t", protocol.ErrUnknownTopicOrPartition},
		"nothing listens":          {false, func(k *fakeKafka) { k.down[0] = true }, "node-0:9092", nil},
		"nothing listens, pattern": {true, func(k *fakeKafka) { k.down[0] = true }, "node-0:9092", nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 1)
				k.set(func() { test.fault(k) })
				c := k.consumer(t, Config{})
				if test.pattern {
					must(t, c.SubscribePattern(regexp.MustCompile("t")))
				} else {
					must(t, c.Subscribe("t"))
				}
				_, err := c.Poll(within(t, time.Second))
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), test.words) || test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("poll: %v", err)
				}
				if test.words == "" && err != context.DeadlineExceeded {
					t.Errorf("poll: %v", err)
				}
			})
		})
	}
}

// What the application must change is told at once, not at the end of the context.
func TestForbiddenTopicIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.set(func() { k.topics["t"].err = protocol.ErrTopicAuthorizationFailed })
		c, _ := k.member(t, Config{})
		begin := time.Now()
		if _, err := c.Poll(within(t, time.Minute)); !errors.Is(err, protocol.ErrTopicAuthorizationFailed) || time.Since(begin) > 10*time.Second {
			t.Errorf("poll: %v after %v", err, time.Since(begin))
		}
	})
}

// All methods may be called while another goroutine is in a loop.
func TestConcurrentUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 2)
		k.topic("t", 2)
		for range 50 {
			k.produce(tp(0), slices.Repeat([]string{"x"}, 20)...)
			k.produce(tp(1), slices.Repeat([]string{"y"}, 20)...)
		}
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPartitionFetchBytes: 2000})
		g.send(coordinator.Assign, nil, tp(0), tp(1))
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for _, call := range []func(){
			func() { _ = c.Seek(tp(0), 10) },
			func() { _ = c.Pause(tp(1)); _ = c.Resume(tp(1)) },
			func() { _ = c.Commit(ctx) },
			func() { _, _ = c.Position(ctx, tp(0)); _, _ = c.Lag(tp(1)) },
			func() { _ = c.SeekToBeginning(tp(1)) },
			func() { _, _ = c.Committed(ctx) },
		} {
			wg.Go(func() {
				for ctx.Err() == nil {
					call()
					pass(time.Millisecond)
				}
			})
		}
		n := 0
		for _, err := range c.Records(t.Context()) {
			must(t, err)
			if n++; n == 500 {
				break
			}
			if n%20 == 0 {
				pass(time.Millisecond)
			}
		}
		cancel()
		wg.Wait()
		must(t, c.Close(t.Context()))
	})
}
