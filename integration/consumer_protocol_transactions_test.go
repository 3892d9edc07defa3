package integration

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/exactlyonce"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// TestConsumerGroupExactlyOnce copies a topic by members of the consumer protocol
// that come and go, each with a transaction for every few records: the copies are
// there once. Offsets are committed under the members' epochs.
func TestConsumerGroupExactlyOnce(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions = 4
		input, output := newTopic(t, target, partitions), newTopic(t, target, partitions)
		p := newProducer(t, target)
		var sent []producer.Metadata
		more := func() { sent = append(sent, send(t, p, numbered(input, 300)...)...) }
		started := 0
		start := func() (stop func()) {
			started++
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			id := fmt.Sprintf("%s-%d", input, started)
			go func() { ended <- copyRecords(ctx, t, target, input, output, id) }()
			return func() {
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("copying ended: %v", err)
				}
			}
		}
		got := make(map[string]int)
		reader := newConsumer(t, target, func(cfg *consumer.Config) { cfg.IsolationLevel = consumer.ReadCommitted })
		must(t, reader.Assign(partitionsOf(output, partitions)...))
		read := func() {
			for len(got) < len(sent) {
				records, err := reader.Poll(soon(t))
				must(t, err)
				for _, rec := range records {
					got[string(rec.Value)]++
				}
			}
		}

		more()
		stopFirst := start()
		read()
		stopSecond := start()
		more()
		more()
		stopThird := start()
		more()
		read()
		stopFirst()
		more()
		stopThird()
		more()
		read()
		stopSecond()
		for place, n := range got {
			if n > 1 {
				t.Errorf("the copy of %s is there %d times", place, n)
			}
		}
	})
}

// copyRecords copies records until ctx ends; the values of copies are the places
// of the originals.
func copyRecords(ctx context.Context, t *testing.T, target kafkabroker.Target, input, output, id string) error {
	cfg := consumer.Config{Config: clusterConfig(t, target), GroupID: input, AutoOffsetReset: consumer.ResetEarliest, MaxPollRecords: 20}
	byConsumerProtocol(&cfg)
	return exactlyonce.Run(ctx, exactlyonce.Config{
		Consumer: cfg,
		Producer: producer.Config{Config: clusterConfig(t, target), TransactionalID: id},
		Topics:   []string{input},
		Process: func(ctx context.Context, tx *producer.Tx, records []record.Record) error {
			for _, rec := range records {
				place := fmt.Sprintf("%d@%d", rec.Partition, rec.Offset)
				if _, err := tx.Send(ctx, record.Record{Topic: output, Key: rec.Key, Value: []byte(place)}); err != nil {
					return err
				}
			}
			return nil
		},
	})
}
