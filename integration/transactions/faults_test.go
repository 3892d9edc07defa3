package transactions

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

// faulty is a transactional producer on an embedded cluster of its own.
type faulty struct {
	*testing.T
	cluster *kafkatest.Cluster
	*kafka.Producer
}

const faultyTopic = "ledger"

// releases have transactions of version 1 and 2.
var releases = []string{"3.9", "4.1"}

func newFaulty(t *testing.T, release string) *faulty {
	t.Helper()
	c := kafkatest.Start(t, kafkatest.Topic(faultyTopic, 1), kafkatest.Release(release))
	p, err := kafka.NewProducer(kafka.ProducerConfig{
		Config: kafka.Config{
			BootstrapServers: c.BootstrapServers(), RetryBackoff: time.Millisecond, RetryBackoffMax: 10 * time.Millisecond,
			Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		},
		TransactionalID: "ledger-1",
	})
	must(t, err)
	closeAtEnd(t, p.Close)
	return &faulty{t, c, p}
}

// write commits a value, and reports how that went.
func (f *faulty) write(ctx context.Context, value string) (kafka.Outcome, error) {
	return f.Transact(ctx, func(tx *kafka.Tx) error {
		_, err := tx.Send(ctx, kafka.Record{Topic: faultyTopic, Value: []byte(value)})
		return err
	})
}

// want reads all that is committed.
func (f *faulty) want(values ...string) {
	f.Helper()
	c, err := kafka.NewConsumer(kafka.ConsumerConfig{
		Config:          kafka.Config{BootstrapServers: f.cluster.BootstrapServers(), Logger: slog.New(slog.DiscardHandler)},
		AutoOffsetReset: kafka.ResetEarliest, IsolationLevel: kafka.ReadCommitted,
	})
	must(f.T, err)
	closeAtEnd(f.T, c.Close)
	must(f.T, c.Assign(kafka.TopicPartition{Topic: faultyTopic}))
	var got []string
	for len(got) == 0 || got[len(got)-1] != values[len(values)-1] {
		records, err := c.Poll(soon(f.T))
		must(f.T, err)
		for _, rec := range records {
			got = append(got, string(rec.Value))
		}
	}
	if !slices.Equal(got, values) {
		f.Errorf("committed are %q, want %q", got, values)
	}
}

// Transactions of version 2 need no requests that add to them.
func TestVersions(t *testing.T) {
	for release, want := range map[string]int{"3.9": 1, "4.1": 0} {
		f := newFaulty(t, release)
		tx := begin(t, f.Producer)
		send(t, tx, faultyTopic, "a")
		must(t, tx.SendOffsets(soon(t), someOffsets, noMember))
		commit(t, tx)
		for _, api := range []protocol.APIKey{protocol.AddPartitionsToTxn, protocol.AddOffsetsToTxn} {
			if got := f.cluster.Requests(api); got != want {
				t.Errorf("%s: %d requests %v, want %d", release, got, api, want)
			}
		}
	}
}

// What passes is tried again, and nobody need know.
func TestPassingErrors(t *testing.T) {
	for _, release := range releases {
		for api, codes := range map[protocol.APIKey][]protocol.ErrorCode{
			protocol.InitProducerId:     {protocol.ErrConcurrentTransactions, protocol.ErrNotCoordinator, protocol.ErrCoordinatorLoadInProgress},
			protocol.AddPartitionsToTxn: {protocol.ErrConcurrentTransactions, protocol.ErrNotCoordinator, protocol.ErrCoordinatorNotAvailable},
			protocol.Produce:            {protocol.ErrConcurrentTransactions, protocol.ErrNotLeaderForPartition, protocol.ErrNotEnoughReplicas},
			protocol.AddOffsetsToTxn:    {protocol.ErrConcurrentTransactions, protocol.ErrNotCoordinator},
			protocol.TxnOffsetCommit:    {protocol.ErrNotCoordinator, protocol.ErrCoordinatorLoadInProgress, protocol.ErrRequestTimedOut},
			protocol.EndTxn:             {protocol.ErrConcurrentTransactions, protocol.ErrNotCoordinator, protocol.ErrCoordinatorNotAvailable},
		} {
			for _, code := range codes {
				t.Run(release+" "+api.String()+" "+code.Name(), func(t *testing.T) {
					f := newFaulty(t, release)
					f.cluster.Intercept(api, kafkatest.Times(2, kafkatest.Fail(code)))
					f.commitsTwice()
				})
			}
		}
	}
}

