package producer

import (
	"context"
	"errors"
	"time"
)

// Flush sends everything that waits at once, and returns when the outcome of
// all records that were sent before the call is known, good or bad: the Futures
// tell, and their callbacks have been called, unless Flush is called by one
// itself. The error is that of ctx.
func (p *Producer) Flush(ctx context.Context) error {
	defer since(time.Now(), p.measures.flushes)
	if err := p.deliver(ctx); err != nil {
		return err
	}
	return p.callbacks.wait(ctx)
}

// deliver sends everything that waits at once, and waits for the outcome of it,
// or for the end of ctx, whose error it returns.
func (p *Producer) deliver(ctx context.Context) error {
	p.flushing.Add(1)
	defer p.flushing.Add(-1)
	p.notifySinks()
	for _, b := range p.live.all() {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close flushes, and closes the connections. Sends that come later, or that
// still wait for buffer memory, fail with [ErrClosed]. When ctx ends first,
// records without an acknowledgement fail with ErrClosed too, and Close returns
// ctx's error. A transaction that is open is aborted. Closing twice is fine.
//
// Close waits for callbacks, too, unless one of them calls it.
func (p *Producer) Close(ctx context.Context) error {
	p.closing.Store(true)
	var err error
	if p.transactions != nil {
		err = p.transactions.close(ctx)
	}
	err = errors.Join(err, p.Flush(ctx))
	p.stop(ErrClosed)
	p.unlisten()
	p.live.close()
	for _, b := range p.live.all() {
		b.partition.abandon(b, ErrClosed)
	}
	p.work.Wait() // sinks give up their connections at once
	if p.transactions != nil {
		p.transactions.helpers.Wait()
	}
	if p.sealers != nil {
		p.sealers.idle.Wait()
	}
	p.stopTimers()
	if ctx.Err() == nil { // else callbacks that are left come later
		err = errors.Join(err, p.callbacks.wait(ctx))
	}
	return errors.Join(err, p.client.Close(ctx))
}

// stopTimers ends the back-off of all partitions.
func (p *Producer) stopTimers() {
	for _, t := range *p.topics.Load() {
		for _, pt := range t.layout.Load().partitions {
			pt.move(nil)
		}
	}
}
