package quickstart

import (
	"context"
	"errors"
	"time"
)

// errStalled ends a run in which nothing arrives any more.
var errStalled = errors.New("no record arrived any more")

// consume takes records until all are there, or nothing comes any more.
func (r *runner) consume(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(r.Patience, func() { cancel(errStalled) })
	defer watchdog.Stop()
	payload := newPayload(r.Size)
	var received int64
	for rec, err := range r.consumer.Records(ctx) {
		if errors.Is(context.Cause(ctx), errStalled) {
			break
		}
		if err != nil {
			return err
		}
		now := time.Since(r.start)
		sequence, sent, err := payload.read(rec.Value, rec.Partition)
		if err != nil {
			r.checker.damage(err.Error())
		} else {
			r.checker.add(rec.Partition, sequence)
			r.report.Arrival.Add(now - sent)
		}
		if received++; received%1024 == 0 {
			watchdog.Reset(r.Patience)
			r.progress.Received.Store(received)
		}
		if received >= r.Records && r.checker.missing() == 0 {
			break
		}
	}
	r.progress.Received.Store(received)
	r.report.Received = received
	r.report.Consumed = time.Since(r.start)
	return nil
}