// commitsTwice commits two transactions with records and offsets, and wants both.
func (f *faulty) commitsTwice() {
	f.Helper()
	for _, value := range []string{"a", "b"} {
		tx := begin(f.T, f.Producer)
		send(f.T, tx, faultyTopic, value)
		must(f.T, tx.SendOffsets(soon(f.T), someOffsets, noMember))
		commit(f.T, tx)
	}
	f.want("a", "b")
}

var (
	someOffsets = map[kafka.TopicPartition]coordinator.OffsetAndMetadata{{Topic: faultyTopic}: {Offset: 1, LeaderEpoch: -1}}
	noMember    = kafka.GroupMetadata{GroupID: "group", Generation: coordinator.NoGeneration}
)

// Connections that break around a request change nothing.
func TestLostRequestsAndResponses(t *testing.T) {
	for _, release := range releases {
		for _, api := range []protocol.APIKey{
			protocol.InitProducerId, protocol.AddPartitionsToTxn, protocol.Produce,
			protocol.AddOffsetsToTxn, protocol.TxnOffsetCommit, protocol.EndTxn,
		} {
			for name, verdict := range map[string]kafkatest.Verdict{"request": kafkatest.DropRequest(), "response": kafkatest.DropResponse()} {
				t.Run(release+" "+api.String()+" "+name, func(t *testing.T) {
					f := newFaulty(t, release)
					f.cluster.Intercept(api, kafkatest.Times(1, verdict))
					f.commitsTwice()
				})
			}
		}
	}
}

// What fails a transaction has no effect, and the next one succeeds.
func TestAbortableErrors(t *testing.T) {
	for _, release := range releases {
		for api, codes := range map[protocol.APIKey][]protocol.ErrorCode{
			protocol.Produce: {
				protocol.ErrOutOfOrderSequenceNumber, protocol.ErrUnknownProducerID, protocol.ErrInvalidProducerEpoch,
				protocol.ErrTransactionAbortable, protocol.ErrInvalidTxnState, protocol.ErrTopicAuthorizationFailed, protocol.ErrInvalidRecord,
			},
			protocol.AddPartitionsToTxn: {protocol.ErrTopicAuthorizationFailed, protocol.ErrInvalidTxnState, protocol.ErrInvalidProducerIDMapping},
			protocol.EndTxn:             {protocol.ErrTransactionAbortable, protocol.ErrInvalidTxnState},
		} {
			if api == protocol.AddPartitionsToTxn && release != "3.9" {
				continue // it is not used
			}
			for _, code := range codes {
				t.Run(release+" "+api.String()+" "+code.Name(), func(t *testing.T) {
					f := newFaulty(t, release)
					f.cluster.Intercept(api, kafkatest.Times(1, kafkatest.Fail(code)))
					outcome, err := f.write(soon(t), "never")
					var abortable *kafka.AbortableError
					if outcome != kafka.Aborted || !errors.As(err, &abortable) || !errors.Is(err, code) {
						t.Errorf("%v, %v, want an AbortableError of %v", outcome, err, code)
					}
					for _, value := range []string{"a", "b"} {
						if outcome, err := f.write(soon(t), value); err != nil {
							t.Fatalf("after %v: %v, %v", code, outcome, err)
						}
					}
					f.want("a", "b")
				})
			}
		}
	}
}

// What another transaction would meet again is told apart.
func TestFatalErrors(t *testing.T) {
	for api, codes := range map[protocol.APIKey][]protocol.ErrorCode{
		protocol.InitProducerId: {protocol.ErrTransactionalIDAuthorizationFailed, protocol.ErrInvalidTransactionTimeout},
		protocol.EndTxn:         {protocol.ErrTransactionalIDAuthorizationFailed, protocol.ErrProducerFenced, protocol.ErrInvalidProducerEpoch},
	} {
		for _, code := range codes {
			t.Run(api.String()+" "+code.Name(), func(t *testing.T) {
				f := newFaulty(t, "4.1")
				f.cluster.Intercept(api, kafkatest.Times(1, kafkatest.Fail(code)))
				outcome, err := f.write(soon(t), "never")
				var fatal *kafka.FatalError
				var fenced *kafka.FencedError
				if outcome != kafka.Aborted || !errors.As(err, &fatal) || !errors.Is(err, code) {
					t.Errorf("%v, %v, want a FatalError of %v", outcome, err, code)
				}
				if errors.As(err, &fenced) {
					_, again := f.Begin(soon(t))
					if !errors.As(again, &fenced) {
						t.Errorf("begin: %v, want to be fenced still", again)
					}
					must(t, f.InitTransactions(soon(t)))
				}
				if outcome, err := f.write(soon(t), "a"); err != nil {
					t.Errorf("once it is mended: %v, %v", outcome, err)
				}
				f.want("a")
			})
		}
	}
}

