// Package sarama runs IBM/sarama in the benchmark.
package sarama

import (
	"context"
	"fmt"
	"sync"
	"time"

	kafka "github.com/IBM/sarama"
	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// Client is sarama as its documents advise for throughput: idempotence, which it
// has by option and with one request in flight only, a flush by size or every
// 5 ms, and wider channels.
var Client = measure.Client{
	Name:        "sarama",
	Module:      "github.com/IBM/sarama",
	NewProducer: newProducer,
	NewConsumer: newConsumer,
}

const channelSize = 4096

var codecs = map[string]kafka.CompressionCodec{
	"none":   kafka.CompressionNone,
	"gzip":   kafka.CompressionGZIP,
	"snappy": kafka.CompressionSnappy,
	"lz4":    kafka.CompressionLZ4,
	"zstd":   kafka.CompressionZSTD,
}

func config() *kafka.Config {
	c := kafka.NewConfig()
	c.Version = kafka.MaxVersion
	c.ChannelBufferSize = channelSize
	return c
}

type producer struct {
	kafka.AsyncProducer
	topic    string
	messages sync.Pool
	sent     sync.WaitGroup // without an outcome
	draining sync.WaitGroup

	failure sync.Once
	failed  error // of the records of Produce
}

func newProducer(task measure.Task) (measure.Producer, error) {
	compression, ok := codecs[task.Codec]
	if !ok {
		return nil, fmt.Errorf("no codec %q", task.Codec)
	}
	c := config()
	c.Producer.Compression = compression
	c.Producer.RequiredAcks = kafka.WaitForAll
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1
	c.Producer.MaxMessageBytes = 1_000_000
	c.Producer.Return.Successes = true
	if !task.Eager() {
		c.Producer.Flush.Bytes = 1_000_000
		c.Producer.Flush.Frequency = 5 * time.Millisecond
	}
	p, err := kafka.NewAsyncProducer(task.Brokers, c)
	if err != nil {
		return nil, err
	}
	s := &producer{AsyncProducer: p, topic: task.Topic}
	s.messages.New = func() any { return new(kafka.ProducerMessage) }
	s.draining.Go(s.drainSuccesses)
	s.draining.Go(s.drainErrors)
	return s, nil
}

func (p *producer) drainSuccesses() {
	for m := range p.Successes() {
		p.outcome(m, nil)
	}
}

func (p *producer) drainErrors() {
	for e := range p.Errors() {
		p.outcome(e.Msg, e.Err)
	}
}

func (p *producer) outcome(m *kafka.ProducerMessage, err error) {
	acked, ok := m.Metadata.(func(error))
	if ok {
		acked(err)
		return
	}
	if err != nil {
		p.failure.Do(func() { p.failed = err })
	}
	*m = kafka.ProducerMessage{}
	p.messages.Put(m)
	p.sent.Done()
}

func (p *producer) Produce(_ context.Context, values *measure.Values, n int) error {
	p.sent.Add(n)
	for i := range n {
		m := p.messages.Get().(*kafka.ProducerMessage)
		m.Topic = p.topic
		m.Value = kafka.ByteEncoder(values.At(i))
		p.Input() <- m
	}
	p.sent.Wait()
	return p.failed
}

func (p *producer) Send(_ context.Context, value []byte, acked func(error)) error {
	p.Input() <- &kafka.ProducerMessage{Topic: p.topic, Value: kafka.ByteEncoder(value), Metadata: acked}
	return nil
}

func (p *producer) SendSync(ctx context.Context, value []byte) error {
	outcome := make(chan error, 1)
	if err := p.Send(ctx, value, func(err error) { outcome <- err }); err != nil {
		return err
	}
	return <-outcome
}

func (p *producer) Close() error {
	p.AsyncClose()
	p.draining.Wait()
	return nil
}
