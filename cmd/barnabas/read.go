package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cmd/barnabas/internal/format"
)

// writer prints records.
type writer struct {
	out   *bufio.Writer
	print format.Printer
	line  []byte
}

func newWriter(out io.Writer, print format.Printer) *writer {
	return &writer{out: bufio.NewWriterSize(out, 64<<10), print: print}
}

func (w *writer) write(rec *kafka.Record) error {
	w.line = w.print(w.line[:0], rec)
	_, err := w.out.Write(w.line)
	return err
}

func escapePercent(s string) string { return strings.ReplaceAll(s, "%", "%%") }

const (
	// atOnce is how many records are taken at a time.
	atOnce = 500
	// lookForEnd is how often to look, while no record comes, whether all are read.
	lookForEnd = 100 * time.Millisecond
)

// reading is the state of a command that reads.
type reading struct {
	*consume
	consumer *kafka.Consumer
	out      *writer
	left     int                            // records to print; negative: no limit
	ends     map[kafka.TopicPartition]int64 // where to end in each partition
	until    bool                           // ends are set by -o e@
	last     time.Time                      // when a record came last
}

// read prints records until the flags say that it is enough, or ctx ends.
func (c *consume) read(ctx context.Context, consumer *kafka.Consumer, start start, out *writer) error {
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ends, err := c.subscribe(bounded, consumer, start)
	if err != nil {
		return err
	}
	r := &reading{consume: c, consumer: consumer, out: out, left: -1, ends: ends, until: ends != nil, last: time.Now()}
	if c.count > 0 {
		r.left = c.count
	}
	for done := false; !done; {
		if done, err = r.step(ctx); err != nil {
			return errors.Join(err, out.out.Flush())
		}
	}
	return out.out.Flush()
}

// step prints what one poll brings, and tells whether it was the last.
func (r *reading) step(ctx context.Context) (done bool, err error) {
	polling, cancel := ctx, context.CancelFunc(func() {})
	if r.exitAtEnd || r.until || r.idle > 0 {
		polling, cancel = context.WithTimeout(ctx, lookForEnd)
	}
	defer cancel()
	size := atOnce
	if r.left > 0 {
		size = min(size, r.left)
	}
	records, err := r.consumer.PollInto(polling, make([]kafka.Record, 0, size))
	if err != nil && (ctx.Err() != nil || polling.Err() == nil) {
		return false, err
	}
	for i := range records {
		if err := r.take(&records[i]); err != nil {
			return false, err
		}
	}
	if err := r.out.out.Flush(); err != nil {
		return false, err
	}
	if r.left == 0 || r.idle > 0 && time.Since(r.last) > r.idle {
		return true, nil
	}
	if r.exitAtEnd || r.until {
		return r.atEnd(ctx)
	}
	return false, nil
}

func (r *reading) take(rec *kafka.Record) error {
	r.last = time.Now()
	if end, ok := r.ends[kafka.TopicPartition{Topic: rec.Topic, Partition: rec.Partition}]; ok && r.until && rec.Offset >= end {
		return nil
	}
	r.left--
	return r.out.write(rec)
}

// atEnd tells whether all assigned partitions are read to their ends, which are
// looked up once for each.
func (r *reading) atEnd(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	assigned := r.consumer.Assignment()
	missing := slices.DeleteFunc(slices.Clone(assigned), func(tp kafka.TopicPartition) bool {
		_, ok := r.ends[tp]
		return ok
	})
	if len(missing) > 0 && !r.until {
		ends, err := r.consumer.EndOffsets(ctx, missing...)
		if err != nil {
			return false, err
		}
		if r.ends == nil {
			r.ends = make(map[kafka.TopicPartition]int64)
		}
		maps.Copy(r.ends, ends)
	}
	for _, tp := range assigned {
		if position, err := r.consumer.Position(ctx, tp); err != nil || position < r.ends[tp] {
			return false, err
		}
	}
	return len(assigned) > 0, nil
}
