package measure

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// settling is how long a client has at most to find out all positions, before what
// it does at rest is measured: as long as that, if it is less.
const settling = 10 * time.Second

// idle has a consumer of partitions where nothing comes, for task.Records seconds.
func (w *work) idle(ctx context.Context, task Task) (result Result, err error) {
	c, err := w.client.NewConsumer(task)
	if err != nil {
		return Result{}, fmt.Errorf("new consumer: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		var sum Sum
		ended <- c.Consume(ctx, 1, &sum)
	}()
	measured := time.Duration(task.Records) * time.Second
	var started reading
	if err = rest(ended, min(settling, measured)); err == nil {
		started, err = start()
	}
	if err == nil {
		err = rest(ended, measured)
	}
	if err == nil {
		result, err = started.stop()
	}
	cancel()
	if err == nil {
		if err = <-ended; errors.Is(err, context.Canceled) {
			err = nil
		}
	}
	return result, errors.Join(err, c.Close())
}

// rest waits, unless the consumer ends meanwhile.
func rest(ended <-chan error, d time.Duration) error {
	select {
	case err := <-ended:
		return errors.Join(errors.New("the consumer has ended where nothing comes"), err)
	case <-time.After(d):
		return nil
	}
}
