package measure

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// join has one member after the other join a new group, read a record, and leave.
// What is timed is the way from before the client is made to the record; CPU time
// is that of the rest, too.
func (w *work) join(ctx context.Context, task Task) (Result, error) {
	started, err := start()
	if err != nil {
		return Result{}, err
	}
	latencies := make([]time.Duration, task.Records)
	group := task.GroupID
	for i := range latencies {
		task.GroupID = fmt.Sprintf("%s-%d", group, i)
		if latencies[i], err = w.joinOnce(ctx, task); err != nil {
			return Result{}, fmt.Errorf("join %d: %w", i+1, err)
		}
	}
	result, err := started.stop()
	result.setLatencies(latencies)
	return result, err
}

func (w *work) joinOnce(ctx context.Context, task Task) (time.Duration, error) {
	begin := time.Now()
	c, err := w.client.NewConsumer(task)
	if err != nil {
		return 0, fmt.Errorf("new consumer: %w", err)
	}
	var first atomic.Int64
	sum := Sum{Seen: func([]byte) { first.CompareAndSwap(0, int64(time.Since(begin))) }}
	err = c.Consume(ctx, 1, &sum)
	if err == nil && first.Load() == 0 {
		err = errors.New("there was no record")
	}
	return time.Duration(first.Load()), errors.Join(err, c.Close())
}
