// Package franz runs franz-go in the benchmark.
package franz

import (
	"context"
	"fmt"
	"sync"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/twmb/franz-go/pkg/kgo"
)

const module = "github.com/twmb/franz-go"

// Client is franz-go with its defaults, which are an idempotent producer and a
// linger of 10 ms, and a larger buffer, so that the producer is never short of
// records.
var Client = measure.Client{Name: "franz", Module: module, NewProducer: newProducer, NewConsumer: newConsumer}

// Pooled is Client in an application that takes the trouble to reuse memory: it
// sends each record again once it is acknowledged, supplies the pools that
// franz-go has interfaces for (kgo.WithPools), and recycles what it has read.
var Pooled = measure.Client{Name: "franz-pooled", Module: module, NewProducer: newPooledProducer, NewConsumer: newPooledConsumer}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

type producer struct {
	*kgo.Client
	task    measure.Task
	records *sync.Pool // nil if each record is a new one
}

func newProducer(task measure.Task) (measure.Producer, error) { return produce(task, nil) }

func newPooledProducer(task measure.Task) (measure.Producer, error) {
	return produce(task, &sync.Pool{New: func() any { return new(kgo.Record) }})
}

func produce(task measure.Task, records *sync.Pool) (measure.Producer, error) {
	compression, ok := codecs[task.Codec]
	if !ok {
		return nil, fmt.Errorf("no codec %q", task.Codec)
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(task.Brokers...),
		kgo.DefaultProduceTopic(task.Topic),
		kgo.ProducerBatchCompression(compression),
		kgo.MaxBufferedRecords(1 << 20),
		kgo.MaxBufferedBytes(32 << 20),
	}
	if task.Eager() {
		options = append(options, kgo.ProducerLinger(0))
	}
	if task.Size > 900_000 { // the default is just below a record of 1 MB
		options = append(options, kgo.ProducerBatchMaxBytes(1<<20))
	}
	client, err := kgo.NewClient(options...)
	return &producer{client, task, records}, err
}

func (p *producer) Produce(ctx context.Context, values *measure.Values, n int) error {
	var failed error
	var once sync.Once
	promise := func(r *kgo.Record, err error) {
		if err != nil {
			once.Do(func() { failed = err })
		}
		if p.records != nil {
			p.records.Put(r)
		}
	}
	_ = p.task.Share(n, func(from, to int) error { // what fails, promise knows
		for i := from; i < to; i++ {
			p.Client.Produce(ctx, p.record(values.At(i)), promise)
		}
		return nil
	})
	if err := p.Flush(ctx); err != nil {
		return err
	}
	return failed
}

func (p *producer) record(value []byte) *kgo.Record {
	if p.records == nil {
		return &kgo.Record{Value: value}
	}
	r := p.records.Get().(*kgo.Record)
	*r = kgo.Record{Value: value}
	return r
}

func (p *producer) SendSync(ctx context.Context, value []byte) error {
	return p.ProduceSync(ctx, &kgo.Record{Value: value}).FirstErr()
}

func (p *producer) Send(ctx context.Context, value []byte, acked func(error)) error {
	p.Client.Produce(ctx, &kgo.Record{Value: value}, func(_ *kgo.Record, err error) { acked(err) })
	return nil
}

func (p *producer) Close() error {
	p.Client.Close()
	return nil
}

type consumer struct {
	*kgo.Client
	pooled bool
}

func newConsumer(task measure.Task) (measure.Consumer, error) { return consume(task, false) }

func newPooledConsumer(task measure.Task) (measure.Consumer, error) {
	return consume(task, true, kgo.WithPools(&recordPool{}, &bytesPool{}))
}

func consume(task measure.Task, pooled bool, options ...kgo.Opt) (measure.Consumer, error) {
	options = append(options, kgo.SeedBrokers(task.Brokers...))
	if task.GroupID != "" {
		options = append(options, kgo.ConsumerGroup(task.GroupID), kgo.ConsumeTopics(task.Topic),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	} else {
		offsets := map[int32]kgo.Offset{}
		for i := range task.Partitions {
			offsets[int32(i)] = kgo.NewOffset().AtStart()
		}
		options = append(options, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{task.Topic: offsets}))
	}
	if task.Mode == measure.Join848 {
		options = append(options, kgo.ServerSideBalancer())
	}
	client, err := kgo.NewClient(options...)
	return consumer{client, pooled}, err
}

func (c consumer) Consume(ctx context.Context, n int, sum *measure.Sum) error {
	for sum.Records < n {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for r := range fetches.RecordsAll() {
			sum.Add(r.Value)
			if sum.Seen != nil {
				sum.Seen(r.Value)
			}
			if c.pooled {
				r.Recycle()
			}
		}
	}
	return nil
}

func (c consumer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), measure.CloseLimit)
	defer cancel()
	err := c.LeaveGroupContext(ctx)
	c.Client.Close()
	return err
}

// recordPool is a kgo.PoolRecords.
type recordPool struct{ pool sync.Pool }

func (p *recordPool) GetRecords(n int) []kgo.Record {
	if s, ok := p.pool.Get().(*[]kgo.Record); ok && cap(*s) >= n {
		return (*s)[:0]
	}
	return make([]kgo.Record, 0, n)
}

func (p *recordPool) PutRecords(s []kgo.Record) { p.pool.Put(&s) }

// bytesPool is a kgo.PoolDecompressBytes.
type bytesPool struct{ pool sync.Pool }

func (p *bytesPool) GetDecompressBytes(compressed []byte, _ kgo.CompressionCodecType) []byte {
	if s, ok := p.pool.Get().(*[]byte); ok {
		return (*s)[:0]
	}
	return make([]byte, 0, 4*len(compressed))
}

func (p *bytesPool) PutDecompressBytes(s []byte) { p.pool.Put(&s) }
