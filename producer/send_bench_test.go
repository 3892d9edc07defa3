package producer

import (
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/record"
)

// newLonelyProducer returns one whose only topic has partitions without a leader:
// what is sent stays in the buffer.
func newLonelyProducer(partitions int32) *Producer {
	p := &Producer{
		batchSize: 1 << 20,
		cfg:       Config{MaxRequestSize: 1 << 20, BufferMemory: math.MaxInt},
		memory:    newMemory(math.MaxInt),
		live:      tracker{timeout: time.Hour},
		clock:     newClock(),
	}
	p.measures = newMeasures(&p.cfg, slog.New(slog.DiscardHandler))
	l := &layout{view: partitioner.Topic{Name: "t", Partitions: partitions}}
	for n := range partitions {
		l.view.Available = append(l.view.Available, n)
		l.partitions = append(l.partitions, &partition{producer: p, tp: cluster.TopicPartition{Topic: "t", Partition: n}})
	}
	t := &topic{name: "t", partitioner: partitioner.Default("t")}
	t.layout.Store(l)
	p.topics.Store(&map[string]*topic{"t": t})
	return p
}

// drain throws away what is in the buffer.
func (p *Producer) drain() {
	for _, pt := range (*p.topics.Load())["t"].layout.Load().partitions {
		pt.mu.Lock()
		for pt.queue.len() > 0 {
			pt.seal(pt.queue.all()[0])
			pt.give(pt.queue.all()[0], ErrClosed, false)
		}
		pt.mu.Unlock()
	}
}

// BenchmarkSend is the work of the program's own goroutine, without a network.
func BenchmarkSend(b *testing.B) {
	p := newLonelyProducer(6)
	rec := record.Record{Topic: "t", Value: make([]byte, 100)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := p.Send(b.Context(), rec); err != nil {
			b.Fatal(err)
		}
		if i%(16<<10) == 0 {
			p.drain()
		}
	}
}
