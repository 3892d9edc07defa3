package exactlyonce

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// loop is a Run under way.
type loop struct {
	cfg      *Config
	consumer *consumer.Consumer
	producer *producer.Producer
	log      *slog.Logger
	backoff  conn.Backoff
	failures int // in a row

	work *work // of the transaction that is open; nil if there is none
}

// newLoop returns a loop that cfg.Consumer tells of rebalances.
func newLoop(cfg *Config) *loop {
	log := cfg.Producer.Logger
	if log == nil {
		log = slog.Default()
	}
	l := &loop{cfg: cfg, log: log, backoff: conn.Backoff{Base: 100 * time.Millisecond, Max: 5 * time.Second}}
	l.listen(&cfg.Consumer.RebalanceListener)
	return l
}

func (l *loop) run(ctx context.Context) error {
	for {
		records, err := l.consumer.Poll(ctx)
		if err != nil {
			return err
		}
		if err := l.transact(ctx, records); err != nil {
			return err
		}
	}
}

// transact makes one transaction of records and of those that come after them for
// some time. The error is one to give up with.
func (l *loop) transact(ctx context.Context, records []record.Record) error {
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.cfg.patience())
	defer cancel()
	w := newWork(finish, l)
	w.take(records) // to come again, if no transaction can begin
	l.work = w
	outcome, err := l.producer.Transact(finish, func(tx *producer.Tx) error {
		w.tx = tx
		return w.do(ctx, records)
	})
	l.work = nil
	var abortable *producer.AbortableError
	var fatal *producer.FatalError
	switch {
	case err == nil:
		l.failures = 0
		return w.pollErr
	case w.refused, errors.As(err, &fatal):
		return err
	case ctx.Err() != nil:
		return errors.Join(context.Cause(ctx), err)
	case outcome != producer.Unknown && !errors.As(err, &abortable) && finish.Err() == nil:
		return err
	}
	l.log.Warn("a transaction has failed: its records are processed again", "outcome", outcome.String(), "records", w.records, "error", err)
	l.failures++
	l.pause(ctx)
	if outcome == producer.Unknown {
		err = l.resume(ctx, w)
	} else {
		err = l.seek(w.first)
	}
	return errors.Join(err, w.pollErr)
}

// resume goes on at what is committed, once it is certain what is.
func (l *loop) resume(ctx context.Context, w *work) error {
	tx, err := l.producer.Begin(ctx)
	if err != nil {
		return err
	}
	if err := tx.Abort(ctx); err != nil {
		return err
	}
	var partitions []cluster.TopicPartition
	for tp := range w.first {
		partitions = append(partitions, tp)
	}
	committed, err := l.consumer.Committed(ctx, partitions...)
	if err != nil {
		return fmt.Errorf("find out what an interrupted transaction has committed: %w", err)
	}
	for tp, o := range committed {
		w.first[tp] = o.Offset
	}
	return l.seek(w.first)
}

// seek has the consumer go on at offsets, as far as partitions are still its own.
func (l *loop) seek(offsets map[cluster.TopicPartition]int64) error {
	var gone *consumer.NotAssignedError
	for tp, offset := range offsets {
		if err := l.consumer.Seek(tp, offset); err != nil && !errors.As(err, &gone) {
			return err
		}
	}
	return nil
}

