package partitioner

import (
	"bytes"
	"testing"

	"github.com/barnabas-go/kafka/record"
)

// The hashes are those of the Java client and of kafka-python's tests.
func TestMurmur2(t *testing.T) {
	for _, test := range []struct {
		key  string
		want uint32
	}{
		{"", 275646681}, {"a", 2731586172}, {"ab", 316155434}, {"abc", 479470107},
		{"foobar", 3504634814}, {"123456789", 2472730214}, {"\x00 ", 1121897742},
		{"21", 3321034988}, {"a-little-bit-long-string", 3308985760},
		{"a-little-bit-longer-string", 2808662467},
		{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", 4236069325},
		{"\xff\xfe\xfd", 998637092},
	} {
		if got := Murmur2([]byte(test.key)); got != test.want {
			t.Errorf("Murmur2(%q) = %d, want %d", test.key, got, test.want)
		}
	}
}

// The partitions are those of the Java client, of 1000.
func TestDefaultPlacesKeys(t *testing.T) {
	topic := &Topic{Name: "t", Partitions: 1000, Available: []int32{1, 2}}
	p := Default("t")
	for key, want := range map[string]int32{"": 681, "a": 524, "ab": 434, "abc": 107, "123456789": 566, "\x00 ": 742} {
		got, err := p.Partition(&record.Record{Key: []byte(key)}, topic)
		if err != nil || got != want {
			t.Errorf("key %q goes to %d, %v; want %d", key, got, err, want)
		}
	}
	if _, err := p.Partition(&record.Record{Key: bytes.Repeat([]byte{0x81}, 1000)}, topic); err != nil {
		t.Error(err)
	}
}

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

func TestRoundRobin(t *testing.T) {
	p := RoundRobin("t")
	topic := &Topic{Name: "t", Partitions: 5, Available: []int32{0, 4}}
	for i, want := range []int32{0, 4, 0, 4} {
		if got, err := p.Partition(&record.Record{}, topic); err != nil || got != want {
			t.Errorf("record %d goes to %d, %v; want %d", i, got, err, want)
		}
	}
	topic.Available = nil
	if got, err := p.Partition(&record.Record{}, topic); err != nil || got != 4 {
		t.Errorf("goes to %d, %v; want 4", got, err)
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
