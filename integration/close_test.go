package integration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// A closable is a client to be closed, perhaps while it is at work.
type closable struct {
	name  string
	close func(context.Context) error
	// work runs until the client is closed, and returns why it ended, which must
	// be closed. It is nil if the client is idle.
	work   func() error
	closed error
}

// clients are clients of all kinds, idle and at work on a topic. Among them is a
// producer that fills its buffer.
func clients(t *testing.T, target kafkabroker.Target, topic string) ([]closable, *producer.Producer) {
	t.Helper()
	idle, busy := openProducer(t, target), openProducer(t, target, func(cfg *producer.Config) { cfg.BufferMemory = 64 << 10 })
	idleConsumer := openConsumer(t, target, group(topic))
	assigned, member := openConsumer(t, target), openConsumer(t, target, groupIfStored(target, topic), quickly, func(cfg *consumer.Config) {
		cfg.AutoCommitInterval = 100 * time.Millisecond
	})
	must(t, assigned.Assign(cluster.TopicPartition{Topic: topic}))
	if can(target, groups) {
		must(t, member.Subscribe(topic))
	} else {
		must(t, member.Assign(cluster.TopicPartition{Topic: topic}))
	}
	idleClient, err := cluster.NewClient(clusterConfig(t, target))
	must(t, err)
	busyClient, err := cluster.NewClient(clusterConfig(t, target))
	must(t, err)
	background := context.Background()
	return []closable{
		{"idle producer", idle.Close, nil, nil},
		{"idle consumer", idleConsumer.Close, nil, nil},
		{"idle client", idleClient.Close, nil, nil},
		{"producer with a full buffer", busy.Close, func() (err error) {
			for value := make([]byte, 1000); err == nil; {
				_, err = busy.Send(background, record.Record{Topic: topic, Value: value})
			}
			return err
		}, producer.ErrClosed},
		{"consumer that polls", assigned.Close, pollUntilError(assigned), consumer.ErrClosed},
		{"member that polls", member.Close, pollUntilError(member), consumer.ErrClosed},
		{"client that asks", busyClient.Close, func() (err error) {
			for err == nil {
				_, err = busyClient.WaitTopic(background, topic)
				if err == nil {
					err = busyClient.Refresh(background)
				}
			}
			return err
		}, cluster.ErrClosed},
	}, busy
}

func pollUntilError(c *consumer.Consumer) func() error {
	return func() (err error) {
		for err == nil {
			_, err = c.Poll(context.Background())
		}
		return err
	}
}

// closeTimeout is the deadline of Close in these tests, closeSlack what a busy
// machine may add.
const (
	closeTimeout = time.Second
	closeSlack   = 5 * time.Second
)

// closeAll closes clients at the same time, twice each, and returns the errors.
// Each call has to return in time, and the work to end.
func closeAll(t *testing.T, list []closable, working map[string]<-chan error) map[string]error {
	t.Helper()
	errs := make(map[string]error)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, c := range list {
		wg.Go(func() {
			err := timedClose(t, c)
			_ = timedClose(t, c) // the first one's error counts
			mu.Lock()
			defer mu.Unlock()
			errs[c.name] = err
		})
	}
	wg.Wait()
	for _, c := range list {
		if c.work == nil {
			continue
		}
		select {
		case err := <-working[c.name]:
			if !errors.Is(err, c.closed) {
				t.Errorf("%s: its work ended with %v, want %v", c.name, err, c.closed)
			}
		case <-time.After(closeSlack):
			t.Errorf("%s: its work goes on after Close", c.name)
		}
	}
	return errs
}

func timedClose(t *testing.T, c closable) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	start := time.Now()
	err := c.close(ctx)
	if took := time.Since(start); took > closeTimeout+closeSlack {
		t.Errorf("%s: Close took %v, with a deadline of %v", c.name, took, closeTimeout)
	}
	return err
}

// work starts the work of all that have some.
func work(list []closable) map[string]<-chan error {
	working := make(map[string]<-chan error)
	for _, c := range list {
		if c.work != nil {
			ended := make(chan error, 1)
			working[c.name] = ended
			go func() { ended <- c.work() }()
		}
	}
	return working
}

// TestCloseNeverConnected closes clients that have found no broker.
func TestCloseNeverConnected(t *testing.T) {
	t.Parallel()
	kafkatest.CheckLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	list, _ := clients(t, address(l.Addr().String()), "t")
	for name, err := range closeAll(t, list, work(list)) {
		if err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
	}
}

