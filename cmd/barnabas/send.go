package main

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"

	"github.com/barnabas-go/kafka"
)

// sending is the state of a command that sends.
type sending struct {
	producer *kafka.Producer
	futures  chan kafka.Future // of what was sent, in order
	limit    int               // of records; 0 is none

	sent, acknowledged atomic.Int64
	fail               context.CancelCauseFunc // ends it for the first record that failed
}

// send sends records, waits for their acknowledgements, and closes the producer.
// The first failure ends it.
func (p *produce) send(ctx context.Context, producer *kafka.Producer, records iter.Seq2[kafka.Record, error]) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s := &sending{producer: producer, futures: make(chan kafka.Future, 10_000), limit: p.count, fail: fail}
	fed := make(chan error, 1)
	go func() { fed <- s.feed(ctx, records) }()
	given, collected := make(chan struct{}), make(chan struct{})
	go func() { s.collect(given); close(collected) }()

	var err error
	select {
	case err = <-fed:
	case <-ctx.Done(): // feed may hang in a read of the terminal: leave it there
		err = context.Cause(ctx)
	}
	err = errors.Join(err, p.finish(ctx, producer, err))
	close(given)
	<-collected
	if n, sent := s.acknowledged.Load(), s.sent.Load(); p.verbose > 0 || n < sent {
		p.note("%d records sent, %d acknowledged", sent, n)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// finish closes the producer, with patience for what is under way unless
// something has failed.
func (p *produce) finish(ctx context.Context, producer *kafka.Producer, failed error) error {
	closing := context.WithoutCancel(ctx)
	if failed != nil {
		var cancel context.CancelFunc
		closing, cancel = context.WithTimeout(closing, p.timeout)
		defer cancel()
	}
	return producer.Close(closing)
}

// feed sends all records.
func (s *sending) feed(ctx context.Context, records iter.Seq2[kafka.Record, error]) error {
	for rec, err := range records {
		if err != nil {
			return err
		}
		f, err := s.producer.Send(ctx, rec)
		if err != nil {
			return err
		}
		s.futures <- f
		if n := s.sent.Add(1); n == int64(s.limit) {
			break
		}
	}
	return nil
}

// collect waits for acknowledgements until no more are given.
func (s *sending) collect(given <-chan struct{}) {
	for {
		select {
		case f := <-s.futures:
			s.await(f)
		case <-given: // the producer is closed, so that all outcomes are known
			for {
				select {
				case f := <-s.futures:
					s.await(f)
				default:
					return
				}
			}
		}
	}
}

func (s *sending) await(f kafka.Future) {
	if _, err := f.Get(context.Background()); err != nil {
		s.fail(err)
		return
	}
	s.acknowledged.Add(1)
}
