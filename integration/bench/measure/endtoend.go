package measure

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// endToEnd has a producer and a consumer of the client in this process. A latency is
// the time from when a record was due to be sent until the application has it. The
// records of the first second are to warm up.
func (w *work) endToEnd(ctx context.Context, task Task) (Result, error) {
	if task.Rate <= 0 {
		return Result{}, fmt.Errorf("rate is %d records/s: want more than 0", task.Rate)
	}
	c, err := w.client.NewConsumer(task)
	if err != nil {
		return Result{}, fmt.Errorf("new consumer: %w", err)
	}
	p, err := w.client.NewProducer(task)
	if err != nil {
		return Result{}, errors.Join(fmt.Errorf("new producer: %w", err), c.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	way := newWay(w.values, task)
	ended := make(chan error, 1)
	go func() { ended <- c.Consume(ctx, way.n, &way.read) }()
	started, err := way.send(ctx, p)
	if err != nil {
		cancel()
	}
	err = errors.Join(err, <-ended)
	result, stopErr := started.stop()
	if err := errors.Join(err, stopErr, p.Close(), c.Close()); err != nil {
		return Result{}, err
	}
	result.setLatencies(way.latencies[task.Rate:])
	return result, way.check()
}

// way is that of n records, numbered by the first eight bytes of their values, from
// the producer to the consumer.
type way struct {
	n, rate   int
	begin     time.Time
	values    *Values
	sent      Sum
	read      Sum
	unknown   atomic.Int64 // records that were not sent
	latencies []time.Duration
}

func newWay(values *Values, task Task) *way {
	n := task.Rate + task.Records
	y := &way{n: n, rate: task.Rate, begin: time.Now().Add(time.Second), values: values, latencies: make([]time.Duration, n)}
	y.read.Seen = y.arrived
	return y
}

func (y *way) due(i int) time.Time {
	return y.begin.Add(time.Duration(i) * time.Second / time.Duration(y.rate))
}

func (y *way) arrived(value []byte) {
	now := time.Now()
	i := binary.BigEndian.Uint64(value)
	if i >= uint64(y.n) {
		y.unknown.Add(1)
		return
	}
	y.latencies[i] = now.Sub(y.due(int(i)))
}

// send sends all, and returns the reading after those that warm up.
func (y *way) send(ctx context.Context, p Producer) (started reading, err error) {
	size := len(y.values.At(0))
	all := make([]byte, y.n*size)
	failures := make(chan error, 1)
	for i := range y.n {
		if i == y.rate {
			if started, err = read(); err != nil {
				return started, err
			}
		}
		value := all[i*size : (i+1)*size]
		copy(value, y.values.At(i))
		binary.BigEndian.PutUint64(value, uint64(i))
		y.sent.Add(value)
		time.Sleep(time.Until(y.due(i)))
		err := p.Send(ctx, value, func(err error) {
			if err != nil {
				select {
				case failures <- err:
				default:
				}
			}
		})
		if err != nil {
			return started, err
		}
		select {
		case err := <-failures:
			return started, err
		default:
		}
	}
	return started, nil
}

func (y *way) check() error {
	if y.unknown.Load() > 0 || !y.read.Equal(y.sent) {
		return fmt.Errorf("%d records were read, %d of them unknown, and %d were sent: they are not the same", y.read.Records, y.unknown.Load(), y.sent.Records)
	}
	return nil
}
