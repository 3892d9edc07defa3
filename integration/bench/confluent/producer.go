//go:build cgo

package main

import (
	"context"
	"errors"
	"strings"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

type producer struct {
	*kafka.Producer
	topic kafka.TopicPartition
	ended chan error // of Produce
	left  chan int   // for the reports' reader: how many Produce sends
}

func newProducer(task measure.Task) (measure.Producer, error) {
	config := kafka.ConfigMap{
		"bootstrap.servers":            strings.Join(task.Brokers, ","),
		"acks":                         "all",
		"enable.idempotence":           true,
		"compression.type":             task.Codec,
		"batch.num.messages":           100_000, // batch.size comes first
		"queue.buffering.max.messages": 1_000_000,
		"queue.buffering.max.kbytes":   32 << 10,
		"go.delivery.report.fields":    "none",
	}
	if task.Eager() {
		config["linger.ms"] = 0
	}
	p, err := kafka.NewProducer(&config)
	if err != nil {
		return nil, err
	}
	c := &producer{
		Producer: p,
		topic:    kafka.TopicPartition{Topic: &task.Topic, Partition: kafka.PartitionAny},
		ended:    make(chan error, 1),
		left:     make(chan int, 1),
	}
	go c.readReports()
	return c, nil
}

// readReports ends with the channel, when the producer closes.
func (p *producer) readReports() {
	var total, done int
	var failed error
	for e := range p.Events() {
		switch e := e.(type) {
		case kafka.Error:
			if e.IsFatal() {
				p.ended <- e
				return
			}
		case *kafka.Message:
			err := e.TopicPartition.Error
			if acked, ok := e.Opaque.(func(error)); ok {
				acked(err)
				continue
			}
			failed = errors.Join(failed, err)
			if total == 0 {
				total = <-p.left
			}
			if done++; done == total {
				p.ended <- failed
			}
		}
	}
}

func (p *producer) Produce(ctx context.Context, values *measure.Values, n int) error {
	p.left <- n
	for i := range n {
		if err := p.produce(&kafka.Message{TopicPartition: p.topic, Value: values.At(i)}); err != nil {
			return err
		}
	}
	for p.Flush(1000) > 0 && ctx.Err() == nil {
	}
	select {
	case err := <-p.ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// produce waits while the queue is full, as the documents advise.
func (p *producer) produce(m *kafka.Message) error {
	for {
		err := p.Producer.Produce(m, nil)
		var full kafka.Error
		if err == nil || !errors.As(err, &full) || full.Code() != kafka.ErrQueueFull {
			return err
		}
		p.Flush(1)
	}
}

func (p *producer) Send(_ context.Context, value []byte, acked func(error)) error {
	return p.produce(&kafka.Message{TopicPartition: p.topic, Value: value, Opaque: acked})
}

func (p *producer) SendSync(_ context.Context, value []byte) error {
	reports := make(chan kafka.Event, 1)
	if err := p.Producer.Produce(&kafka.Message{TopicPartition: p.topic, Value: value}, reports); err != nil {
		return err
	}
	return (<-reports).(*kafka.Message).TopicPartition.Error
}

func (p *producer) Close() error {
	p.Producer.Close()
	return nil
}
