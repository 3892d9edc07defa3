package record

import (
	"sync"
	"unsafe"
)

// Chunks come in a few sizes, so that a batch of a handful of records takes
// little memory and a large one few chunks. Those above maxChunk are for a record
// that is larger than that.
var chunkSizes = [...]int{1 << 10, 8 << 10, maxChunk, 128 << 10, 256 << 10, 512 << 10, 1 << 20}

const maxChunk = 64 << 10

var chunkPools [len(chunkSizes)]sync.Pool

// chunkSize returns the size of the chunk to add to a batch that holds the
// given memory already, so that n bytes fit into it.
func chunkSize(memory, n int) int {
	for _, size := range chunkSizes {
		if n <= size && (memory < 2*size || size >= maxChunk) {
			return size
		}
	}
	return n
}

// newChunk returns an empty chunk with room for at least n bytes: of exactly n
// if that is no size of a pool.
func newChunk(n int) []byte {
	for i, size := range chunkSizes {
		if n == size {
			if p, ok := chunkPools[i].Get().(*byte); ok {
				return unsafe.Slice(p, size)[:0]
			}
		}
	}
	return make([]byte, 0, n)
}

// freeChunk gives a chunk to the pool of its size, or to the garbage collector.
// The pool has the address alone, as a slice would have to be allocated.
func freeChunk(b []byte) {
	for i, size := range chunkSizes {
		if cap(b) == size {
			chunkPools[i].Put(unsafe.SliceData(b))
		}
	}
}
