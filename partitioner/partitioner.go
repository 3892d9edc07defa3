package partitioner

import (
	"fmt"

	"github.com/barnabas-go/kafka/record"
)

// Topic is what a partitioner knows of the topic.
type Topic struct {
	Name string
	// Partitions is the number of partitions; at least 1.
	Partitions int32
	// Available are the partitions that have a leader, sorted. It may be empty.
	Available []int32
}

// Partitioner chooses the partition of each record of one topic. It must be
// safe for concurrent use.
type Partitioner interface {
	// Partition returns the partition that rec goes to, from 0 to
	// topic.Partitions-1. It must not keep rec.
	Partition(rec *record.Record, topic *Topic) (int32, error)
}

// New makes the Partitioner of a topic: a producer calls it once for each topic
// that it sends to.
type New func(topic string) Partitioner

// Manual makes partitioners that take the partition from the record.
func Manual(string) Partitioner { return manual{} }

type manual struct{}

func (manual) Partition(rec *record.Record, topic *Topic) (int32, error) {
	if rec.Partition < 0 || rec.Partition >= topic.Partitions {
		return 0, fmt.Errorf("partition %d of topic %s: it has partitions 0 to %d", rec.Partition, topic.Name, topic.Partitions-1)
	}
	return rec.Partition, nil
}
