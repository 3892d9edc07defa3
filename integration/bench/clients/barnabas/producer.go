// Package barnabas runs this project's client in the benchmark.
package barnabas

import (
	"context"
	"fmt"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/bench/measure"
	kafka "github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// Batch is Client in an application that has many records at a time, and sends
// these by SendBatch.
var Batch = measure.Client{
	Name:        "barnabas-batch",
	NewProducer: func(task measure.Task) (measure.Producer, error) { return produce(task, true) },
	NewConsumer: newConsumer,
}

// Client is Barnabas with its defaults: idempotent, batches of up to 1 MiB, a
// linger that adapts.
var Client = measure.Client{
	Name:        "barnabas",
	NewProducer: func(task measure.Task) (measure.Producer, error) { return produce(task, false) },
	NewConsumer: newConsumer,
}

type producer struct {
	*kafka.Producer
	task  measure.Task
	batch bool // by SendBatch
}

func produce(task measure.Task, batch bool) (measure.Producer, error) {
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
	return &producer{p, task, batch}, nil
}

func (p *producer) Produce(ctx context.Context, values *measure.Values, n int) error {
	send := p.sendEach
	if p.batch {
		send = p.sendBatches
	}
	return p.task.Share(n, func(from, to int) error { return send(ctx, values, from, to) })
}

// outcomes keeps the last future of each batch only, which the records of a batch
// share: all are acknowledged when these are.
type outcomes struct {
	last kafka.Future
	all  []kafka.Future
}

func (o *outcomes) add(f kafka.Future) {
	if o.last != (kafka.Future{}) && f.Done() != o.last.Done() {
		o.all = append(o.all, o.last)
	}
	o.last = f
}

// wait waits until all are acknowledged.
func (o *outcomes) wait(ctx context.Context, p *kafka.Producer) error {
	if err := p.Flush(ctx); err != nil {
		return err
	}
	for _, f := range append(o.all, o.last) {
		if _, err := f.Get(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *producer) sendEach(ctx context.Context, values *measure.Values, from, to int) error {
	var sent outcomes
	rec := record.Record{Topic: p.task.Topic}
	for i := from; i < to; i++ {
		rec.Value = values.At(i)
		f, err := p.Producer.Send(ctx, rec)
		if err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		sent.add(f)
	}
	return sent.wait(ctx, p.Producer)
}

// batchLength is how many records are handed over at a time.
const batchLength = 500

func (p *producer) sendBatches(ctx context.Context, values *measure.Values, from, to int) error {
	var sent outcomes
	recs := make([]record.Record, batchLength)
	for at := from; at < to; at += batchLength {
		batch := recs[:min(batchLength, to-at)]
		for i := range batch {
			batch[i] = record.Record{Topic: p.task.Topic, Value: values.At(at + i)}
		}
		futures, err := p.SendBatch(ctx, batch)
		if err != nil {
			return fmt.Errorf("record %d: %w", at+len(futures), err)
		}
		for _, f := range futures {
			sent.add(f)
		}
	}
	return sent.wait(ctx, p.Producer)
}

func (p *producer) SendSync(ctx context.Context, value []byte) error {
	_, err := p.Producer.SendSync(ctx, record.Record{Topic: p.task.Topic, Value: value})
	return err
}

func (p *producer) Send(ctx context.Context, value []byte, acked func(error)) error {
	f, err := p.Producer.Send(ctx, record.Record{Topic: p.task.Topic, Value: value})
	if err != nil {
		return err
	}
	f.OnDone(func(_ kafka.Metadata, err error) { acked(err) })
	return nil
}

func (p *producer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), measure.CloseLimit)
	defer cancel()
	return p.Producer.Close(ctx)
}
