package transactions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/exactlyonce"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

const (
	runInput   = "input"
	runRecords = 50
)

// running is a Run on an embedded cluster, from runInput to faultyTopic.
type running struct {
	*faulty
	cfg    exactlyonce.Config
	rounds atomic.Int64 // of Process
}

func newRunning(t *testing.T, release string) *running {
	t.Helper()
	r := &running{faulty: newFaulty(t, release)}
	must(t, r.cluster.CreateTopic(runInput, 2))
	tx := begin(t, r.Producer)
	for i := range runRecords {
		send(t, tx, runInput, fmt.Sprintf("%02d", i))
	}
	commit(t, tx)
	shared := kafka.Config{BootstrapServers: r.cluster.BootstrapServers(), Logger: clusterLog(t), RequestTimeout: 10 * time.Second}
	r.cfg = exactlyonce.Config{
		Consumer: kafka.ConsumerConfig{Config: shared, GroupID: "copiers", AutoOffsetReset: kafka.ResetEarliest, MaxPollRecords: 10},
		Producer: kafka.ProducerConfig{Config: shared, TransactionalID: "copier-1", TransactionTimeout: 2 * time.Second},
		Topics:   []string{runInput},
		Process: func(ctx context.Context, tx *kafka.Tx, records []kafka.Record) error {
			r.rounds.Add(1)
			for _, rec := range records {
				if _, err := tx.Send(ctx, kafka.Record{Topic: faultyTopic, Value: rec.Value}); err != nil {
					return err
				}
			}
			return nil
		},
	}
	return r
}

// start runs until the returned function is called, which returns Run's error.
func (r *running) start() (stop func() error) {
	ctx, cancel := context.WithCancel(r.Context())
	done := make(chan error, 1)
	go func() { done <- exactlyonce.Run(ctx, r.cfg) }()
	return func() error {
		cancel()
		return <-done
	}
}

// wantCopied waits until all records are there, and checks that they are so once.
func (r *running) wantCopied() {
	r.Helper()
	c, err := kafka.NewConsumer(kafka.ConsumerConfig{
		Config: r.cfg.Consumer.Config, AutoOffsetReset: kafka.ResetEarliest, IsolationLevel: kafka.ReadCommitted,
	})
	must(r.T, err)
	closeAtEnd(r.T, c.Close)
	must(r.T, c.Assign(kafka.TopicPartition{Topic: faultyTopic}))
	var got []string
	for len(got) < runRecords {
		records, err := c.Poll(soon(r.T))
		if err != nil {
			r.Fatalf("after %d records: %v", len(got), err)
		}
		for _, rec := range records {
			got = append(got, string(rec.Value))
		}
	}
	slices.Sort(got)
	for i, value := range got {
		if want := fmt.Sprintf("%02d", i); value != want {
			r.Fatalf("record %d is %q, want %q: %q", i, value, want, got)
		}
	}
}

// Whatever fails a transaction, its records are processed again, and are there
// once.
func TestRunGoesOn(t *testing.T) {
	for _, release := range releases {
		for _, tt := range []struct {
			name    string
			api     protocol.APIKey
			verdict kafkatest.Verdict
		}{
			{"a record is refused", protocol.Produce, kafkatest.Fail(protocol.ErrInvalidRecord)},
			{"offsets are refused", protocol.TxnOffsetCommit, kafkatest.Fail(protocol.ErrIllegalGeneration)},
			{"a commit is refused", protocol.EndTxn, kafkatest.Fail(protocol.ErrTransactionAbortable)},
			{"a commit is lost", protocol.EndTxn, kafkatest.DropRequest()},
			{"the answer to a commit is lost", protocol.EndTxn, kafkatest.DropResponse()},
			{"a commit is not answered", protocol.EndTxn, kafkatest.HangAfter()},
		} {
			t.Run(release+" "+tt.name, func(t *testing.T) {
				r := newRunning(t, release)
				r.cluster.Intercept(tt.api, kafkatest.Times(1, tt.verdict))
				stop := r.start()
				r.wantCopied()
				if err := stop(); !errors.Is(err, context.Canceled) {
					t.Errorf("Run: %v", err)
				}
			})
		}
	}
}

