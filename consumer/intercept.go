package consumer

import (
	"context"
	"maps"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// Interceptor sees what passes through a consumer (KIP-42), such as for traces or
// audits. Each function may be nil.
type Interceptor struct {
	// OnConsume is called for each record before the application gets it, and may
	// change it, but for its place. It is called by the goroutine that polls.
	OnConsume func(rec *record.Record)

	// OnCommit is told what became of each commit, whoever asked for it: err is nil
	// if the offsets are committed. It must not change them, must not block, and may
	// be called by any goroutine. It is kafka-python's
	// default_offset_commit_callback, too.
	OnCommit func(offsets map[TopicPartition]OffsetAndMetadata, err error)
}

// intercept shows a record to the interceptors.
func (c *Consumer) intercept(rec *record.Record) {
	for _, i := range c.cfg.Interceptors {
		if i.OnConsume != nil {
			i.OnConsume(rec)
		}
	}
}

// observedOffsets are offsets whose commits the consumer takes note of.
type observedOffsets struct {
	offsetStore
	c *Consumer
}

func (o observedOffsets) Commit(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata) error {
	begun := time.Now()
	err := o.offsetStore.Commit(ctx, offsets)
	o.note(offsets, err, time.Since(begun))
	return err
}

func (o observedOffsets) CommitAsync(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata, done func(error)) {
	begun := time.Now()
	offsets = maps.Clone(offsets) // they may be the application's
	o.offsetStore.CommitAsync(ctx, offsets, func(err error) {
		o.note(offsets, err, time.Since(begun))
		done(err)
	})
}

// note takes the outcome of a commit.
func (o observedOffsets) note(offsets map[TopicPartition]OffsetAndMetadata, err error, took time.Duration) {
	if len(offsets) == 0 {
		return // it waited for those before
	}
	o.c.measures.commits.Record(milliseconds(took))
	if err == nil {
		o.c.fetcher.committed(offsets)
	}
	for _, i := range o.c.cfg.Interceptors {
		if i.OnCommit != nil {
			i.OnCommit(offsets, err)
		}
	}
}
