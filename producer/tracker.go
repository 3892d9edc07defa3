package producer

import (
	"sync"
	"time"
)

// tracker knows all batches without an outcome, oldest first, and ends those
// whose delivery timeout has passed.
type tracker struct {
	timeout time.Duration

	mu          sync.Mutex
	first, last *batch
	timer       *time.Timer // set while there is a batch
	closed      bool
}

// add is refused once the tracker is closed.
func (t *tracker) add(b *batch) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	b.tracked = true
	b.prev = t.last
	if t.last == nil {
		t.first = b
	} else {
		t.last.next = b
	}
	t.last = b
	if t.timer == nil {
		t.timer = time.AfterFunc(t.timeout, t.sweep)
	}
	return true
}

func (t *tracker) remove(b *batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !b.tracked {
		return
	}
	b.tracked = false
	if b.prev == nil {
		t.first = b.next
	} else {
		b.prev.next = b.next
	}
	if b.next == nil {
		t.last = b.prev
	} else {
		b.next.prev = b.prev
	}
	b.prev, b.next = nil, nil
}

// all returns the batches without an outcome.
func (t *tracker) all() []*batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*batch
	for b := t.first; b != nil; b = b.next {
		list = append(list, b)
	}
	return list
}

// sweep expires what is due and sets the timer for the next. The timer is never
// stopped in between, so that it costs nothing while batches come and go.
func (t *tracker) sweep() {
	for _, b := range t.due(time.Now()) {
		b.partition.expire(b)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first == nil || t.closed {
		t.timer = nil
		return
	}
	t.timer.Reset(time.Until(t.first.created.Add(t.timeout)))
}

func (t *tracker) due(now time.Time) []*batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*batch
	for b := t.first; b != nil && now.Sub(b.created) >= t.timeout; b = b.next {
		list = append(list, b)
	}
	return list
}

// close lets no more batches in and expires none.
func (t *tracker) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
}
