package quickstart

import (
	"context"
	"sync"
	"time"

	"github.com/barnabas-go/kafka"
)

const (
	// sampleEvery is of how many records one is timed until its acknowledgement.
	sampleEvery = 100
	// handedOver is how many futures are handed over at a time.
	handedOver = 1000
)

// produce sends all records to the partitions in turn, and waits until they are
// acknowledged.
func (r *runner) produce(ctx context.Context) error {
	select {
	case <-r.ready:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	futures := make(chan []kafka.Future, 100)
	var waiting sync.WaitGroup
	waiting.Go(func() { r.acknowledge(futures) })
	err := r.send(ctx, futures, &waiting)
	close(futures)
	if err == nil {
		err = r.producer.Flush(ctx)
	} else {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Patience)
		defer cancel()
		_ = r.producer.Close(closing) // err is why; Run closes it again
	}
	waiting.Wait()
	r.report.Produced = time.Since(r.start)
	return err
}

func (r *runner) send(ctx context.Context, futures chan<- []kafka.Future, waiting *sync.WaitGroup) error {
	payload := newPayload(r.Size)
	partitions := int64(r.Partitions)
	var list []kafka.Future
	for i := range r.Records {
		partition := int32(i % partitions)
		sent := time.Since(r.start)
		f, err := r.producer.Send(ctx, kafka.Record{
			Topic: r.Topic, Partition: partition, Value: payload.make(partition, i/partitions, sent),
		})
		if err != nil {
			return err
		}
		if i%sampleEvery == 0 {
			waiting.Go(func() { r.time(f, sent) })
		}
		if list = append(list, f); len(list) == handedOver || i == r.Records-1 {
			futures <- list
			list = nil
		}
		r.progress.Sent.Store(i + 1)
	}
	return nil
}

// time measures how long the acknowledgement of a record took.
func (r *runner) time(f kafka.Future, sent time.Duration) {
	<-f.Done()
	took := time.Since(r.start) - sent
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Acknowledgement.Add(took)
}

// acknowledge counts what was acknowledged.
func (r *runner) acknowledge(futures <-chan []kafka.Future) {
	for list := range futures {
		for _, f := range list {
			if _, err := f.Get(context.Background()); err != nil {
				if r.report.Failed++; r.report.Failure == nil {
					r.report.Failure = err
				}
				continue
			}
			r.progress.Acknowledged.Add(1)
		}
	}
}
