package producer

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func reserve(ctx context.Context, m *memory, bytes int) error {
	wait := m.wait(time.Hour)
	defer wait.end()
	return wait.reserve(ctx, nil, bytes)
}

func TestMemoryServesInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(100)
		if !m.tryReserve(90) {
			t.Fatal("90 of 100 bytes are refused")
		}
		var served []int
		var mu sync.Mutex
		for _, bytes := range []int{80, 5} {
			go func() {
				if err := reserve(t.Context(), m, bytes); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				served = append(served, bytes)
			}()
			synctest.Wait()
		}
		if m.tryReserve(1) {
			t.Error("one who did not wait in line is served")
		}
		if len(served) != 0 {
			t.Errorf("%v served though the first in line asked for more than there is", served)
		}
		m.release(90)
		synctest.Wait()
		if len(served) != 2 || m.free.Load() != 15 || m.contended() {
			t.Errorf("%v served, %d bytes free", served, m.free.Load())
		}
	})
}

func TestMemoryWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10)
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error)
		go func() { done <- reserve(ctx, m, 11) }()
		go func() { done <- reserve(t.Context(), m, 10) }()
		synctest.Wait()
		cancel(cause)
		first, second := <-done, <-done
		if first == nil {
			first, second = second, first
		}
		if !errors.Is(first, cause) || second != nil {
			t.Errorf("the waits ended with %v and %v", first, second)
		}
		if m.contended() || m.free.Load() != 0 {
			t.Errorf("%d bytes free in the end", m.free.Load())
		}
	})
}

func TestMemoryWaitLimits(t *testing.T) {
	m := newMemory(10)
	closed := make(chan struct{})
	close(closed)
	wait := m.wait(time.Hour)
	if err := wait.reserve(t.Context(), closed, 11); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: the wait ended with %v", err)
	}
	wait.end()
	wait = m.wait(0)
	if err := wait.reserve(t.Context(), nil, 11); !errors.Is(err, ErrBufferFull) {
		t.Errorf("at the limit: the wait ended with %v", err)
	}
	wait.end()
	if m.contended() || m.free.Load() != 10 {
		t.Errorf("%d bytes free in the end", m.free.Load())
	}
}

func TestMemoryUnderContention(t *testing.T) {
	m := newMemory(100)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for range 1000 {
				bytes := i*7%100 + 1
				if !m.tryReserve(bytes) {
					if err := reserve(t.Context(), m, bytes); err != nil {
						t.Error(err)
					}
				}
				m.release(bytes)
			}
		})
	}
	wg.Wait()
	if m.free.Load() != 100 {
		t.Errorf("%d of 100 bytes free in the end", m.free.Load())
	}
}
