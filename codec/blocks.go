package codec

// blocks cuts the concatenation of chunks into blocks of one size, the last one
// shorter. A block that lies within a chunk is not copied.
type blocks struct {
	chunks  [][]byte
	rest    []byte // of the chunk begun
	size    int
	scratch []byte // for a block that spans chunks, with room for it
}

// next returns the next block, valid until the call after, or nil at the end.
func (b *blocks) next() []byte {
	if !b.more() {
		return nil
	}
	if len(b.rest) >= b.size || len(b.chunks) == 0 {
		return b.take(b.size)
	}
	block := b.scratch[:0]
	for len(block) < b.size && b.more() {
		block = append(block, b.take(b.size-len(block))...)
	}
	return block
}

// more reports whether there is another byte, and makes rest hold it.
func (b *blocks) more() bool {
	for len(b.rest) == 0 {
		if len(b.chunks) == 0 {
			return false
		}
		b.rest, b.chunks = b.chunks[0], b.chunks[1:]
	}
	return true
}

// take returns at most n bytes of rest.
func (b *blocks) take(n int) []byte {
	n = min(n, len(b.rest))
	part := b.rest[:n]
	b.rest = b.rest[n:]
	return part
}

// total is the size of the concatenation of chunks.
func total(chunks [][]byte) int {
	n := 0
	for _, chunk := range chunks {
		n += len(chunk)
	}
	return n
}