// A commit without an answer is neither committed nor aborted. Asking again finds
// out; and another transaction begins with a clean state.
func TestUnknownOutcome(t *testing.T) {
	for _, release := range releases {
		for name, tt := range map[string]struct {
			verdict kafkatest.Verdict
			again   bool
			want    []string
		}{
			"lost, and asked again":    {kafkatest.Hang(), true, []string{"first", "second"}},
			"handled, and asked again": {kafkatest.HangAfter(), true, []string{"first", "second"}},
			"lost":                     {kafkatest.Hang(), false, []string{"second"}},
			"handled":                  {kafkatest.HangAfter(), false, []string{"first", "second"}},
		} {
			t.Run(release+" "+name, func(t *testing.T) {
				f := newFaulty(t, release)
				asked := make(chan struct{}, 1)
				f.cluster.Intercept(protocol.EndTxn, func(kafkatest.Request) kafkatest.Verdict {
					select {
					case asked <- struct{}{}:
						return tt.verdict
					default:
						return kafkatest.Pass()
					}
				})
				tx := begin(t, f.Producer)
				send(t, tx, faultyTopic, "first")
				ctx, cancel := context.WithTimeout(soon(t), 300*time.Millisecond)
				defer cancel()
				if outcome, err := tx.Commit(ctx); outcome != kafka.Unknown || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("commit: %v, %v", outcome, err)
				}
				if err := tx.Abort(soon(t)); err == nil {
					t.Error("a transaction that may be committed is aborted")
				}
				must(t, f.cluster.DropConnections(0))
				if tt.again {
					commit(t, tx)
				}
				if outcome, err := f.write(soon(t), "second"); err != nil {
					t.Errorf("the second: %v, %v", outcome, err)
				}
				f.want(tt.want...)
			})
		}
	}
}

// A Send that waits, for a topic that there is not, ends with its transaction, and
// one that has failed keeps the transaction from being committed.
func TestSendFails(t *testing.T) {
	f := newFaulty(t, "4.1")
	tx := begin(t, f.Producer)
	waits := make(chan error, 1)
	go func() {
		_, err := tx.Send(soon(t), kafka.Record{Topic: "absent", Value: []byte("v")})
		waits <- err
	}()
	must(t, f.cluster.AwaitRequests(soon(t), protocol.Metadata, 3))
	must(t, tx.Abort(soon(t)))
	if err := <-waits; err == nil {
		t.Error("the record was taken")
	}
	tx = begin(t, f.Producer)
	send(t, tx, faultyTopic, "never")
	_, err := tx.Send(soon(t), kafka.Record{Topic: faultyTopic, Value: make([]byte, 2<<20)})
	var tooLarge *kafka.RecordTooLargeError
	if !errors.As(err, &tooLarge) {
		t.Errorf("send: %v", err)
	}
	if outcome, err := tx.Commit(soon(t)); outcome != kafka.Aborted || !errors.As(err, &tooLarge) {
		t.Errorf("commit: %v, %v", outcome, err)
	}
	if _, err := f.write(soon(t), "a"); err != nil {
		t.Error(err)
	}
	f.want("a")
}

// A broker without transactions is named with its release.
func TestBrokerIsTooOld(t *testing.T) {
	for _, release := range []string{"0.10.0", "0.10.2"} {
		f := newFaulty(t, release)
		_, err := f.Begin(soon(t))
		var fatal *kafka.FatalError
		if !errors.As(err, &fatal) || !strings.Contains(err.Error(), "Kafka 0.11 or later is needed") {
			t.Errorf("%s: %v", release, err)
		}
	}
}
