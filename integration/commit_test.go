package integration

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

// commitCase is one way to commit, on a topic of one partition with 100 records.
type commitCase struct {
	t       *testing.T
	target  kafkabroker.Target
	tp      cluster.TopicPartition
	groupID string
	// protocol is that of the group.
	protocol func(*consumer.Config)
}

// byClassicProtocol is the default.
func byClassicProtocol(*consumer.Config) {}

// member returns a consumer in the group.
func (c *commitCase) member(change ...func(*consumer.Config)) *consumer.Consumer {
	c.t.Helper()
	return newConsumer(c.t, c.target, append([]func(*consumer.Config){group(c.groupID), quickly, c.protocol}, change...)...)
}

// consumer returns one with the partition assigned.
func (c *commitCase) consumer(change ...func(*consumer.Config)) *consumer.Consumer {
	c.t.Helper()
	own := newConsumer(c.t, c.target, append([]func(*consumer.Config){group(c.groupID)}, change...)...)
	must(c.t, own.Assign(c.tp))
	return own
}

// read polls n records, the first of which must be at the given offset.
func (c *commitCase) read(from *consumer.Consumer, first int64, n int) {
	c.t.Helper()
	records, err := from.Poll(soon(c.t))
	must(c.t, err)
	if len(records) != n || records[0].Offset != first {
		c.t.Fatalf("Poll returned %d records from offset %d, want %d from %d", len(records), records[0].Offset, n, first)
	}
}

// committed is what the group has committed, as another consumer sees it.
func (c *commitCase) committed() (consumer.OffsetAndMetadata, bool) {
	c.t.Helper()
	all, err := c.consumer(manually).Committed(soon(c.t), c.tp)
	must(c.t, err)
	offset, ok := all[c.tp]
	return offset, ok
}

// wantCommitted checks the offset, and that a new consumer begins there.
func (c *commitCase) wantCommitted(want int64) {
	c.t.Helper()
	if got, ok := c.committed(); !ok || got.Offset != want {
		c.t.Errorf("committed is %v, %v, want %d", got, ok, want)
	}
	next := c.consumer(manually, most(10))
	c.read(next, want, 10)
}

func manually(cfg *consumer.Config) { cfg.DisableAutoCommit = true }

// most limits Poll.
func most(n int) func(*consumer.Config) {
	return func(cfg *consumer.Config) { cfg.MaxPollRecords = n }
}

// TestCommit commits in all ways, each seen by other consumers of the group.
func TestCommit(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, offsetStorage) {
			cannotCommit(t, target)
			return
		}
		for name, test := range map[string]func(*commitCase){
			"Commit":                commitPositions,
			"CommitOffsets":         commitOffsets,
			"CommitAsync":           commitAsync,
			"at intervals":          commitAtIntervals,
			"by Close":              commitByClose,
			"CloseWithoutCommit":    closeWithoutCommit,
			"by Close after a loop": commitAfterLoop,
			"by Unsubscribe":        commitByUnsubscribe,
			"by the listener":       commitByListener,
			"while closing":         commitWhileClosing,
			"nothing":               commitNothing,
		} {
			if name == "by Unsubscribe" || name == "by the listener" {
				if !can(target, groups) {
					continue
				}
			}
			t.Run(name, func(t *testing.T) {
				topic := newTopic(t, target, 1)
				send(t, newProducer(t, target), numbered(topic, 100)...)
				test(&commitCase{t, target, cluster.TopicPartition{Topic: topic}, kafkabroker.UniqueName(t), byClassicProtocol})
			})
		}
	})
}

// cannotCommit has brokers asked for what they do not have.
func cannotCommit(t *testing.T, target kafkabroker.Target) {
	topic := newTopic(t, target, 1)
	tp := cluster.TopicPartition{Topic: topic}
	c := newConsumer(t, target, group(topic), manually)
	err := c.CommitOffsets(soon(t), map[cluster.TopicPartition]consumer.OffsetAndMetadata{tp: {Offset: 1}})
	wantError(t, err, "committed offsets", "Kafka 0.8.1 or later is needed", "Kafka 0.8.0")
	_, err = c.Committed(soon(t), tp)
	wantError(t, err, "committed offsets", "Kafka 0.8.1 or later is needed", "Kafka 0.8.0")
}

func commitPositions(c *commitCase) {
	own := c.consumer(manually, most(40))
	c.read(own, 0, 40)
	must(c.t, own.Commit(soon(c.t)))
	c.read(own, 40, 40)
	c.wantCommitted(40)
	must(c.t, own.Commit(soon(c.t)))
	c.wantCommitted(80)
}

