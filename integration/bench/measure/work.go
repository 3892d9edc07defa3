package measure

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// work is a client with the values that it sends.
type work struct {
	client  Client
	values  *Values
	records int // of the whole task
}

// do does a task and measures it.
func (w *work) do(ctx context.Context, task Task) (Result, error) {
	switch task.Mode {
	case Consume, Group:
		return w.consume(ctx, task)
	case Join, Join848:
		return w.join(ctx, task)
	case EndToEnd:
		return w.endToEnd(ctx, task)
	case Idle:
		return w.idle(ctx, task)
	}
	return w.produce(ctx, task)
}

func (w *work) produce(ctx context.Context, task Task) (Result, error) {
	started, err := start()
	if err != nil {
		return Result{}, err
	}
	p, err := w.client.NewProducer(task)
	if err != nil {
		return Result{}, fmt.Errorf("new producer: %w", err)
	}
	var latencies []time.Duration
	switch task.Mode {
	case Produce:
		err = p.Produce(ctx, w.values, task.Records)
	case Latency:
		latencies, err = w.sendOneByOne(ctx, p, task.Records)
	case Paced:
		latencies, err = w.sendPaced(ctx, p, task.Records, task.Rate)
	default:
		err = fmt.Errorf("there is no mode %q", task.Mode)
	}
	result, stopErr := started.stop()
	if err := errors.Join(err, stopErr, p.Close()); err != nil {
		return Result{}, err
	}
	result.setLatencies(latencies)
	return result, nil
}

func (w *work) consume(ctx context.Context, task Task) (Result, error) {
	started, err := start()
	if err != nil {
		return Result{}, err
	}
	c, err := w.client.NewConsumer(task)
	if err != nil {
		return Result{}, fmt.Errorf("new consumer: %w", err)
	}
	var sum Sum
	err = c.Consume(ctx, task.Records, &sum)
	result, stopErr := started.stop()
	if err := errors.Join(err, stopErr, c.Close()); err != nil {
		return Result{}, err
	}
	return result, w.check(task, sum)
}

// check tells whether what was read is what was written. Of a part, as the
// warm-up reads, only the number is known.
func (w *work) check(task Task, sum Sum) error {
	switch {
	case task.Records < w.records && sum.Records >= task.Records:
		return nil
	case sum.Records != task.Records:
		return fmt.Errorf("read %d records, want %d", sum.Records, task.Records)
	case !sum.Equal(SumOf(w.values, task.Records)):
		return fmt.Errorf("the checksum of %d records is not that of what was written", task.Records)
	}
	return nil
}

// sendOneByOne sends records one at a time.
func (w *work) sendOneByOne(ctx context.Context, p Producer, n int) ([]time.Duration, error) {
	latencies := make([]time.Duration, n)
	for i := range n {
		sent := time.Now()
		if err := p.SendSync(ctx, w.values.At(i)); err != nil {
			return nil, err
		}
		latencies[i] = time.Since(sent)
	}
	return latencies, nil
}

// sendPaced sends rate records a second. A latency begins when the record was
// due, so that a client which makes the sender wait does not look better for it.
func (w *work) sendPaced(ctx context.Context, p Producer, n, rate int) ([]time.Duration, error) {
	if rate <= 0 {
		return nil, fmt.Errorf("rate is %d records/s: want more than 0", rate)
	}
	latencies := make([]time.Duration, n)
	failures := make(chan error, 1)
	var pending sync.WaitGroup
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		pending.Add(1)
		err := p.Send(ctx, w.values.At(i), func(err error) {
			latencies[i] = time.Since(due)
			if err != nil {
				select {
				case failures <- err:
				default:
				}
			}
			pending.Done()
		})
		if err != nil {
			return nil, err
		}
	}
	pending.Wait()
	select {
	case err := <-failures:
		return nil, err
	default:
		return latencies, nil
	}
}

func (r *Result) setLatencies(latencies []time.Duration) {
	if len(latencies) == 0 {
		return
	}
	slices.Sort(latencies)
	quantile := func(q float64) float64 {
		return latencies[int(q*float64(len(latencies)-1))].Seconds()
	}
	r.P50, r.P95, r.P99, r.P999 = quantile(0.5), quantile(0.95), quantile(0.99), quantile(0.999)
}

// reading is the state of the process at the begin of a measurement.
type reading struct {
	at      time.Time
	cpu     time.Duration
	mallocs uint64
	bytes   uint64
}

func start() (reading, error) {
	runtime.GC() // equal for all: nothing of the warm-up is left to collect
	return read()
}

func read() (reading, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	cpu, err := cpuTime()
	return reading{time.Now(), cpu, m.Mallocs, m.TotalAlloc}, err
}

// stop returns what was used since the reading.
func (r reading) stop() (Result, error) {
	now, err := read()
	return Result{
		Seconds:    now.at.Sub(r.at).Seconds(),
		CPUSeconds: (now.cpu - r.cpu).Seconds(),
		Mallocs:    now.mallocs - r.mallocs,
		AllocBytes: now.bytes - r.bytes,
	}, err
}
