package transactions

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// Of two producers with one transactional id the older is fenced, whatever it
// does next, and may take the id back.
func TestFencing(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic, id := newTopic(t, target, 1), kafkabroker.UniqueName(t)
		older, newer := newProducer(t, target, id), newProducer(t, target, id)
		tx := begin(t, older)
		send(t, tx, topic, "older")
		must(t, older.Flush(soon(t)))
		must(t, newer.InitTransactions(soon(t)))
		next := begin(t, newer)
		send(t, next, topic, "newer")
		must(t, newer.Flush(soon(t)))

		outcome, err := tx.Commit(soon(t))
		wantFenced(t, "commit", err)
		if outcome != kafka.Aborted {
			t.Errorf("the commit of the older is %v", outcome)
		}
		_, err = older.Begin(soon(t))
		wantFenced(t, "begin", err)
		wantFenced(t, "abort", tx.Abort(soon(t)))
		_, err = tx.Send(soon(t), kafka.Record{Topic: topic, Value: []byte("zombie")})
		wantFenced(t, "send", err)
		commit(t, next)

		must(t, older.InitTransactions(soon(t)))
		tx = begin(t, older)
		send(t, tx, topic, "older again")
		commit(t, tx)
		_, err = newer.Transact(soon(t), func(tx *kafka.Tx) error {
			_, err := tx.Send(soon(t), kafka.Record{Topic: topic, Value: []byte("newer again")})
			return err
		})
		wantFenced(t, "transact", err)
		wantRead(t, target, topic, "newer", "older again")
	})
}

func wantFenced(t *testing.T, what string, err error) {
	t.Helper()
	var fatal *kafka.FatalError
	var fenced *kafka.FencedError
	if !errors.As(err, &fatal) || !errors.As(err, &fenced) {
		t.Errorf("%s: %v, want a FatalError with a FencedError", what, err)
	}
}

// Offsets are committed with the transaction or not at all.
func TestOffsets(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic, groupID := newTopic(t, target, 1), kafkabroker.UniqueName(t)
		tp := kafka.TopicPartition{Topic: topic}
		p := newProducer(t, target, groupID)
		noMember := kafka.GroupMetadata{GroupID: groupID, Generation: coordinator.NoGeneration}
		committed := func() int64 {
			c := newConsumer(t, target, group(groupID))
			offsets, err := c.Committed(soon(t), tp)
			must(t, err)
			return offsets[tp].Offset
		}
		offsets := func(n int64) map[kafka.TopicPartition]coordinator.OffsetAndMetadata {
			return map[kafka.TopicPartition]coordinator.OffsetAndMetadata{tp: {Offset: n, LeaderEpoch: -1}}
		}
		tx := begin(t, p)
		send(t, tx, topic, "a")
		must(t, tx.SendOffsets(soon(t), offsets(3), noMember))
		commit(t, tx)
		if got := committed(); got != 3 {
			t.Errorf("committed offset %d, want 3", got)
		}
		tx = begin(t, p)
		must(t, tx.SendOffsets(soon(t), offsets(5), noMember))
		must(t, tx.Abort(soon(t)))
		if got := committed(); got != 3 {
			t.Errorf("after an abort the committed offset is %d, want 3", got)
		}
		tx = begin(t, p)
		must(t, tx.SendOffsets(soon(t), offsets(7), noMember))
		commit(t, tx)
		if got := committed(); got != 7 {
			t.Errorf("committed offset %d, want 7", got)
		}
		wantTimes(t, p, "begin", "send-offsets", "commit", "abort")
	})
}

// wantTimes checks that calls have taken time, by the metrics.
func wantTimes(t *testing.T, p *kafka.Producer, calls ...string) {
	t.Helper()
	for _, call := range calls {
		name := "txn-" + call + "-time-ns-total"
		if ns, ok := p.Metrics().Value("producer-metrics", name); !(ns > 1000 && time.Duration(ns) < patience) {
			t.Errorf("%s = %v, %t", name, ns, ok)
		}
	}
}

// A member whose partitions have gone to others cannot commit their offsets, and
// old brokers, which cannot tell, are not asked.
func TestOffsetsOfAnOldGeneration(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic, groupID := newTopic(t, target, 1), kafkabroker.UniqueName(t)
		p := newProducer(t, target, groupID)
		tx := begin(t, p)
		send(t, tx, topic, "input")
		commit(t, tx)
		c := newConsumer(t, target, group(groupID))
		must(t, c.Subscribe(topic))
		records, err := c.Poll(soon(t))
		must(t, err)
		old := c.GroupMetadata()
		offsets := map[kafka.TopicPartition]coordinator.OffsetAndMetadata{{Topic: topic}: {Offset: records[0].Offset + 1, LeaderEpoch: -1}}

		tx = begin(t, p)
		err = tx.SendOffsets(soon(t), offsets, old)
		if broker, ok := target.(*kafkabroker.Cluster); ok && !broker.AtLeast(2, 5) {
			var fatal *kafka.FatalError
			if !errors.As(err, &fatal) {
				t.Errorf("offsets of a member: %v, want a FatalError", err)
			}
			must(t, tx.Abort(soon(t)))
			return
		}
		must(t, err)
		commit(t, tx)

		must(t, c.Unsubscribe(soon(t)))
		tx = begin(t, p)
		send(t, tx, topic, "output")
		err = tx.SendOffsets(soon(t), offsets, old)
		var failed *coordinator.CommitFailedError
		var abortable *kafka.AbortableError
		if !errors.As(err, &failed) || !errors.As(err, &abortable) {
			t.Errorf("offsets of an old generation: %v, want an AbortableError with a CommitFailedError", err)
		}
		outcome, err := tx.Commit(soon(t))
		if outcome != kafka.Aborted || !errors.As(err, &failed) {
			t.Errorf("commit: %v, %v, want it to be aborted for the same reason", outcome, err)
		}
		wantRead(t, target, topic, "input")
	})
}