// What Process refuses to handle has no effect, and comes again at the next Run.
func TestRunEndsWithProcess(t *testing.T) {
	r := newRunning(t, "4.1")
	reason := errors.New("reason")
	process := r.cfg.Process
	r.cfg.Process = func(ctx context.Context, tx *kafka.Tx, records []kafka.Record) error {
		if err := process(ctx, tx, records); err != nil || r.rounds.Load() < 3 {
			return err
		}
		return reason
	}
	if err := exactlyonce.Run(soon(t), r.cfg); !errors.Is(err, reason) {
		t.Errorf("Run: %v, want %v", err, reason)
	}
	r.cfg.Process = process
	stop := r.start()
	r.wantCopied()
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}

// Of two that run with one transactional id the older ends, and says why.
func TestRunIsFenced(t *testing.T) {
	r := newRunning(t, "4.1")
	held, release := make(chan struct{}), make(chan struct{})
	process := r.cfg.Process
	r.cfg.Process = func(ctx context.Context, tx *kafka.Tx, records []kafka.Record) error {
		if err := process(ctx, tx, records); err != nil {
			return err
		}
		if r.rounds.Load() == 1 {
			close(held)
			<-release
		}
		return nil
	}
	older := make(chan error, 1)
	go func() { older <- exactlyonce.Run(soon(t), r.cfg) }()
	<-held
	stop := r.start()
	must(t, r.cluster.AwaitRequests(soon(t), protocol.InitProducerId, 3)) // of who filled the input, and both
	close(release)
	wantFenced(t, "the older", <-older)
	r.wantCopied()
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("the newer: %v", err)
	}
}

// Offsets are committed as those of the member that has read the records, so that
// brokers can refuse one whose partitions have gone to others.
func TestRunCommitsAsMember(t *testing.T) {
	r := newRunning(t, "4.1")
	var strangers atomic.Int64
	r.cluster.Intercept(protocol.TxnOffsetCommit, func(req kafkatest.Request) kafkatest.Verdict {
		var commit protocol.TxnOffsetCommitRequest
		c := wire.NewDecoder(req.Body, req.APIVersion, req.APIVersion >= 3)
		defer c.Release()
		commit.Code(c)
		if c.Err() != nil || commit.GenerationID < 1 || commit.MemberID == "" {
			strangers.Add(1)
		}
		return kafkatest.Pass()
	})
	stop := r.start()
	r.wantCopied()
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if n := strangers.Load(); n > 0 {
		t.Errorf("%d commits do not name the member", n)
	}
}

// A transaction has what several polls bring, unless each is to have its own.
func TestRunCommitInterval(t *testing.T) {
	for _, tt := range []struct {
		name        string
		interval    time.Duration
		most        int // records of a transaction
		atLeast, to int // commits
	}{
		{"each poll", -1, 0, runRecords / 10, runRecords},
		{"all in one", 2 * time.Second, 0, 1, 2},
		{"20 records", 2 * time.Second, 20, 2, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRunning(t, "4.1")
			r.cfg.CommitInterval, r.cfg.MaxRecords = tt.interval, tt.most
			r.cfg.Producer.TransactionTimeout = 10 * time.Second
			before := r.cluster.Requests(protocol.EndTxn)
			stop := r.start()
			r.wantCopied()
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Errorf("Run: %v", err)
			}
			if commits := r.cluster.Requests(protocol.EndTxn) - before; commits < tt.atLeast || commits > tt.to {
				t.Errorf("%d commits of %d polls, want %d to %d", commits, r.rounds.Load(), tt.atLeast, tt.to)
			}
		})
	}
}

// What cannot work is said at once.
func TestRunConfig(t *testing.T) {
	err := exactlyonce.Run(t.Context(), exactlyonce.Config{})
	for _, field := range []string{"Consumer.GroupID", "Producer.TransactionalID", "Topics", "Process"} {
		if !hasConfigError(err, field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}

func hasConfigError(err error, field string) bool {
	var config *kafka.ConfigError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return slices.ContainsFunc(joined.Unwrap(), func(err error) bool { return hasConfigError(err, field) })
	}
	return errors.As(err, &config) && config.Field == field
}
