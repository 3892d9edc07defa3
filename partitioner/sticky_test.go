package partitioner

import (
	"testing"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// runs has a partitioner place n records of 64 KiB, each of which ends the stay
// on its partition, and returns how many went where.
func runs(t *testing.T, p Partitioner, topic *Topic, n int) map[int32]int {
	t.Helper()
	counts := make(map[int32]int)
	rec := &record.Record{Value: make([]byte, stickyBytes)}
	for range n {
		got, err := p.Partition(rec, topic)
		if err != nil {
			t.Fatal(err)
		}
		counts[got]++
	}
	return counts
}

// A partition whose broker is slow, so that its bytes pile up, gets less.
func TestAdaptive(t *testing.T) {
	slow := func(partition int32) Load {
		if partition == 2 {
			return Load{Bytes: 1 << 20}
		}
		return Load{Bytes: 1 << 10}
	}
	topic := &Topic{Name: "t", Partitions: 6, Available: []int32{0, 1, 2, 3, 5}, Load: slow}
	if got := runs(t, Default("t"), topic, 2000); got[2] > 200 || got[4] > 0 || got[0] < 300 {
		t.Errorf("adaptive: %v; want little on 2, nothing on 4, about 475 on others", got)
	}
	if got := runs(t, Sticky(StickyOptions{Uniform: true})("t"), topic, 2000); got[2] < 300 {
		t.Errorf("uniform: %v; want about 400 on each that is available", got)
	}
}

// Partitions of a broker that takes nothing in are passed over after the timeout,
// unless it is the same everywhere.
func TestAvailabilityTimeout(t *testing.T) {
	stalled := func(partition int32) Load { return Load{Stalled: time.Duration(partition) * time.Second} }
	topic := &Topic{Name: "t", Partitions: 4, Load: stalled}
	for _, uniform := range []bool{false, true} {
		p := Sticky(StickyOptions{AvailabilityTimeout: 2 * time.Second, Uniform: uniform})("t")
		if got := runs(t, p, topic, 1000); got[3] > 10 || got[2] < 200 {
			t.Errorf("uniform %t: %v; want about 333 on 0, 1 and 2", uniform, got)
		}
		if got := runs(t, Sticky(StickyOptions{Uniform: uniform})("t"), topic, 1000); got[3] < 150 {
			t.Errorf("uniform %t, without a timeout: %v; want about 250 on each", uniform, got)
		}
		topic.Available = []int32{3}
		if got := runs(t, p, topic, 10); got[3] != 10 {
			t.Errorf("uniform %t, all stalled: %v", uniform, got)
		}
		topic.Available = nil
	}
}

func TestIgnoreKeys(t *testing.T) {
	p := Sticky(StickyOptions{IgnoreKeys: true})("t")
	topic := &Topic{Name: "t", Partitions: 1000}
	first, err := p.Partition(&record.Record{Key: []byte("a")}, topic)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"b", "c", "d"} {
		if got, err := p.Partition(&record.Record{Key: []byte(key)}, topic); err != nil || got != first {
			t.Errorf("key %q goes to %d, %v; want %d, where the last record went", key, got, err, first)
		}
	}
}
