package sarama

import (
	"context"
	"errors"
	"sync"

	kafka "github.com/IBM/sarama"
	"github.com/barnabas-go/kafka/integration/bench/measure"
)

func newConsumer(task measure.Task) (measure.Consumer, error) {
	c := config()
	c.Consumer.Offsets.Initial = kafka.OffsetOldest
	if task.GroupID != "" {
		group, err := kafka.NewConsumerGroup(task.Brokers, task.GroupID, c)
		return &groupConsumer{ConsumerGroup: group, topic: task.Topic}, err
	}
	consumer, err := kafka.NewConsumer(task.Brokers, c)
	return &directConsumer{consumer, task}, err
}

// directConsumer has a channel and a goroutine for each partition.
type directConsumer struct {
	kafka.Consumer
	task measure.Task
}

func (c *directConsumer) Consume(ctx context.Context, n int, sum *measure.Sum) error {
	tally := measure.NewTally(ctx, n, sum)
	var readers sync.WaitGroup
	for i := range c.task.Partitions {
		readers.Go(func() {
			tally.Read(func(add func([]byte)) error { return c.read(tally.Context(), int32(i), add) })
		})
	}
	readers.Wait()
	return tally.Finish()
}

func (c *directConsumer) read(ctx context.Context, partition int32, add func([]byte)) (err error) {
	p, err := c.ConsumePartition(c.task.Topic, partition, kafka.OffsetOldest)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	for {
		select {
		case m := <-p.Messages():
			add(m.Value)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type groupConsumer struct {
	kafka.ConsumerGroup
	topic string
	tally *measure.Tally
}

func (c *groupConsumer) Consume(ctx context.Context, n int, sum *measure.Sum) error {
	c.tally = measure.NewTally(ctx, n, sum)
	for c.tally.Context().Err() == nil {
		if err := c.ConsumerGroup.Consume(c.tally.Context(), []string{c.topic}, c); err != nil {
			return errors.Join(err, c.tally.Finish())
		}
	}
	return c.tally.Finish()
}

func (*groupConsumer) Setup(kafka.ConsumerGroupSession) error   { return nil }
func (*groupConsumer) Cleanup(kafka.ConsumerGroupSession) error { return nil }

// ConsumeClaim reads one partition.
func (c *groupConsumer) ConsumeClaim(session kafka.ConsumerGroupSession, claim kafka.ConsumerGroupClaim) error {
	c.tally.Read(func(add func([]byte)) error {
		for {
			select {
			case m := <-claim.Messages():
				if m == nil {
					return nil
				}
				add(m.Value)
				session.MarkMessage(m, "")
			case <-session.Context().Done():
				return nil
			}
		}
	})
	return nil
}
