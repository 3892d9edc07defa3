package segmentio

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/segmentio/kafka-go"
)

// consumer has a Reader for each partition, or one for the group.
type consumer []*kafka.Reader

func newConsumer(task measure.Task) (measure.Consumer, error) {
	config := kafka.ReaderConfig{
		Brokers:       task.Brokers,
		Topic:         task.Topic,
		GroupID:       task.GroupID,
		StartOffset:   kafka.FirstOffset,
		QueueCapacity: 10_000,
		MaxWait:       500 * time.Millisecond,
	}
	if task.GroupID != "" {
		config.CommitInterval = time.Second
		return consumer{kafka.NewReader(config)}, nil
	}
	var c consumer
	for i := range task.Partitions {
		config.Partition = i
		c = append(c, kafka.NewReader(config))
	}
	return c, nil
}

func (c consumer) Consume(ctx context.Context, n int, sum *measure.Sum) error {
	tally := measure.NewTally(ctx, n, sum)
	var readers sync.WaitGroup
	for _, r := range c {
		readers.Go(func() {
			tally.Read(func(add func([]byte)) error {
				for {
					m, err := r.ReadMessage(tally.Context())
					if err != nil {
						return err
					}
					add(m.Value)
				}
			})
		})
	}
	readers.Wait()
	return tally.Finish()
}

func (c consumer) Close() error {
	errs := make([]error, len(c))
	var closing sync.WaitGroup
	for i, r := range c {
		closing.Go(func() { errs[i] = r.Close() })
	}
	closing.Wait()
	return errors.Join(errs...)
}
