//go:build cgo

package main

import (
	"context"
	"strings"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

type consumer struct{ *kafka.Consumer }

func newConsumer(task measure.Task) (measure.Consumer, error) {
	groupID := task.GroupID
	if groupID == "" {
		groupID = "unused" // librdkafka wants one even if nothing is committed
	}
	protocol := "classic"
	if task.Mode == measure.Join848 {
		protocol = "consumer"
	}
	c, err := kafka.NewConsumer(&kafka.ConfigMap{
		"bootstrap.servers":  strings.Join(task.Brokers, ","),
		"group.id":           groupID,
		"auto.offset.reset":  "earliest",
		"enable.auto.commit": task.GroupID != "",
		"check.crcs":         true,
		"group.protocol":     protocol,
		// By default librdkafka pauses for a second whenever 100,000 messages wait.
		"queued.min.messages":    1_000_000,
		"fetch.queue.backoff.ms": 10,
	})
	if err != nil {
		return nil, err
	}
	if task.GroupID != "" {
		return consumer{c}, c.Subscribe(task.Topic, nil)
	}
	partitions := make([]kafka.TopicPartition, task.Partitions)
	for i := range partitions {
		partitions[i] = kafka.TopicPartition{Topic: &task.Topic, Partition: int32(i), Offset: kafka.OffsetBeginning}
	}
	return consumer{c}, c.Assign(partitions)
}

func (c consumer) Consume(ctx context.Context, n int, sum *measure.Sum) error {
	for sum.Records < n {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch e := c.Poll(100).(type) {
		case *kafka.Message:
			if err := e.TopicPartition.Error; err != nil {
				return err
			}
			sum.Add(e.Value)
			if sum.Seen != nil {
				sum.Seen(e.Value)
			}
		case kafka.Error:
			if e.IsFatal() {
				return e
			}
		}
	}
	return nil
}
