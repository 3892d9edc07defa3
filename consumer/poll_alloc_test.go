package consumer

import (
	"context"
	"slices"
	"strings"
	"testing"

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

// An answer with records of 100 bytes, in batches of 16 KiB, costs fewer
// allocations than there are records by far, whether they are polled or looped
// over.
func TestAllocations(t *testing.T) {
	const perBatch, batches = 140, 60
	k := newFakeKafka(t, 1)
	k.topic("t", 1)
	k.kill(0)
	c := k.consumer(t, Config{})
	must(t, c.Assign(tp(0)))
	must(t, c.Seek(tp(0), 0))
	one := encodeBatch(nil, slices.Repeat([]string{strings.Repeat("x", 100)}, perBatch)...)
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
			for n := 0; n < perBatch*batches; {
				records, err := c.Poll(context.Background())
				must(t, err)
				n += len(records)
			}
		},
		"Records": func() {
			n := 0
			for _, err := range c.Records(context.Background()) {
				must(t, err)
				if n++; n == perBatch*batches {
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
		}) / (perBatch * batches)
		t.Logf("%s: %.4f allocations a record", name, got)
		if got > 0.02 {
			t.Errorf("%s: %.4f allocations a record", name, got)
		}
	}
}
