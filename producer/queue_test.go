package producer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestQueue(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	var q queue[int]
	var want []int
	for i := range 5000 {
		at := 0
		if len(want) > 0 {
			at = source.IntN(len(want))
		}
		switch op := source.IntN(10); {
		case op < 4:
			q.push(i)
			want = append(want, i)
		case len(want) == 0:
		case op < 7:
			if got := q.pop(); got != want[0] {
				t.Fatalf("popped %d, want %d", got, want[0])
			}
			want = want[1:]
		case op < 8:
			q.remove(at)
			want = slices.Delete(slices.Clone(want), at, at+1)
		case op < 9:
			q.insert(at, i, -i)
			want = slices.Insert(slices.Clone(want), at, i, -i)
		default:
			q.unpop(i)
			want = slices.Insert(slices.Clone(want), 0, i)
		}
		if !slices.Equal(q.all(), want) || q.len() != len(want) {
			t.Fatalf("%v, want %v", q.all(), want)
		}
		for _, gone := range q.items[:q.taken] {
			if gone != 0 {
				t.Fatalf("%d is kept though it was taken", gone)
			}
		}
	}
}

func TestQueueReusesMemory(t *testing.T) {
	var q queue[int]
	for i := range 8 {
		q.push(i)
	}
	allocs := testing.AllocsPerRun(1000, func() { q.push(q.pop()) })
	if allocs != 0 || cap(q.items) > 32 {
		t.Errorf("%v allocations for each element, capacity is %d", allocs, cap(q.items))
	}
}