func commitOffsets(c *commitCase) {
	own := c.consumer(manually)
	want := consumer.OffsetAndMetadata{Offset: 33, LeaderEpoch: -1, Metadata: "thirty-three ✓"}
	must(c.t, own.CommitOffsets(soon(c.t), map[cluster.TopicPartition]consumer.OffsetAndMetadata{c.tp: want}))
	if !can(c.target, offsetMetadata) {
		want.Metadata = ""
	}
	if got, ok := c.committed(); !ok || got != want {
		c.t.Errorf("committed is %+v, %v, want %+v", got, ok, want)
	}
	c.wantCommitted(33)
}

func commitAsync(c *commitCase) {
	own := c.consumer(manually, most(10))
	done := make(chan error, 9)
	for i := range int64(9) {
		c.read(own, i*10, 10)
		must(c.t, own.CommitAsync(soon(c.t), nil, func(err error) { done <- err }))
	}
	for range 9 {
		must(c.t, <-done)
	}
	c.wantCommitted(90)
}

func commitAtIntervals(c *commitCase) {
	own := c.consumer(most(50), func(cfg *consumer.Config) { cfg.AutoCommitInterval = 100 * time.Millisecond })
	c.read(own, 0, 50)
	eventually(c.t, patience, func() error {
		must(c.t, own.Seek(c.tp, 50)) // so that Poll has something to return
		if _, err := own.Poll(soon(c.t)); err != nil {
			return err
		}
		got, ok := c.committed()
		if !ok || got.Offset < 50 {
			return fmt.Errorf("committed is %v, %v, want 50 or 100", got, ok)
		}
		return nil
	})
}

// commitByClose commits what Poll was called again after.
func commitByClose(c *commitCase) {
	own := c.consumer(most(40))
	c.read(own, 0, 40)
	c.read(own, 40, 40)
	must(c.t, own.Close(soon(c.t)))
	c.wantCommitted(40)
}

func closeWithoutCommit(c *commitCase) {
	own := c.consumer(most(40))
	c.read(own, 0, 40)
	must(c.t, own.CloseWithoutCommit(soon(c.t)))
	commitNothing(c)
}

// commitAfterLoop leaves out the record that the loop was left with.
func commitAfterLoop(c *commitCase) {
	own := c.consumer()
	n := 0
	for _, err := range own.Records(soon(c.t)) {
		must(c.t, err)
		if n++; n == 26 {
			break
		}
	}
	must(c.t, own.Close(soon(c.t)))
	c.wantCommitted(25)
}

func commitByUnsubscribe(c *commitCase) {
	own := c.member(most(40))
	must(c.t, own.Subscribe(c.tp.Topic))
	c.read(own, 0, 40)
	c.read(own, 40, 40)
	must(c.t, own.Unsubscribe(soon(c.t)))
	c.wantCommitted(40)
	must(c.t, own.Subscribe(c.tp.Topic))
	c.read(own, 40, 40)
}

// commitByListener commits when partitions are given up, by Unsubscribe and by
// Close.
func commitByListener(c *commitCase) {
	own := c.member(manually, most(40), func(cfg *consumer.Config) {
		cfg.RebalanceListener.Revoked = func(ctx context.Context, own *consumer.Consumer, _ []cluster.TopicPartition) {
			if err := own.Commit(ctx); err != nil {
				c.t.Errorf("Commit by the listener: %v", err)
			}
		}
	})
	must(c.t, own.Subscribe(c.tp.Topic))
	c.read(own, 0, 40)
	must(c.t, own.Unsubscribe(soon(c.t)))
	c.wantCommitted(40)
	must(c.t, own.Subscribe(c.tp.Topic))
	c.read(own, 40, 40)
	must(c.t, own.Close(soon(c.t)))
	c.wantCommitted(80)
}

// commitWhileClosing does not wait for what it commits, but Close does.
func commitWhileClosing(c *commitCase) {
	own := c.consumer(manually, most(40))
	c.read(own, 0, 40)
	must(c.t, own.CommitAsync(soon(c.t), nil, nil))
	must(c.t, own.Close(soon(c.t)))
	c.wantCommitted(40)
}

// commitNothing checks that nothing is committed, in the answers, and in where a
// consumer begins that is told not to begin elsewhere.
func commitNothing(c *commitCase) {
	if got, ok := c.committed(); ok {
		c.t.Errorf("committed is %v, want nothing", got)
	}
	own := c.consumer(func(cfg *consumer.Config) { cfg.AutoOffsetReset = consumer.ResetNone })
	_, err := own.Poll(soon(c.t))
	var none *consumer.NoOffsetError
	if !errors.As(err, &none) || none.Group != c.groupID {
		c.t.Errorf("Poll without a committed offset: %v", err)
	}
}
