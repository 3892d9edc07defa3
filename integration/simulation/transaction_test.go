package simulation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

const transactionalID = "simulated"

// TestTransactions makes transactions while requests, responses and nodes fail.
// Of one that is committed, all records are read, once and in order; of one that
// is aborted none; of one whose outcome is unknown all or none.
func TestTransactions(t *testing.T) {
	from, to := seeds(t)
	for seed := from; seed <= to; seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { simulateTransactions(t, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func simulateTransactions(t *testing.T, rng *rand.Rand) {
	c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(brokers), kafkatest.Topic(topic, partitions),
		kafkatest.Release([]string{"2.8", "3.9", "4.1"}[rng.IntN(3)]))
	net := newNetwork(c)
	faults := startFaults(t, c, rng, net, transactionalID)
	mendCoordinators := failSome(c, rng, 4, coordinatorFault, protocol.InitProducerId, protocol.AddPartitionsToTxn, protocol.EndTxn)
	p, err := producer.New(producer.Config{
		Config: cluster.Config{
			BootstrapServers: c.BootstrapServers(), Dialer: net,
			Logger: logger(t), RequestTimeout: 3 * time.Second,
		},
		TransactionalID:    transactionalID,
		TransactionTimeout: 10 * time.Minute,
		Partitioner:        partitioner.Manual,
		BatchSize:          500,
		BufferMemory:       64 << 10,
		DeliveryTimeout:    []time.Duration{4 * time.Second, 2 * time.Minute}[rng.IntN(2)],
	})
	if err != nil {
		t.Fatal(err)
	}
	var made []made
	for n := range 25 {
		made = append(made, makeTransaction(t, p, rng, n))
	}
	faults.stop()
	mendCoordinators()
	tx, err := p.Begin(t.Context()) // so that the last one has ended
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	auditTransactions(t, made, readLogs(t, c))
}

func coordinatorFault(rng *rand.Rand) kafkatest.Verdict {
	switch rng.IntN(7) {
	case 0:
		return kafkatest.DropRequest()
	case 1, 2:
		return kafkatest.DropResponse()
	case 3:
		return kafkatest.Fail(protocol.ErrConcurrentTransactions)
	case 4:
		return kafkatest.Fail(protocol.ErrNotCoordinator)
	case 5:
		return kafkatest.HangAfter()
	default:
		return kafkatest.Delay(time.Duration(rng.IntN(1000)) * time.Millisecond)
	}
}

// made is a transaction: its records in each partition, and what was told of it.
type made struct {
	outcome producer.Outcome
	err     error
	values  [partitions][]string
}

func makeTransaction(t *testing.T, p *producer.Producer, rng *rand.Rand, n int) (m made) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond<<rng.IntN(15))
	defer cancel()
	tx, err := p.Begin(t.Context())
	if err != nil {
		t.Fatalf("begin %d: %v", n, err)
	}
	for i := range 1 + rng.IntN(30) {
		to := rng.IntN(partitions)
		value := fmt.Sprintf("%d/%d", n, i)
		m.values[to] = append(m.values[to], value)
		if _, m.err = tx.Send(ctx, record.Record{Topic: topic, Partition: int32(to), Value: []byte(value)}); m.err != nil {
			break
		}
		if rng.IntN(10) == 0 {
			time.Sleep(time.Duration(rng.IntN(100)) * time.Millisecond) // virtual
		}
	}
	if rng.IntN(5) == 0 {
		m.err = tx.Abort(ctx) // whatever it says, nothing is committed
		return m
	}
	m.outcome, m.err = tx.Commit(ctx)
	if m.outcome == producer.Unknown && rng.IntN(2) == 0 {
		m.outcome, m.err = tx.Commit(t.Context())
	}
	return m
}

// auditTransactions holds what is read against what was told.
func auditTransactions(t *testing.T, made []made, logs [partitions][]string) {
	var want [partitions][]string
	for n, m := range made {
		there := m.outcome == producer.Committed
		if m.outcome == producer.Unknown {
			for to, values := range m.values {
				if len(values) > 0 {
					there = slices.Contains(logs[to], values[0])
				}
			}
		}
		if there {
			for to := range want {
				want[to] = append(want[to], m.values[to]...)
			}
		}
		t.Logf("transaction %d: %v, %v", n, m.outcome, m.err)
	}
	for to := range logs {
		if !slices.Equal(logs[to], want[to]) {
			t.Errorf("partition %d has\n%v, want\n%v", to, logs[to], want[to])
		}
	}
}
