package partitioner

import (
	"bytes"
	"testing"

	"github.com/barnabas-go/kafka/record"
)

// The hashes are those of the Java client and of kafka-python's tests.
func TestMurmur2Hash(t *testing.T) {
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
		if got := Murmur2Hash([]byte(test.key)); got != test.want {
			t.Errorf("Murmur2Hash(%q) = %d, want %d", test.key, got, test.want)
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

// placementKeys are what the clients below were asked to place.
var placementKeys = []string{"", "a", "ab", "abc", "foobar", "123456789", "key1", "kafka", "\xff\xfe\xfd"}

// The partitions are those that the other clients choose, of 1000 and of 7:
// librdkafka 2.11.1 (rd_kafka_msg_partitioner_*), sarama 1.61.1, and CPython
// 2.7.18 (hash(key) % n).
func TestPlacements(t *testing.T) {
	for _, test := range []struct {
		name        string
		make        New
		of1000, of7 []int32 // in the order of placementKeys; -1: any
		null        int32   // of 1000; -1: any
	}{
		{"librdkafka consistent", CRC32,
			[]int32{0, 907, 885, 578, 69, 262, 496, 399, 61}, []int32{0, 4, 5, 5, 6, 5, 1, 6, 4}, 0},
		{"librdkafka consistent_random, sarama consistent CRC", CRC32Random,
			[]int32{-1, 907, 885, 578, 69, 262, 496, 399, 61}, []int32{-1, 4, 5, 5, 6, 5, 1, 6, 4}, -1},
		{"librdkafka murmur2", Murmur2,
			[]int32{681, 524, 434, 107, 166, 566, 940, 580, 92}, []int32{2, 5, 0, 4, 0, 1, 5, 3, 5}, 681},
		{"librdkafka murmur2_random, sarama murmur2", Default,
			[]int32{681, 524, 434, 107, 166, 566, 940, 580, 92}, []int32{2, 5, 0, 4, 0, 1, 5, 3, 5}, -1},
		{"librdkafka fnv1a", FNV1a,
			[]int32{35, 76, 946, 331, 576, 740, 783, 545, 41}, []int32{2, 6, 2, 5, 4, 3, 2, 4, 1}, 35},
		{"librdkafka fnv1a_random, sarama hash", FNV1aRandom,
			[]int32{35, 76, 946, 331, 576, 740, 783, 545, 41}, []int32{2, 6, 2, 5, 4, 3, 2, 4, 1}, -1},
		{"sarama reference hash", FNV1aReference,
			[]int32{613, 572, 946, 331, 72, 908, 783, 545, 607}, []int32{0, 3, 2, 5, 5, 6, 2, 4, 1}, -1},
	} {
		p := test.make("t")
		for i, key := range placementKeys {
			wantPlace(t, test.name, p, []byte(key), 1000, test.of1000[i])
			wantPlace(t, test.name, p, []byte(key), 7, test.of7[i])
		}
		wantPlace(t, test.name, p, nil, 1000, test.null)
	}
}

func TestLegacy(t *testing.T) {
	p := Legacy("t")
	for _, test := range []struct {
		key             string
		hash            int64
		of3, of7, of100 int32
	}{
		{"", 0, 0, 0, 0}, {"a", 12416037344, 2, 4, 44}, {"foo", -4177197833195190597, 0, 4, 3},
		{"bar", 327024216814240868, 2, 6, 68}, {"key1", 1816603195884033418, 1, 1, 18},
		{"123456789", 5147831745255278648, 2, 2, 48}, {"\xff\xfe\xfd", 8003493489212073207, 0, 5, 7},
	} {
		if got := PythonHash([]byte(test.key)); got != test.hash {
			t.Errorf("PythonHash(%q) = %d, want %d", test.key, got, test.hash)
		}
		wantPlace(t, "legacy", p, []byte(test.key), 3, test.of3)
		wantPlace(t, "legacy", p, []byte(test.key), 7, test.of7)
		wantPlace(t, "legacy", p, []byte(test.key), 100, test.of100)
	}
	wantPlace(t, "legacy", p, nil, 3, -1)
}

// wantPlace checks where a key goes; want -1 stands for any partition.
func wantPlace(t *testing.T, name string, p Partitioner, key []byte, partitions, want int32) {
	t.Helper()
	got, err := p.Partition(&record.Record{Key: key}, &Topic{Name: "t", Partitions: partitions})
	if err != nil || got < 0 || got >= partitions || want >= 0 && got != want {
		t.Errorf("%s: key %q goes to %d of %d, %v; want %d", name, key, got, partitions, err, want)
	}
}

// Of four available partitions the one of index murmur2 mod 4 is chosen, as
// kafka-python does; the hashes are those of TestMurmur2Hash.
func TestMurmur2Available(t *testing.T) {
	p := Murmur2Available("t")
	topic := &Topic{Name: "t", Partitions: 1000, Available: []int32{10, 20, 30, 40}}
	for key, hash := range map[string]uint32{"a": 2731586172, "ab": 316155434, "abc": 479470107, "21": 3321034988} {
		want := topic.Available[hash&0x7fffffff%4]
		if got, err := p.Partition(&record.Record{Key: []byte(key)}, topic); err != nil || got != want {
			t.Errorf("key %q goes to %d, %v; want %d", key, got, err, want)
		}
	}
	topic.Available = nil
	if got, err := p.Partition(&record.Record{Key: []byte("ab")}, topic); err != nil || got != 434 {
		t.Errorf("without available partitions: %d, %v; want 434", got, err)
	}
}