// A transaction that is open for too long is aborted by the coordinator.
func TestTimeout(t *testing.T) {
	config := kafkabroker.Config{Properties: map[string]string{"transaction.abort.timed.out.transaction.cleanup.interval.ms": "200"}}
	kafkabroker.ForEachNew(t, config, func(t *testing.T, target kafkabroker.FaultyTarget) {
		topic := newTopic(t, target, 1)
		p := newProducer(t, target, topic, func(cfg *kafka.ProducerConfig) { cfg.TransactionTimeout = time.Second })
		tx := begin(t, p)
		send(t, tx, topic, "late")
		must(t, p.Flush(soon(t)))
		other := newProducer(t, target, topic+"-other")
		next := begin(t, other)
		send(t, next, topic, "in time")
		commit(t, next)
		c := newConsumer(t, target)
		must(t, c.Assign(kafka.TopicPartition{Topic: topic}))
		if first, err := c.Poll(soon(t)); err != nil || string(first[0].Value) != "in time" {
			t.Fatalf("the first committed record: %+v, %v", first, err)
		}
		outcome, err := tx.Commit(soon(t))
		var fenced *kafka.FencedError
		if outcome != kafka.Aborted || err == nil || errors.As(err, &fenced) && fenced.Open < time.Second {
			t.Errorf("commit: %v, %v, want it to be aborted", outcome, err)
		}
		if fenced != nil {
			must(t, p.InitTransactions(soon(t)))
		}
		tx = begin(t, p)
		send(t, tx, topic, "next")
		commit(t, tx)
		wantRead(t, target, topic, "in time", "next")
	})
}

// Whoever holds a Tx after its end, or none at all, is told so.
func TestMisuse(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		p := newProducer(t, target, topic)
		want := func(what string, got, want error) {
			t.Helper()
			if !errors.Is(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		rec := kafka.Record{Topic: topic, Value: []byte("v")}
		_, err := p.Send(soon(t), rec)
		want("send without a transaction", err, producer.ErrNoTransaction)
		tx := begin(t, p)
		_, err = p.Begin(soon(t))
		want("begin twice", err, producer.ErrTxOpen)
		want("init within a transaction", p.InitTransactions(soon(t)), producer.ErrTxOpen)
		commit(t, tx)
		_, err = tx.Send(soon(t), rec)
		want("send after commit", err, producer.ErrTxEnded)
		_, err = tx.Commit(soon(t))
		want("commit twice", err, producer.ErrTxEnded)
		want("abort after commit", tx.Abort(soon(t)), producer.ErrTxEnded)

		reason := errors.New("reason")
		var future kafka.Future
		outcome, err := p.Transact(soon(t), func(tx *kafka.Tx) error {
			future, err = tx.Send(soon(t), rec)
			must(t, err)
			return reason
		})
		want("transact", err, reason)
		if outcome != kafka.Aborted {
			t.Errorf("transact: %v", outcome)
		}
		if _, err := future.Get(soon(t)); err != nil {
			want("a record of an aborted transaction", err, producer.ErrTxAborted)
		}
		wantRead(t, target, topic)
	})
}

// A context that ends before the commit aborts, and the producer goes on.
func TestContextEnds(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		p := newProducer(t, target, topic)
		tx := begin(t, p)
		send(t, tx, topic, "never")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if outcome, err := tx.Commit(ended); outcome != kafka.Aborted || !errors.Is(err, context.Canceled) {
			t.Errorf("commit: %v, %v", outcome, err)
		}
		tx = begin(t, p)
		send(t, tx, topic, "then")
		commit(t, tx)
		wantRead(t, target, topic, "then")
	})
}

// The coordinator is killed in the middle of transactions: each ends as it is
// told, all the same.
func TestCoordinatorKilled(t *testing.T) {
	config := kafkabroker.Config{Nodes: 3, Properties: map[string]string{
		"broker.session.timeout.ms": "4000", "zookeeper.session.timeout.ms": "4000",
	}}
	kafkabroker.ForEachNew(t, config, func(t *testing.T, target kafkabroker.FaultyTarget) {
		topic := newTopic(t, target, 3)
		p := newProducer(t, target, topic)
		client, err := cluster.NewClient(clusterConfig(t, target))
		must(t, err)
		closeAtEnd(t, client.Close)
		var want []string
		for _, value := range []string{"a", "b", "c", "d"} {
			tx := begin(t, p)
			send(t, tx, topic, value+" 1")
			must(t, p.Flush(soon(t)))
			if value == "b" {
				coordinator, err := client.Coordinator(soon(t), cluster.TransactionCoordinator, topic)
				must(t, err)
				must(t, target.Kill(coordinator))
			}
			send(t, tx, topic, value+" 2", value+" 3", value+" 4")
			if value == "c" {
				must(t, tx.Abort(soon(t)))
				continue
			}
			commit(t, tx)
			want = append(want, value+" 1", value+" 2", value+" 3", value+" 4")
		}
		wantRead(t, target, topic, want...)
	})
}
