package partitioner

import (
	"sync"
	"testing"

	"github.com/barnabas-go/kafka/record"
)

func numbers(n int32) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

// The turn keeps its place as partitions come and go: the sequence is that of
// kafka-python's test_roundrobin_partitioner.
func TestRoundRobin(t *testing.T) {
	p := RoundRobin("t")
	topic := &Topic{Name: "t", Partitions: 100}
	turns := func(from, to int32) {
		t.Helper()
		for want := from; want <= to; want++ {
			if got, err := p.Partition(&record.Record{Key: []byte("k")}, topic); err != nil || got != want {
				t.Fatalf("partition %d, %v; want %d", got, err, want)
			}
		}
	}
	turns(0, 99)
	turns(0, 49)
	topic.Available = numbers(75)
	turns(50, 74)
	topic.Partitions, topic.Available = 200, numbers(200)
	turns(75, 199)
	turns(0, 174)
	topic.Available = numbers(50)
	turns(0, 9) // 175 is beyond the end
}

func TestRoundRobinTakesAvailable(t *testing.T) {
	p := RoundRobin("t")
	topic := &Topic{Name: "t", Partitions: 5, Available: []int32{0, 4}}
	for i, want := range []int32{0, 4, 0, 4} {
		if got, err := p.Partition(&record.Record{}, topic); err != nil || got != want {
			t.Errorf("record %d goes to %d, %v; want %d", i, got, err, want)
		}
	}
}

// Goroutines that send at once share the turns evenly.
func TestRoundRobinConcurrently(t *testing.T) {
	p := RoundRobin("t")
	topic := &Topic{Name: "t", Partitions: 8}
	var mu sync.Mutex
	counts := make([]int, topic.Partitions)
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for range 800 {
				n, err := p.Partition(&record.Record{}, topic)
				mu.Lock()
				if err == nil {
					counts[n]++
				}
				mu.Unlock()
			}
		})
	}
	senders.Wait()
	for n, count := range counts {
		if count != 400 {
			t.Errorf("partition %d got %d of 3200 records, want 400", n, count)
		}
	}
}

func TestRandom(t *testing.T) {
	p := Random("t")
	topic := &Topic{Name: "t", Partitions: 9, Available: []int32{2, 5, 8}}
	counts := make(map[int32]int)
	for range 3000 {
		n, err := p.Partition(&record.Record{Key: []byte("k")}, topic)
		if err != nil {
			t.Fatal(err)
		}
		counts[n]++
	}
	for _, n := range topic.Available {
		if counts[n] < 800 || counts[n] > 1200 {
			t.Errorf("of 3000 records %v, want about 1000 each on 2, 5 and 8", counts)
		}
	}
	topic.Available = nil
	if n, err := p.Partition(&record.Record{}, topic); err != nil || n < 0 || n > 8 {
		t.Errorf("partition %d, %v", n, err)
	}
}