// pause waits before another try.
func (l *loop) pause(ctx context.Context) {
	timer := time.NewTimer(l.backoff.Delay(l.failures))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// listen has the open transaction take note of partitions that go away, before the
// application's own listener does.
func (l *loop) listen(to *consumer.RebalanceListener) {
	own := *to
	to.Revoked = func(ctx context.Context, c *consumer.Consumer, partitions []cluster.TopicPartition) {
		if l.work != nil {
			l.work.revoked(partitions)
		}
		if own.Revoked != nil {
			own.Revoked(ctx, c, partitions)
		}
	}
	to.Lost = func(ctx context.Context, c *consumer.Consumer, partitions []cluster.TopicPartition) {
		if l.work != nil {
			l.work.lost(partitions)
		}
		switch {
		case own.Lost != nil:
			own.Lost(ctx, c, partitions)
		case own.Revoked != nil:
			own.Revoked(ctx, c, partitions)
		}
	}
}

// work is what a transaction is about.
type work struct {
	loop   *loop
	tx     *producer.Tx
	finish context.Context // by when it must have ended
	ends   time.Time       // when it shall take no more records

	records int // so far
	// first are the offsets of the first records, in the partitions that have not
	// gone away since.
	first map[cluster.TopicPartition]int64
	// offsets are those to go on from that are not yet part of the transaction.
	offsets map[cluster.TopicPartition]consumer.OffsetAndMetadata
	group   consumer.GroupMetadata // since the last poll

	stopPoll context.CancelFunc // nil between polls
	refused  bool               // by Process
	failed   error              // why offsets cannot be part of it
	pollErr  error              // to end Run with, after the transaction
}

func newWork(finish context.Context, l *loop) *work {
	return &work{
		loop: l, finish: finish, ends: time.Now().Add(l.cfg.CommitInterval),
		first:   make(map[cluster.TopicPartition]int64),
		offsets: make(map[cluster.TopicPartition]consumer.OffsetAndMetadata),
	}
}

// do processes records that were taken, and polls for more until it is time to commit.
func (w *work) do(ctx context.Context, records []record.Record) error {
	w.group = w.loop.consumer.GroupMetadata()
	for ; len(records) > 0; records = w.poll(ctx) {
		err := w.loop.cfg.Process(w.finish, w.tx, records)
		switch failed := w.tx.Err(); {
		case failed != nil:
			return failed // for which Process may have other words
		case err != nil:
			w.refused = true
			return err
		}
		if w.records >= w.loop.cfg.MaxRecords {
			break
		}
	}
	if w.failed != nil {
		return w.failed
	}
	return w.sendOffsets(w.group)
}

// take notes where records begin, and where to go on after them.
func (w *work) take(records []record.Record) {
	w.records += len(records)
	for i := range records {
		r := &records[i]
		tp := cluster.TopicPartition{Topic: r.Topic, Partition: r.Partition}
		if _, ok := w.first[tp]; !ok {
			w.first[tp] = r.Offset
		}
		w.offsets[tp] = consumer.OffsetAndMetadata{Offset: r.Offset + 1, LeaderEpoch: r.LeaderEpoch}
	}
}

// poll returns more records for the transaction, none if it is to end.
func (w *work) poll(ctx context.Context) []record.Record {
	ctx, w.stopPoll = context.WithDeadline(ctx, w.ends)
	defer func() {
		w.stopPoll()
		w.stopPoll = nil
	}()
	if ctx.Err() != nil || w.failed != nil {
		return nil
	}
	records, err := w.loop.consumer.Poll(ctx)
	w.group = w.loop.consumer.GroupMetadata()
	if err != nil && ctx.Err() == nil {
		w.pollErr = err
	}
	w.take(records)
	if w.failed != nil {
		return nil // they come again
	}
	return records
}

// sendOffsets makes the offsets part of the transaction.
func (w *work) sendOffsets(group consumer.GroupMetadata) error {
	if len(w.offsets) == 0 {
		return nil
	}
	if err := w.tx.SendOffsets(w.finish, w.offsets, group); err != nil {
		return err
	}
	clear(w.offsets)
	return nil
}

// revoked ends the work before partitions are given up: once their offsets are
// part of the transaction, the next owner waits until it has ended.
func (w *work) revoked(partitions []cluster.TopicPartition) {
	if !w.has(partitions) {
		return
	}
	if w.failed == nil {
		w.failed = w.sendOffsets(w.loop.consumer.GroupMetadata())
	}
	w.forget(partitions)
}

// lost ends the work: others may have begun where it did.
func (w *work) lost(partitions []cluster.TopicPartition) {
	if !w.has(partitions) {
		return
	}
	if len(w.offsets) > 0 && w.failed == nil {
		w.failed = &producer.AbortableError{
			TransactionalID: w.loop.cfg.Producer.TransactionalID,
			Err:             fmt.Errorf("partitions were lost to the group %s: %v", w.loop.cfg.Consumer.GroupID, partitions),
		}
	}
	w.forget(partitions)
}

// has tells whether records of some partitions are part of the work.
func (w *work) has(partitions []cluster.TopicPartition) bool {
	return slices.ContainsFunc(partitions, func(tp cluster.TopicPartition) bool { _, ok := w.first[tp]; return ok })
}

// forget has partitions that are gone not be looked for again, and ends the poll
// in which they went.
func (w *work) forget(partitions []cluster.TopicPartition) {
	for _, tp := range partitions {
		delete(w.first, tp)
	}
	w.ends = time.Now()
	if w.stopPoll != nil {
		w.stopPoll()
	}
}
