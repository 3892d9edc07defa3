package quickstart

import "fmt"

// checker finds out whether the records of each partition arrive once and in
// order.
type checker struct {
	partitions []sequences
	duplicates int64
	disordered int64
	damaged    int64
	example    string // of the first irregularity
}

// sequences are the numbers of one partition's records.
type sequences struct {
	seen []uint64 // a bit for each number
	want int64    // how many there are to be
	have int64    // how many different ones came
	last int64    // the one before
}

// newChecker returns a checker of so many records, dealt out to the partitions in
// turn.
func newChecker(records int64, partitions int32) *checker {
	c := &checker{partitions: make([]sequences, partitions)}
	for i := range c.partitions {
		want := (records + int64(partitions) - 1 - int64(i)) / int64(partitions)
		c.partitions[i] = sequences{seen: make([]uint64, (want+63)/64), want: want, last: -1}
	}
	return c
}

// add takes the number of a record that arrived.
func (c *checker) add(partition int32, sequence int64) {
	p := &c.partitions[partition]
	if sequence >= p.want {
		c.damage(fmt.Sprintf("partition %d: record %d was never sent", partition, sequence))
		return
	}
	word, bit := sequence/64, uint64(1)<<(sequence%64)
	switch {
	case p.seen[word]&bit != 0:
		c.duplicates++
		c.note("partition %d: record %d came twice", partition, sequence)
	case sequence < p.last:
		c.disordered++
		c.note("partition %d: record %d came after record %d", partition, sequence, p.last)
		fallthrough
	default:
		p.seen[word] |= bit
		p.have++
	}
	p.last = sequence
}

// damage notes a record that is not as it was sent.
func (c *checker) damage(what string) {
	c.damaged++
	c.note("%s", what)
}

func (c *checker) note(format string, args ...any) {
	if c.example == "" {
		c.example = fmt.Sprintf(format, args...)
	}
}

// missing returns how many records have not arrived.
func (c *checker) missing() int64 {
	var n int64
	for i := range c.partitions {
		n += c.partitions[i].want - c.partitions[i].have
	}
	return n
}
