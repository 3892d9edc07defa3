package wire

import "unsafe"

const (
	// slabSize is how many bytes are allocated at once for small arrays. Whoever
	// keeps one of them keeps its neighbours alive too, so it is not more.
	slabSize = 1 << 10
	// slabShare is the size in bytes beyond which an array has an allocation of
	// its own, which bounds what is left unused at the end of a slab.
	slabShare = slabSize / 4
)

// slab hands out small arrays of one larger allocation after the other.
type slab[T any] struct {
	free []T
}

// take returns a new array of n zero values, without spare capacity.
func (s *slab[T]) take(n int) []T {
	if n > len(s.free) {
		size := int(unsafe.Sizeof(*new(T)))
		if n*size > slabShare {
			return make([]T, n)
		}
		s.free = make([]T, slabSize/size)
	}
	array := s.free[:n:n]
	s.free = s.free[n:]
	return array
}
