package producer

import (
	"context"
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
	queue []*memoryWaiter
}

type memoryWaiter struct {
	bytes   int64
	granted chan struct{}
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

// waitLimits end a wait for memory beside its context.
type waitLimits struct {
	closed  <-chan struct{}
	timeout <-chan time.Time
}

// reserve waits until bytes are free and takes them. The error is the cause
// that ctx ended with, [ErrClosed], or [ErrBufferFull] at the timeout.
func (m *memory) reserve(ctx context.Context, limits waitLimits, bytes int) error {
	w := &memoryWaiter{bytes: int64(bytes), granted: make(chan struct{})}
	m.mu.Lock()
	m.queue = append(m.queue, w)
	m.waiting.Add(1)
	m.grant()
	m.mu.Unlock()
	var err error
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-limits.closed:
		err = ErrClosed
	case <-limits.timeout:
		err = ErrBufferFull
	}
	if !m.withdraw(w) {
		m.release(bytes) // granted meanwhile
	}
	return err
}

// withdraw takes w out of the line, false if it has been served.
func (m *memory) withdraw(w *memoryWaiter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, other := range m.queue {
		if other == w {
			m.queue = append(m.queue[:i], m.queue[i+1:]...)
			m.waiting.Add(-1)
			m.grant()
			return true
		}
	}
	return false
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
	for len(m.queue) > 0 && m.take(m.queue[0].bytes) {
		close(m.queue[0].granted)
		m.queue[0] = nil
		m.queue = m.queue[1:]
		m.waiting.Add(-1)
	}
}
