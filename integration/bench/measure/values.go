package measure

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// arenaBytes is about how many bytes of values there are before they repeat:
// more than what a batch holds, so that a codec finds no repetition in it.
const arenaBytes = 8 << 20

// MinSize is the least size of values.
const MinSize = 16

// Values are the values of a benchmark, the same in each run: text like that of
// JSON documents, which compresses by two to four.
type Values struct {
	size  int
	count int // a power of two
	arena []byte
}

// NewValues makes values of size bytes each, for n records.
func NewValues(size, n int) *Values {
	v := &Values{size: size, count: 1}
	for v.count < n && v.count*2*size <= arenaBytes {
		v.count *= 2
	}
	v.arena = make([]byte, 0, v.count*size)
	random := rand.New(rand.NewPCG(uint64(size), 0x6b61666b61))
	var document []byte
	for range v.count {
		document = appendDocument(document[:0], random, size)
		v.arena = append(v.arena, document[:size]...)
	}
	return v
}

var words = [...]string{
	"castle", "village", "messenger", "surveyor", "bridge", "snow", "inn", "letter", "office", "assistant",
	"teacher", "official", "road", "night", "secretary", "permit", "winter", "barmaid", "telephone", "file",
}

// appendDocument appends at least size bytes.
func appendDocument(b []byte, random *rand.Rand, size int) []byte {
	b = fmt.Appendf(b, `{"id":"%016x","user":"%s-%d","amount":%d.%02d,"note":"`,
		random.Uint64(), words[random.IntN(len(words))], random.IntN(100_000), random.IntN(1000), random.IntN(100))
	for len(b) < size {
		b = append(b, words[random.IntN(len(words))]...)
		if random.IntN(2) == 0 {
			b = fmt.Appendf(b, " %d", random.IntN(1_000_000))
		}
		b = append(b, ' ')
	}
	return b
}

// At returns the value of record i.
func (v *Values) At(i int) []byte {
	from := (i & (v.count - 1)) * v.size
	return v.arena[from : from+v.size : from+v.size]
}

// All returns the distinct values one after the other.
func (v *Values) All() []byte { return v.arena }

// Count is the number of distinct values, a power of two.
func (v *Values) Count() int { return v.count }

// Sum is a checksum of values in any order. It is cheap, so that it does not
// count in a measurement: it looks at the length and at both ends of a value.
type Sum struct {
	Records int
	hash    uint64

	// Seen, if it is set, is to be called with each value at once, maybe from several
	// goroutines. Add does not: the time of millions of records shall not count it.
	Seen func(value []byte)
}

// Equal tells whether two sums are of the same values.
func (s *Sum) Equal(other Sum) bool { return s.Records == other.Records && s.hash == other.hash }

// Add adds a value.
func (s *Sum) Add(value []byte) {
	s.Records++
	if len(value) < MinSize {
		s.hash += uint64(len(value))
		return
	}
	head := binary.LittleEndian.Uint64(value)
	tail := binary.LittleEndian.Uint64(value[len(value)-8:])
	s.hash += (head ^ uint64(len(value))) * (tail | 1)
}

// SumOf returns the sum of the first n values.
func SumOf(values *Values, n int) Sum {
	var s Sum
	for i := range n {
		s.Add(values.At(i))
	}
	return s
}

func (s *Sum) merge(other Sum) {
	s.Records += other.Records
	s.hash += other.hash
}

// Single returns Values that have one value only.
func Single(value []byte) *Values {
	return &Values{size: len(value), count: 1, arena: value}
}
