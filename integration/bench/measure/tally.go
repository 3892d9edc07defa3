package measure

import (
	"context"
	"sync"
	"sync/atomic"
)

// Tally counts the records that several goroutines read together, for clients
// that have one for each partition.
type Tally struct {
	ctx    context.Context
	cancel context.CancelFunc
	left   atomic.Int64

	mu  sync.Mutex
	sum *Sum
	err error
}

// NewTally returns a Tally of n records, which go into sum.
func NewTally(ctx context.Context, n int, sum *Sum) *Tally {
	t := &Tally{sum: sum}
	t.ctx, t.cancel = context.WithCancel(ctx)
	t.left.Store(int64(n))
	return t
}

// Context ends with the last record, or with the first failure.
func (t *Tally) Context() context.Context { return t.ctx }

// Read has read called with the function that takes each value. An error of
// read's counts if it comes before the last record.
func (t *Tally) Read(read func(add func(value []byte)) error) {
	var sum Sum
	seen := t.sum.Seen
	err := read(func(value []byte) {
		if left := t.left.Add(-1); left >= 0 {
			sum.Add(value)
			if seen != nil {
				seen(value)
			}
			if left == 0 {
				t.cancel()
			}
		}
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.merge(sum)
	if err != nil && t.left.Load() > 0 && t.err == nil {
		t.err = err
		t.cancel()
	}
}

// Finish returns the first failure, once all calls of Read have returned.
func (t *Tally) Finish() error {
	t.cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}
