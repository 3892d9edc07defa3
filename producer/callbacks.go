package producer

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
)

// callback is one function to call with an outcome.
type callback struct {
	future Future
	fn     func(Metadata, error)
	next   *callback // of the same batch, set before this one

	reached chan struct{} // closed instead, where it is not nil
}

// resolvedMark stands in a batch for its callbacks once these are in the queue.
var resolvedMark = new(callback)

// inOrder returns a batch's callbacks by the order of its records, and those of
// one record in the order they were set.
func inOrder(newest *callback) []*callback {
	var list []*callback
	for c := newest; c != nil; c = c.next {
		list = append(list, c)
	}
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b *callback) int { return int(a.future.index - b.future.index) })
	return list
}

// callbacks calls what OnDone was given, one after the other, on a goroutine
// that runs while there are any. No lock of the producer's is held meanwhile,
// and nothing but Flush and Close waits for it, so that a callback may do what it
// likes.
type callbacks struct {
	log *slog.Logger

	mu      sync.Mutex
	queue   []*callback
	running bool
	runner  string // the goroutine's id
}

func (c *callbacks) add(list []*callback) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, list...)
	if !c.running {
		c.running = true
		go c.run()
	}
}

func (c *callbacks) run() {
	finished := false
	defer func() {
		if !finished { // a callback has ended the goroutine, as testing.T.FailNow does
			go c.run()
		}
	}()
	id := goroutineID()
	for next := c.next(id); next != nil; next = c.next(id) {
		c.call(next)
	}
	finished = true
}

func (c *callbacks) next(runner string) *callback {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.running, c.runner, c.queue = false, "", nil
		return nil
	}
	c.runner = runner
	next := c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	return next
}

func (c *callbacks) call(cb *callback) {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("a callback of a record's outcome panicked",
				"partition", cb.future.batch.partition.tp.String(), "panic", r, "stack", string(debug.Stack()))
		}
	}()
	if cb.reached != nil {
		close(cb.reached)
		return
	}
	cb.fn(cb.future.result())
}

// wait returns when all callbacks that are in the queue now have been called, or
// with the error of ctx. A callback itself does not wait.
func (c *callbacks) wait(ctx context.Context) error {
	reached := make(chan struct{})
	c.mu.Lock()
	if !c.running || c.runner == goroutineID() {
		c.mu.Unlock()
		return nil
	}
	c.queue = append(c.queue, &callback{reached: reached})
	c.mu.Unlock()
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// goroutineID tells the goroutine that runs from others. Go has no other way to
// find out that Close was called by a callback, which it must not wait for.
func goroutineID() string {
	var buf [64]byte
	stack := buf[:runtime.Stack(buf[:], false)] // goroutine 17 [running]: …
	return string(bytes.Fields(stack)[1])
}
