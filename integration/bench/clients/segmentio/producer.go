// Package segmentio runs segmentio/kafka-go in the benchmark.
package segmentio

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/segmentio/kafka-go"
)

// Client is kafka-go with large batches and a flush every 5 ms in place of its
// defaults of 100 messages and a second. It has no idempotent producer, so that
// its guarantee is less than that of the others.
var Client = measure.Client{
	Name:        "segmentio",
	Module:      "github.com/segmentio/kafka-go",
	NewProducer: newProducer,
	NewConsumer: newConsumer,
}

var codecs = map[string]kafka.Compression{
	"none":   0,
	"gzip":   kafka.Gzip,
	"snappy": kafka.Snappy,
	"lz4":    kafka.Lz4,
	"zstd":   kafka.Zstd,
}

// perCall is how many messages a call of WriteMessages takes: the documents
// advise to hand over many at once.
const perCall = 1000

// maxPending bounds what was written and not acknowledged, in bytes, which the
// Writer itself does not when it is asynchronous.
const maxPending = 32 << 20

type producer struct {
	kafka.Writer
	size int

	mu      sync.Mutex
	changed sync.Cond
	pending int // messages of Produce
	failed  error
}

func newProducer(task measure.Task) (measure.Producer, error) {
	compression, ok := codecs[task.Codec]
	if !ok {
		return nil, fmt.Errorf("no codec %q", task.Codec)
	}
	p := &producer{size: task.Size, Writer: kafka.Writer{
		Addr:         kafka.TCP(task.Brokers...),
		Topic:        task.Topic,
		BatchSize:    2_000,
		BatchTimeout: 5 * time.Millisecond,
		RequiredAcks: kafka.RequireAll,
		Compression:  compression,
		Async:        true,
	}}
	p.changed.L = &p.mu
	p.Completion = p.completed
	switch task.Mode {
	case measure.Latency:
		p.BatchSize, p.Async = 1, false
	case measure.Paced, measure.EndToEnd:
		p.BatchTimeout = time.Millisecond
	}
	return p, nil
}

// completed is told of each batch.
func (p *producer) completed(messages []kafka.Message, err error) {
	own := 0
	for i := range messages {
		if acked, ok := messages[i].WriterData.(func(error)); ok {
			acked(err)
			continue
		}
		own++
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending -= own
	if err != nil && p.failed == nil {
		p.failed = err
	}
	p.changed.Signal()
}

func (p *producer) Produce(ctx context.Context, values *measure.Values, n int) error {
	messages := make([]kafka.Message, 0, perCall)
	for i := range n {
		messages = append(messages, kafka.Message{Value: values.At(i)})
		if len(messages) < perCall && i < n-1 {
			continue
		}
		if err := p.await(maxPending/p.size - len(messages)); err != nil {
			return err
		}
		p.add(len(messages))
		if err := p.WriteMessages(ctx, messages...); err != nil {
			return err
		}
		messages = messages[:0]
	}
	return p.await(0)
}

func (p *producer) add(n int) {
	p.mu.Lock()
	p.pending += n
	p.mu.Unlock()
}

// await waits until no more than n messages are pending.
func (p *producer) await(n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.pending > n && p.failed == nil {
		p.changed.Wait()
	}
	return p.failed
}

func (p *producer) SendSync(ctx context.Context, value []byte) error {
	p.add(1)
	return p.WriteMessages(ctx, kafka.Message{Value: value})
}

func (p *producer) Send(ctx context.Context, value []byte, acked func(error)) error {
	return p.WriteMessages(ctx, kafka.Message{Value: value, WriterData: acked})
}
