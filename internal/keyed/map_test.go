package keyed

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestMapMakesEachValueOnce(t *testing.T) {
	var m Map[int, *int]
	var made atomic.Int32
	create := func(key int) *int {
		made.Add(1)
		return &key
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for key := range 100 {
				if got := m.Get(key, create); *got != key {
					t.Errorf("%d has the value of %d", key, *got)
				}
			}
		})
	}
	wg.Wait()
	if n := made.Load(); n != 100 {
		t.Errorf("%d values were made of 100 keys", n)
	}
}

func TestMapDoesNotAllocate(t *testing.T) {
	type owner struct {
		Map[string, int]
		n int
	}
	o := &owner{n: 7}
	create := func(o *owner) int { return o.Get("t", func(string) int { return o.n }) }
	create(o)
	if n := testing.AllocsPerRun(1000, func() { create(o) }); n != 0 {
		t.Errorf("%v allocations to find a value", n)
	}
}
