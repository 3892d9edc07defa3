package simulation

import (
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
)

// TestTopicRecreated deletes the topic under a producer at work and creates it
// again, while requests fail. The new topic must have all that was not acknowledged
// by the old one, once and in order, and no record may fail but for one reason:
// the embedded brokers have one epoch for all partitions of a producer, where Kafka
// has one for each. When a partition that has lost its log begins a new one, they
// refuse what was sent to another one before and not answered.
func TestTopicRecreated(t *testing.T) {
	from, to := seeds(t)
	for seed := from; seed <= to; seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { simulateRecreation(t, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func simulateRecreation(t *testing.T, rng *rand.Rand) {
	c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(brokers), kafkatest.Topic(topic, partitions))
	p, err := producer.New(producer.Config{
		Config: cluster.Config{
			BootstrapServers: c.BootstrapServers(), Dialer: c.Dialer(),
			Logger: logger(t), RequestTimeout: 3 * time.Second,
		},
		Partitioner: partitioner.Manual, BatchSize: 500,
	})
	if err != nil {
		t.Fatal(err)
	}
	mend := failSome(c, rng, 5, lossyFault, protocol.Produce)
	defer mend()
	recreated := make(chan error, 1)
	own := rand.New(rand.NewPCG(rng.Uint64(), 6))
	go func() { recreated <- recreate(c, own) }()
	sent := sendLedger(t, p, rng)
	if err := <-recreated; err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	outcomes := collect(t, sent)
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, log := range readLogs(t, c) {
		auditTail(t, log, outcomes[n])
	}
}

// recreate deletes the topic, and creates it again some time later.
func recreate(c *kafkatest.Cluster, rng *rand.Rand) error {
	time.Sleep(time.Duration(rng.IntN(1000)) * time.Millisecond) // virtual
	if err := c.DeleteTopic(topic); err != nil {
		return err
	}
	time.Sleep(time.Duration(100+rng.IntN(3000)) * time.Millisecond) // virtual
	return c.CreateTopic(topic, partitions)
}

// lossyFault has requests and answers lost, or late.
func lossyFault(rng *rand.Rand) kafkatest.Verdict {
	switch rng.IntN(3) {
	case 0:
		return kafkatest.DropRequest()
	case 1:
		return kafkatest.DropResponse()
	default:
		return kafkatest.Delay(time.Duration(rng.IntN(300)) * time.Millisecond)
	}
}

// auditTail holds the log of a partition against what was sent: it must have all
// from some record on that did not fail, in order and where it was acknowledged.
func auditTail(t *testing.T, log []string, outcomes []outcome) {
	delivered := slices.DeleteFunc(slices.Clone(outcomes), func(o outcome) bool {
		return o.offset < 0 && o.possibly && !slices.Contains(log, o.value)
	})
	first := len(delivered) - len(log)
	if first < 0 {
		t.Fatalf("%d records were delivered, the log has %d: %v", len(delivered), len(log), log)
	}
	t.Logf("%d of %d records are in the new topic, %d failed", len(log), len(outcomes), len(outcomes)-len(delivered))
	for _, o := range delivered[:first] {
		if o.offset < 0 {
			t.Errorf("%s was neither acknowledged nor is it in the new topic", o.value)
		}
	}
	for at, o := range delivered[first:] {
		if log[at] != o.value {
			t.Fatalf("the log has %s where %s is due", log[at], o.value)
		}
		if o.offset != int64(at) && !o.possibly {
			t.Errorf("%s was acknowledged at offset %d, want %d", o.value, o.offset, at)
		}
	}
}
