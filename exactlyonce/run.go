package exactlyonce

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// Config of Run.
type Config struct {
	// Consumer reads the input. It needs a GroupID. It reads committed records and
	// commits by transactions, whatever IsolationLevel and DisableAutoCommit say,
	// and each transaction has the records of one poll: MaxPollRecords bounds it.
	Consumer consumer.Config
	// Producer writes the output. It needs a TransactionalID of its own for each
	// process that runs; one that stays the same over restarts lets a process that
	// was killed be followed up at once, not after TransactionTimeout.
	Producer producer.Config
	// Topics of the input.
	Topics []string
	// Process makes output of records, which are those of one poll, at least one.
	// It sends by tx, and must not keep tx, nor commit or abort it. If it returns
	// an error, nothing of it remains, and Run returns the error. Process may be
	// called again with the same records after a transaction that was aborted. ctx
	// ends after TransactionTimeout, and not with that of Run, so that what has
	// begun is finished.
	Process func(ctx context.Context, tx *producer.Tx, records []record.Record) error
}

// Run consumes and processes until ctx ends or something fails that another try
// does not help with. When ctx ends, the transaction that is open is finished
// first. The error is what ctx ended with, that of Process, a
// [*producer.FatalError], or one of [consumer.Consumer.Poll].
func Run(ctx context.Context, cfg Config) (err error) {
	if err := cfg.validate(); err != nil {
		return err
	}
	cfg.Consumer.DisableAutoCommit = true
	cfg.Consumer.IsolationLevel = consumer.ReadCommitted
	p, err := producer.New(cfg.Producer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWith(p.Close, &cfg)) }()
	// What an earlier process with the same id has left open would keep its
	// offsets from being read.
	if err := p.InitTransactions(ctx); err != nil {
		return err
	}
	c, err := consumer.New(cfg.Consumer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWith(c.Close, &cfg)) }()
	if err := c.Subscribe(cfg.Topics...); err != nil {
		return err
	}
	return newLoop(&cfg, c, p).run(ctx)
}

func (cfg *Config) validate() error {
	var errs []error
	for _, needed := range []struct {
		missing      bool
		field, wants string
	}{
		{cfg.Consumer.GroupID == "", "Consumer.GroupID", "must be the name of the group (group.id) that keeps the offsets"},
		{cfg.Producer.TransactionalID == "", "Producer.TransactionalID", "must be a name (transactional.id) that no other process has"},
		{len(cfg.Topics) == 0, "Topics", "must name the topics to consume"},
		{cfg.Process == nil, "Process", "must be set"},
	} {
		if needed.missing {
			errs = append(errs, &cluster.ConfigError{Field: needed.field, Value: "empty", Allowed: needed.wants})
		}
	}
	return errors.Join(errs...)
}

// closeWith closes a client though the context of Run has ended.
func closeWith(closer func(context.Context) error, cfg *Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), cfg.patience())
	defer cancel()
	return closer(ctx)
}

// patience is how long the end of a transaction may take.
func (cfg *Config) patience() time.Duration {
	if cfg.Producer.TransactionTimeout > 0 {
		return cfg.Producer.TransactionTimeout
	}
	return time.Minute
}

// loop is a Run under way.
type loop struct {
	cfg      *Config
	consumer *consumer.Consumer
	producer *producer.Producer
	log      *slog.Logger
	backoff  conn.Backoff
	failures int // in a row
}

func newLoop(cfg *Config, c *consumer.Consumer, p *producer.Producer) *loop {
	log := cfg.Producer.Logger
	if log == nil {
		log = slog.Default()
	}
	return &loop{cfg: cfg, consumer: c, producer: p, log: log, backoff: conn.Backoff{Base: 100 * time.Millisecond, Max: 5 * time.Second}}
}

func (l *loop) run(ctx context.Context) error {
	for {
		records, err := l.consumer.Poll(ctx)
		if err != nil {
			return err
		}
		if err := l.process(ctx, records); err != nil {
			return err
		}
	}
}

// process makes one transaction of the records of a poll. The error is one to
// give up with.
func (l *loop) process(ctx context.Context, records []record.Record) error {
	group := l.consumer.GroupMetadata()
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.cfg.patience())
	defer cancel()
	refused := false // by Process
	outcome, err := l.producer.Transact(finish, func(tx *producer.Tx) error {
		err := l.cfg.Process(finish, tx, records)
		switch failed := tx.Err(); {
		case failed != nil:
			return failed // for which Process may have other words
		case err != nil:
			refused = true
			return err
		}
		return tx.SendOffsets(finish, following(records), group)
	})
	var abortable *producer.AbortableError
	var fatal *producer.FatalError
	switch {
	case err == nil:
		l.failures = 0
		return nil
	case refused, errors.As(err, &fatal):
		return err
	case ctx.Err() != nil:
		return errors.Join(context.Cause(ctx), err)
	case outcome != producer.Unknown && !errors.As(err, &abortable) && finish.Err() == nil:
		return err
	}
	l.log.Warn("a transaction has failed: its records are processed again", "outcome", outcome.String(), "records", len(records), "error", err)
	l.failures++
	l.pause(ctx)
	if outcome == producer.Unknown {
		return l.resume(ctx, records)
	}
	return l.rewind(records)
}

// following returns the offsets from which to go on after records.
func following(records []record.Record) map[cluster.TopicPartition]consumer.OffsetAndMetadata {
	offsets := make(map[cluster.TopicPartition]consumer.OffsetAndMetadata)
	for i := range records {
		r := &records[i]
		offsets[cluster.TopicPartition{Topic: r.Topic, Partition: r.Partition}] = consumer.OffsetAndMetadata{Offset: r.Offset + 1, LeaderEpoch: r.LeaderEpoch}
	}
	return offsets
}

// rewind has the records come again, as far as their partitions are still this
// consumer's.
func (l *loop) rewind(records []record.Record) error {
	first := make(map[cluster.TopicPartition]int64)
	for i := range records {
		tp := cluster.TopicPartition{Topic: records[i].Topic, Partition: records[i].Partition}
		if _, ok := first[tp]; !ok {
			first[tp] = records[i].Offset
		}
	}
	return l.seek(first)
}

// resume goes on at what is committed, once it is certain what is.
func (l *loop) resume(ctx context.Context, records []record.Record) error {
	tx, err := l.producer.Begin(ctx)
	if err != nil {
		return err
	}
	if err := tx.Abort(ctx); err != nil {
		return err
	}
	var partitions []cluster.TopicPartition
	for tp := range following(records) {
		partitions = append(partitions, tp)
	}
	committed, err := l.consumer.Committed(ctx, partitions...)
	if err != nil {
		return fmt.Errorf("find out what an interrupted transaction has committed: %w", err)
	}
	if err := l.rewind(records); err != nil {
		return err
	}
	offsets := make(map[cluster.TopicPartition]int64)
	for tp, o := range committed {
		offsets[tp] = o.Offset
	}
	return l.seek(offsets)
}

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
