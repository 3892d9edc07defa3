package producer

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// memory is the buffer that waiting records share: a number of bytes. Those who
// find too few wait in line, so that a large record is not starved by small
// ones.
type memory struct {
	free    atomic.Int64
	waiting atomic.Int32

	mu    sync.Mutex
	queue queue[*memoryWait]
	idle  []*memoryWait // to be used again
}

// memoryWait is one Send that waits for memory, for a limited time in all.
type memoryWait struct {
	memory  *memory
	bytes   int64
	granted chan struct{} // of capacity 1
	timeout *time.Timer
}

func newMemory(bytes int) *memory {
	m := &memory{}
	m.free.Store(int64(bytes))
	return m
}

// tryReserve takes bytes if they are free and nobody waits.
func (m *memory) tryReserve(bytes int) bool {
	return !m.contended() && m.take(int64(bytes))
}

func (m *memory) take(bytes int64) bool {
	for {
		free := m.free.Load()
		if free < bytes {
			return false
		}
		if m.free.CompareAndSwap(free, free-bytes) {
			return true
		}
	}
}

// contended tells whether somebody waits.
func (m *memory) contended() bool { return m.waiting.Load() > 0 }

// wait returns a wait that may last for limit from now. It must be ended.
func (m *memory) wait(limit time.Duration) *memoryWait {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.idle)
	if n == 0 {
		return &memoryWait{memory: m, granted: make(chan struct{}, 1), timeout: time.NewTimer(limit)}
	}
	w := m.idle[n-1]
	m.idle = m.idle[:n-1]
	w.timeout.Reset(limit)
	return w
}

func (w *memoryWait) end() {
	w.timeout.Stop()
	w.memory.mu.Lock()
	w.memory.idle = append(w.memory.idle, w)
	w.memory.mu.Unlock()
}

// reserve waits until bytes are free and takes them. The error is the cause
// that ctx ended with, [ErrClosed], or [ErrBufferFull] at the limit.
func (w *memoryWait) reserve(ctx context.Context, closed <-chan struct{}, bytes int) error {
	m := w.memory
	w.bytes = int64(bytes)
	m.mu.Lock()
	m.queue.push(w)
	m.waiting.Add(1)
	m.grant()
	m.mu.Unlock()
	var err error
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-closed:
		err = ErrClosed
	case <-w.timeout.C:
		err = ErrBufferFull
	}
	if !m.withdraw(w) {
		<-w.granted
		m.release(bytes)
	}
	return err
}

// withdraw takes w out of the line, false if it has been served.
func (m *memory) withdraw(w *memoryWait) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.Index(m.queue.all(), w)
	if at < 0 {
		return false
	}
	m.queue.remove(at)
	m.waiting.Add(-1)
	m.grant()
	return true
}

// release gives bytes back.
func (m *memory) release(bytes int) {
	m.free.Add(int64(bytes))
	if m.contended() {
		m.mu.Lock()
		m.grant()
		m.mu.Unlock()
	}
}

// grant serves those who wait, in line, as far as the bytes go.
func (m *memory) grant() {
	for m.queue.len() > 0 && m.take(m.queue.all()[0].bytes) {
		m.queue.pop().granted <- struct{}{}
		m.waiting.Add(-1)
	}
}
