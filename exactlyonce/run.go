package exactlyonce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// Config of Run.
type Config struct {
	// Consumer reads the input. It needs a GroupID. It reads committed records and
	// commits by transactions, whatever IsolationLevel and DisableAutoCommit say.
	Consumer consumer.Config
	// Producer writes the output. It needs a TransactionalID of its own for each
	// process that runs; one that stays the same over restarts lets a process that
	// was killed be followed up at once, not after TransactionTimeout.
	Producer producer.Config
	// Topics of the input.
	Topics []string
	// CommitInterval is for how long a transaction takes records, in as many polls as
	// there are: readers of the output see them about that much later. It must be
	// well below TransactionTimeout. Default 100 ms, as Kafka Streams has it
	// (commit.interval.ms); negative: each poll has a transaction of its own.
	CommitInterval time.Duration
	// MaxRecords ends a transaction that has taken as many, before CommitInterval
	// does; it may have some more, as polls are not split. Default 50,000.
	MaxRecords int
	// Process makes output of records, which are those of one poll, at least one. It
	// is called for each poll of a transaction. It sends by tx, and must not keep tx,
	// nor commit or abort it. If it returns an error, nothing of the transaction
	// remains, and Run returns the error. Process may be called again with the same
	// records after a transaction that was aborted. ctx ends TransactionTimeout after
	// the transaction began, and not with that of Run, so that what has begun is
	// finished.
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
	cfg = cfg.withDefaults()
	l := newLoop(&cfg)
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
	l.consumer, l.producer = c, p
	return l.run(ctx)
}

// Defaults of Config.
const (
	DefaultCommitInterval = 100 * time.Millisecond
	DefaultMaxRecords     = 50_000
)

func (cfg Config) withDefaults() Config {
	cfg.Consumer.DisableAutoCommit = true
	cfg.Consumer.IsolationLevel = consumer.ReadCommitted
	cfg.CommitInterval = cmp.Or(cfg.CommitInterval, DefaultCommitInterval)
	cfg.MaxRecords = cmp.Or(cfg.MaxRecords, DefaultMaxRecords)
	return cfg
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
	if cfg.MaxRecords < 0 {
		errs = append(errs, &cluster.ConfigError{Field: "MaxRecords", Value: fmt.Sprint(cfg.MaxRecords), Allowed: "must be positive, or zero for the default"})
	}
	if limit := cfg.patience(); cfg.CommitInterval > limit/2 {
		errs = append(errs, &cluster.ConfigError{
			Field: "CommitInterval and Producer.TransactionTimeout", Value: fmt.Sprintf("%v and %v", cfg.CommitInterval, limit),
			Allowed: "CommitInterval must be half of TransactionTimeout (transaction.timeout.ms) at most",
		})
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
