package partitioner

import (
	"testing"

	"github.com/barnabas-go/kafka/record"
)

func TestDefaultSticksAndMoves(t *testing.T) {
	topic := &Topic{Name: "t", Partitions: 10, Available: []int32{3, 7}}
	p := Default("t")
	rec := &record.Record{Value: make([]byte, 1023)}
	last, run, runs := int32(-1), 0, 0
	for range 1024 {
		got, err := p.Partition(rec, topic)
		if err != nil {
			t.Fatal(err)
		}
		if got != 3 && got != 7 {
			t.Fatalf("partition %d is not available", got)
		}
		if got == last {
			run++
			continue
		}
		if last >= 0 && run != 64 {
			t.Fatalf("%d records of 1 KiB on partition %d, want 64", run, last)
		}
		last, run = got, 1
		runs++
	}
	if runs != 16 {
		t.Errorf("%d runs, want 16", runs)
	}
}

func TestDefaultWithoutAvailable(t *testing.T) {
	got, err := Default("t").Partition(&record.Record{}, &Topic{Name: "t", Partitions: 3})
	if err != nil || got < 0 || got > 2 {
		t.Errorf("partition %d, %v", got, err)
	}
}

func TestManual(t *testing.T) {
	p := Manual("t")
	topic := &Topic{Name: "t", Partitions: 5}
	if got, err := p.Partition(&record.Record{Partition: 4}, topic); err != nil || got != 4 {
		t.Errorf("got %d, %v; want 4", got, err)
	}
	for _, bad := range []int32{-1, 5} {
		if _, err := p.Partition(&record.Record{Partition: bad}, topic); err == nil {
			t.Errorf("partition %d of 5 is accepted", bad)
		}
	}
}
