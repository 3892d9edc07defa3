//go:build !race

package consumer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol"
)

// feed has the fetcher take an answer with records of a partition, as if it had
// come from a broker, and waits until they are decoded.
func (f *fetcher) feed(tp TopicPartition, records []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.partitions[tp]
	part := parsedPartition{
		asked: fetchPartition{TopicPartition: tp, offset: p.fetchOffset},
		data:  &protocol.FetchResponsePartition{Records: records, HighWatermark: 1 << 40},
	}
	part.batches, part.next, part.lastEpoch, part.err = parseBatches(records, p.fetchOffset, nil)
	f.apply([]parsedPartition{part})
}

// An answer with records in batches of 16 KiB costs some allocations for itself, less
// than one for each batch and one for each Poll, but none for a record. This needs
// sync.Pool, which under the race detector drops entries on purpose.
func TestAllocations(t *testing.T) {
	for _, id := range []codec.Codec{codec.None, codec.LZ4, codec.Zstd} {
		for _, size := range []int{100, 1000} {
			t.Run(fmt.Sprintf("%v, %d bytes", id, size), func(t *testing.T) { testAllocations(t, id, size) })
		}
	}
}

func testAllocations(t *testing.T, id codec.Codec, size int) {
	const batches = 60
	perBatch := int64(16 << 10 / size)
	k := newFakeKafka(t, 1)
	k.topic("t", 1)
	k.kill(0)
	c := k.consumer(t, Config{})
	must(t, c.Assign(tp(0)))
	must(t, c.Seek(tp(0), 0))
	z, err := codec.NewCompressor(id, codec.DefaultLevel)
	must(t, err)
	one := encodeBatch(z, slices.Repeat([]string{strings.Repeat("x", size)}, int(perBatch))...)
	l := &fakeLog{}
	next := func() []byte {
		l.batches = nil
		for range batches {
			l.append(slices.Clone(one), perBatch)
		}
		var all []byte
		for _, b := range l.batches {
			all = append(all, b.bytes...)
		}
		return all
	}
	answers := make([][]byte, 0, 50)
	for range cap(answers) {
		answers = append(answers, next())
	}
	drain := map[string]func(){
		"Poll": func() {
			for n := 0; n < int(perBatch)*batches; {
				records, err := c.Poll(context.Background())
				must(t, err)
				n += len(records)
			}
		},
		"Records": func() {
			n := 0
			for _, err := range c.Records(context.Background()) {
				must(t, err)
				if n++; n == int(perBatch)*batches {
					break
				}
			}
		},
	}
	for name, do := range drain {
		got := testing.AllocsPerRun(20, func() {
			c.fetcher.feed(tp(0), answers[0])
			answers = answers[1:]
			do()
		})
		polls := perBatch * batches / DefaultMaxPollRecords
		if got > float64(batches+polls+10) {
			t.Errorf("%s: %v allocations for %d batches with %d records each", name, got, batches, perBatch)
		}
	}
}