// TestClose closes clients at work on a cluster that is well, silent, or gone.
func TestClose(t *testing.T) {
	forEachNew(t, kafkabroker.Config{}, func(t *testing.T, target kafkabroker.FaultyTarget) {
		node := target.Nodes()[0]
		well := func(int32) error { return nil }
		for _, state := range []struct {
			name   string
			breaks bool
			fault  func(int32) error
		}{{"well", false, well}, {"silent", true, target.Pause}, {"resumed", false, target.Resume}, {"gone", true, target.Kill}} {
			t.Run(state.name, func(t *testing.T) {
				if !state.breaks {
					must(t, state.fault(node))
				}
				topic := newTopic(t, target, 1)
				send(t, newProducer(t, target), numbered(topic, 1)...)
				list, busy := clients(t, target, topic)
				working := work(list)
				waitUntilBusy(t, target, topic)
				if state.breaks {
					must(t, state.fault(node))
					waitUntilFull(t, busy, topic)
				}
				loses := map[string]bool{"producer with a full buffer": state.breaks, "member that polls": state.breaks && can(target, offsetStorage)}
				checkCloseErrors(t, closeAll(t, list, working), loses)
			})
		}
	})
}

// waitUntilBusy waits until records flow and the group has a member with
// partitions, who has committed.
func waitUntilBusy(t *testing.T, target kafkabroker.Target, topic string) {
	t.Helper()
	c := newConsumer(t, target, groupIfStored(target, topic), manually)
	tp := cluster.TopicPartition{Topic: topic}
	must(t, c.Assign(tp))
	receiveAtLeast(t, c, 100)
	if !can(target, offsetStorage) {
		return
	}
	eventually(t, patience, func() error {
		offsets, err := c.Committed(soon(t), tp)
		must(t, err)
		if offsets[tp].Offset == 0 {
			return errors.New("the member has committed nothing")
		}
		return nil
	})
}

// waitUntilFull waits until a producer takes no more records.
func waitUntilFull(t *testing.T, p *producer.Producer, topic string) {
	t.Helper()
	eventually(t, patience, func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := p.Send(ctx, record.Record{Topic: topic, Value: make([]byte, 1000)}); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("the producer's buffer is not full: Send: %w", err)
		}
		return nil
	})
}

// checkCloseErrors checks that Close fails exactly where something is lost: a
// record that was accepted, or that a member leaves.
func checkCloseErrors(t *testing.T, errs map[string]error, loses map[string]bool) {
	t.Helper()
	for name, err := range errs {
		switch {
		case !loses[name]:
			if err != nil {
				t.Errorf("%s: Close: %v", name, err)
			}
		case !errors.Is(err, context.DeadlineExceeded):
			t.Errorf("%s: Close: %v, want that its deadline was exceeded", name, err)
		}
	}
}

// TestCloseDelivers closes a producer whose records would linger for long.
func TestCloseDelivers(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 3)
		p := openProducer(t, target, func(cfg *producer.Config) {
			cfg.Linger = time.Minute
			cfg.DeliveryTimeout = 2 * time.Minute
		})
		var futures []producer.Future
		sent := numbered(topic, 1000)
		for _, rec := range sent {
			f, err := p.Send(soon(t), rec)
			must(t, err)
			futures = append(futures, f)
		}
		must(t, p.Close(soon(t)))
		places := make([]producer.Metadata, len(futures))
		for i, f := range futures {
			var err error
			places[i], err = f.Get(soon(t))
			must(t, err)
		}
		c := newConsumer(t, target)
		must(t, c.Assign(partitionsOf(topic, 3)...))
		checkReceived(t, receive(t, c, len(sent)), sent, places)
	})
}

// TestCloseInRebalance closes members of a group that waits for one of them.
func TestCloseInRebalance(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 2)
		send(t, newProducer(t, target), numbered(topic, 10)...)
		slow := openConsumer(t, target, group(topic), quickly)
		must(t, slow.Subscribe(topic))
		receiveAtLeast(t, slow, 1) // and polls no more, so that the next one waits for it
		late := openConsumer(t, target, group(topic), quickly)
		must(t, late.Subscribe(topic))
		if records, err := late.Poll(within(t, 500*time.Millisecond)); len(records) > 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a member that waits for another got %d records, %v", len(records), err)
		}
		list := []closable{{name: "member that waits", close: late.Close}, {name: "member that is waited for", close: slow.Close}}
		for name, err := range closeAll(t, list, work(list)) {
			if err != nil {
				t.Errorf("%s: Close: %v", name, err)
			}
		}
	})
}
