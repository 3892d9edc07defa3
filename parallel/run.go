package parallel

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

// source is a [consumer.Consumer].
type source interface {
	PollInto(ctx context.Context, buf []record.Record) ([]record.Record, error)
	Pause(partitions ...cluster.TopicPartition) error
	Resume(partitions ...cluster.TopicPartition) error
	Position(ctx context.Context, tp cluster.TopicPartition) (int64, error)
	CommitOffsets(ctx context.Context, offsets map[cluster.TopicPartition]consumer.OffsetAndMetadata) error
	CommitAsync(ctx context.Context, offsets map[cluster.TopicPartition]consumer.OffsetAndMetadata, done func(error)) error
	Close(ctx context.Context) error
}

// Run reads and handles records until ctx ends, a handler fails, or Poll does for
// good. Then no other record is begun; those that are being handled are waited for,
// what is handled is committed, and the group is left. The error is what ctx ended
// with, a [*HandlerError], or what Config.OnError returned, joined with what went
// wrong at the end.
func Run(ctx context.Context, cfg Config) error {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	l := &loop{executor: newExecutor(ctx, &cfg, fail), log: cmp.Or(cfg.Consumer.Logger, slog.Default())}
	cfg.Consumer.RebalanceListener = l.listener(cfg.Consumer.RebalanceListener)
	c, err := consumer.New(cfg.Consumer)
	if err != nil {
		return err
	}
	l.source = c
	err = c.Subscribe(cfg.Topics...)
	if err == nil {
		err = l.run(ctx)
	}
	return errors.Join(err, l.end(ctx))
}

// loop is a Run under way: it polls and commits. Its methods are called by the
// goroutine that polls.
type loop struct {
	*executor
	log        *slog.Logger
	committing chan struct{} // closed when the commit that was begun last is over
}

func (l *loop) run(ctx context.Context) error {
	buf := make([]record.Record, pollAtOnce)
	due := time.Now().Add(l.cfg.CommitInterval)
	for {
		polling, cancel := context.WithDeadline(ctx, due)
		records, err := l.source.PollInto(polling, buf[:0:l.pollSize()])
		over := polling.Err() != nil
		cancel()
		l.add(records) // whatever happened, or they would count as never handed out
		clear(records)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && !over:
			if err := l.cfg.OnError(err); err != nil {
				return err
			}
		}
		if now := time.Now(); !now.Before(due) {
			due = now.Add(l.cfg.CommitInterval)
			l.commit()
		}
	}
}

// commit begins to commit what is handled, unless it is still at that.
func (l *loop) commit() {
	if l.committing != nil {
		select {
		case <-l.committing:
		default:
			return
		}
	}
	l.mu.Lock()
	partitions := make([]cluster.TopicPartition, 0, len(l.shares))
	for tp := range l.shares {
		partitions = append(partitions, tp)
	}
	l.mu.Unlock()
	offsets := l.committable(partitions)
	if len(offsets) == 0 {
		return
	}
	over := make(chan struct{})
	ctx, cancel := context.WithTimeout(l.ctx, l.cfg.DrainTimeout)
	err := l.source.CommitAsync(ctx, offsets, func(err error) {
		l.committed(offsets, err)
		cancel()
		close(over)
	})
	if err != nil {
		l.committed(offsets, err)
		cancel()
		close(over)
	}
	l.committing = over
}

// committable returns what of partitions may be committed and was not yet.
func (l *loop) committable(partitions []cluster.TopicPartition) map[cluster.TopicPartition]consumer.OffsetAndMetadata {
	if len(partitions) == 0 {
		return nil
	}
	known, cancel := context.WithCancel(l.ctx)
	cancel() // a position that is not known is not waited for
	for _, tp := range partitions {
		if position, err := l.source.Position(known, tp); err == nil {
			l.tracker.Skip(tp, position)
		}
	}
	return l.tracker.Committable(partitions...)
}

// committed takes the outcome of a commit.
func (l *loop) committed(offsets map[cluster.TopicPartition]consumer.OffsetAndMetadata, err error) {
	if err != nil {
		l.tracker.Failed(offsets)
		l.log.Warn("commit of what is handled failed", "group", l.cfg.Consumer.GroupID, "partitions", len(offsets), "error", err)
	}
}

// giveUp ends the handling of partitions that go to others, and commits what is
// handled.
func (l *loop) giveUp(partitions []cluster.TopicPartition) {
	l.settle(l.retire(partitions))
	ctx, cancel := context.WithTimeout(l.ctx, l.cfg.DrainTimeout)
	defer cancel()
	if l.committing != nil {
		select {
		case <-l.committing:
		case <-ctx.Done():
		}
	}
	if offsets := l.committable(partitions); len(offsets) > 0 {
		l.committed(offsets, l.source.CommitOffsets(ctx, offsets))
	}
	l.tracker.Drop(partitions...)
}

// lose ends the handling of partitions that others have already.
func (l *loop) lose(partitions []cluster.TopicPartition) {
	for _, s := range l.retire(partitions) {
		s.cancel(errLost)
	}
	l.tracker.Drop(partitions...)
}

// listener returns the consumer's listener, which tells the user's.
func (l *loop) listener(user consumer.RebalanceListener) consumer.RebalanceListener {
	if user.Lost == nil {
		user.Lost = user.Revoked
	}
	return consumer.RebalanceListener{
		Assigned: both(l.take, user.Assigned),
		Revoked:  both(l.giveUp, user.Revoked),
		Lost:     both(l.lose, user.Lost),
	}
}

// both returns a function of a listener that calls own and then the user's.
func both(own func([]cluster.TopicPartition), users func(context.Context, *consumer.Consumer, []cluster.TopicPartition)) func(context.Context, *consumer.Consumer, []cluster.TopicPartition) {
	return func(ctx context.Context, c *consumer.Consumer, partitions []cluster.TopicPartition) {
		own(partitions)
		if users != nil {
			users(ctx, c, partitions)
		}
	}
}

// take notes partitions that the consumer has got.
func (l *loop) take(partitions []cluster.TopicPartition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.assigned += len(partitions)
	for _, tp := range partitions {
		l.share(tp)
	}
}

// end waits for what is being handled, commits, and leaves the group: Close tells
// the listener of all partitions.
func (l *loop) end(ctx context.Context) error {
	l.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*l.cfg.DrainTimeout+consumer.DefaultCloseTimeout)
	defer cancel()
	return l.source.Close(ctx)
}
