package exactlyonce

import (
	"maps"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

// What is committed is the offset after the last record of each partition.
func TestFollowing(t *testing.T) {
	got := following([]record.Record{
		{Topic: "a", Partition: 0, Offset: 5, LeaderEpoch: 1},
		{Topic: "a", Partition: 1, Offset: 7, LeaderEpoch: 1},
		{Topic: "a", Partition: 0, Offset: 8, LeaderEpoch: 2},
		{Topic: "b", Partition: 0, Offset: 0, LeaderEpoch: -1},
	})
	want := map[cluster.TopicPartition]consumer.OffsetAndMetadata{
		{Topic: "a", Partition: 0}: {Offset: 9, LeaderEpoch: 2},
		{Topic: "a", Partition: 1}: {Offset: 8, LeaderEpoch: 1},
		{Topic: "b", Partition: 0}: {Offset: 1, LeaderEpoch: -1},
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
