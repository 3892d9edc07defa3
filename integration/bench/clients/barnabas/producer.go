// Package barnabas runs this project's client in the benchmark.
package barnabas

import (
	"context"
	"fmt"
	"sync"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/bench/measure"
	kafka "github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// Client is Barnabas with its defaults: idempotent, batches of up to 1 MiB, a
// linger that adapts.
var Client = measure.Client{
	Name:        "barnabas",
	NewProducer: newProducer,
	NewConsumer: newConsumer,
}

type producer struct {
	*kafka.Producer
	topic string

	futures chan pending // of Send, in order
	waiting sync.WaitGroup
}

type pending struct {
	future kafka.Future
	acked  func(error)
}

func newProducer(task measure.Task) (measure.Producer, error) {
	compression, err := codec.Parse(task.Codec)
	if err != nil {
		return nil, err
	}
	p, err := kafka.New(kafka.Config{
		Config:      cluster.Config{BootstrapServers: task.Brokers},
		Compression: compression,
	})
	if err != nil {
		return nil, err
	}
	b := &producer{Producer: p, topic: task.Topic, futures: make(chan pending, 1<<16)}
	b.waiting.Go(b.wait)
	return b, nil
}

// Produce keeps the last future of each batch only, which the records of a batch
// share: all are acknowledged when these are.
func (p *producer) Produce(ctx context.Context, values *measure.Values, n int) error {
	var last kafka.Future
	var outcomes []kafka.Future
	rec := record.Record{Topic: p.topic}
	for i := range n {
		rec.Value = values.At(i)
		f, err := p.Producer.Send(ctx, rec)
		if err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		if i > 0 && f.Done() != last.Done() {
			outcomes = append(outcomes, last)
		}
		last = f
	}
	if err := p.Flush(ctx); err != nil {
		return err
	}
	for _, f := range append(outcomes, last) {
		if _, err := f.Get(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *producer) SendSync(ctx context.Context, value []byte) error {
	_, err := p.Producer.SendSync(ctx, record.Record{Topic: p.topic, Value: value})
	return err
}

func (p *producer) Send(ctx context.Context, value []byte, acked func(error)) error {
	f, err := p.Producer.Send(ctx, record.Record{Topic: p.topic, Value: value})
	if err != nil {
		return err
	}
	p.futures <- pending{f, acked}
	return nil
}

// wait waits for what Send sent, one after the other: an outcome that is known
// before that of an earlier record counts as known with it.
func (p *producer) wait() {
	for f := range p.futures {
		_, err := f.future.Get(context.Background())
		f.acked(err)
	}
}

func (p *producer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), measure.CloseLimit)
	defer cancel()
	err := p.Producer.Close(ctx)
	close(p.futures)
	p.waiting.Wait()
	return err
}
