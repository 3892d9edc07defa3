package quickstart

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/partitioner"
)

// Config of [Run].
type Config struct {
	Producer kafka.ProducerConfig
	Consumer kafka.ConsumerConfig
	// Topic must exist, be empty, and have so many Partitions.
	Topic      string
	Partitions int32
	// Records to send, each with a value of Size bytes.
	Records int64
	Size    int
	// Patience is for how long nothing may arrive before the rest is taken for
	// lost.
	Patience time.Duration
}

// Progress is how far a run has come. It is safe for concurrent use.
type Progress struct {
	Sent, Acknowledged, Received atomic.Int64
}

// runner is the state of a run.
type runner struct {
	Config
	progress *Progress
	producer *kafka.Producer
	consumer *kafka.Consumer
	checker  *checker
	start    time.Time
	ready    chan struct{} // closed when the consumer has its partitions

	mu     sync.Mutex
	report Report
}

// Run produces and consumes at the same time, and returns what was measured and
// found. The error is of what kept it from doing so; an unfavourable verdict is
// none.
func Run(ctx context.Context, cfg Config, progress *Progress) (*Report, error) {
	r := &runner{
		Config: cfg, progress: progress,
		checker: newChecker(cfg.Records, cfg.Partitions),
		ready:   make(chan struct{}),
		report:  Report{Records: cfg.Records, Size: cfg.Size},
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	err := r.work(ctx)
	if err == nil {
		err = r.measureLog(ctx)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Patience)
	defer cancel()
	if closeErr := errors.Join(r.producer.Close(closing), r.consumer.Close(closing)); err == nil {
		err = closeErr
	}
	r.report.take(r.checker)
	return &r.report, err
}

func (r *runner) open() (err error) {
	producer, consumer := r.Producer, r.Consumer
	producer.Partitioner = partitioner.Manual
	consumer.AutoOffsetReset = kafka.ResetEarliest
	consumer.RebalanceListener.Assigned = func(context.Context, *kafka.Consumer, []kafka.TopicPartition) {
		select {
		case <-r.ready:
		default:
			r.start = time.Now()
			close(r.ready)
		}
	}
	if r.producer, err = kafka.NewProducer(producer); err != nil {
		return err
	}
	if r.consumer, err = kafka.NewConsumer(consumer); err != nil {
		return errors.Join(err, r.producer.Close(context.Background()))
	}
	return r.consumer.Subscribe(r.Topic)
}

// work runs producer and consumer until everything has arrived, or nothing does
// any more.
func (r *runner) work(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var produceErr, consumeErr error
	all.Go(func() {
		if produceErr = r.produce(ctx); produceErr != nil {
			cancel(produceErr)
		}
	})
	all.Go(func() {
		if consumeErr = r.consume(ctx); consumeErr != nil {
			cancel(consumeErr)
		}
	})
	all.Wait()
	if produceErr != nil && !errors.Is(produceErr, context.Canceled) {
		return produceErr
	}
	return errors.Join(consumeErr, context.Cause(ctx))
}

// measureLog finds out how many records the partitions hold: a duplicate that was
// written after the last record arrived is there all the same.
func (r *runner) measureLog(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	ends, err := r.consumer.EndOffsets(ctx, r.consumer.Assignment()...)
	if err != nil {
		return fmt.Errorf("asking for the ends of the partitions: %w", err)
	}
	for _, end := range ends {
		r.report.InLog += end
	}
	return nil
}
