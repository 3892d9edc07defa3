package producer

import "slices"

// queue is a list that is taken from at its front. Each step costs the same
// however long it is, and its memory is used again.
type queue[T any] struct {
	items []T
	taken int // of items, from the front
}

func (q *queue[T]) all() []T { return q.items[q.taken:] }

func (q *queue[T]) len() int { return len(q.items) - q.taken }

func (q *queue[T]) push(v T) {
	if len(q.items) == cap(q.items) && q.taken > len(q.items)/2 {
		n := copy(q.items, q.all())
		clear(q.items[n:])
		q.items, q.taken = q.items[:n], 0
	}
	q.items = append(q.items, v)
}

// pop takes the first, which must be there.
func (q *queue[T]) pop() T {
	first := q.items[q.taken]
	clear(q.items[q.taken : q.taken+1])
	if q.taken++; q.taken == len(q.items) {
		q.items, q.taken = q.items[:0], 0
	}
	return first
}

// unpop puts what was taken back to the front.
func (q *queue[T]) unpop(v T) {
	if q.taken == 0 {
		q.items = slices.Insert(q.items, 0, v)
		return
	}
	q.taken--
	q.items[q.taken] = v
}

func (q *queue[T]) insert(at int, v ...T) {
	q.items = slices.Insert(q.items, q.taken+at, v...)
}

func (q *queue[T]) remove(at int) {
	if at == 0 {
		q.pop()
		return
	}
	q.items = slices.Delete(q.items, q.taken+at, q.taken+at+1)
}
