package barnabas

import (
	"context"

	"github.com/barnabas-go/kafka/cluster"
	kafka "github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/bench/measure"
)

type consumer struct{ *kafka.Consumer }

func newConsumer(task measure.Task) (measure.Consumer, error) {
	c, err := kafka.New(kafka.Config{
		Config:          cluster.Config{BootstrapServers: task.Brokers},
		GroupID:         task.GroupID,
		AutoOffsetReset: kafka.ResetEarliest,
		GroupProtocol:   protocolOf(task),
	})
	if err != nil {
		return nil, err
	}
	if task.GroupID != "" {
		return consumer{c}, c.Subscribe(task.Topic)
	}
	partitions := make([]kafka.TopicPartition, task.Partitions)
	for i := range partitions {
		partitions[i] = kafka.TopicPartition{Topic: task.Topic, Partition: int32(i)}
	}
	return consumer{c}, c.Assign(partitions...)
}

func protocolOf(task measure.Task) kafka.GroupProtocol {
	if task.Mode == measure.Join848 {
		return kafka.ConsumerProtocol
	}
	return kafka.ClassicProtocol
}

func (c consumer) Consume(ctx context.Context, n int, sum *measure.Sum) error {
	seen := sum.Seen
	for rec, err := range c.Records(ctx) {
		if err != nil {
			return err
		}
		if seen != nil {
			seen(rec.Value)
		}
		if sum.Add(rec.Value); sum.Records == n {
			return nil
		}
	}
	return ctx.Err()
}

func (c consumer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), measure.CloseLimit)
	defer cancel()
	return c.Consumer.Close(ctx)
}
