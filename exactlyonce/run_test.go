package exactlyonce

import (
	"maps"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

// What is committed is the offset after the last record of each partition, and what
// fails begins again at the first, over all polls.
func TestTake(t *testing.T) {
	w := newWork(t.Context(), &loop{cfg: &Config{}})
	w.take([]record.Record{
		{Topic: "a", Partition: 0, Offset: 5, LeaderEpoch: 1},
		{Topic: "a", Partition: 1, Offset: 7, LeaderEpoch: 1},
		{Topic: "a", Partition: 0, Offset: 8, LeaderEpoch: 2},
	})
	w.take([]record.Record{
		{Topic: "a", Partition: 1, Offset: 9, LeaderEpoch: 1},
		{Topic: "b", Partition: 0, Offset: 0, LeaderEpoch: -1},
	})
	want := map[cluster.TopicPartition]consumer.OffsetAndMetadata{
		{Topic: "a", Partition: 0}: {Offset: 9, LeaderEpoch: 2},
		{Topic: "a", Partition: 1}: {Offset: 10, LeaderEpoch: 1},
		{Topic: "b", Partition: 0}: {Offset: 1, LeaderEpoch: -1},
	}
	if !maps.Equal(w.offsets, want) {
		t.Errorf("%v, want %v", w.offsets, want)
	}
	first := map[cluster.TopicPartition]int64{{Topic: "a", Partition: 0}: 5, {Topic: "a", Partition: 1}: 7, {Topic: "b", Partition: 0}: 0}
	if !maps.Equal(w.first, first) || w.records != 5 {
		t.Errorf("%v of %d records, want %v", w.first, w.records, first)
	}
}
