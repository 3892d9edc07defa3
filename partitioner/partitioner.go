package partitioner

import (
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/record"
)

// Topic is what a partitioner knows of the topic.
type Topic struct {
	Name string
	// Partitions is the number of partitions; at least 1.
	Partitions int32
	// Available are the partitions that have a leader, sorted. It may be empty.
	Available []int32
	// Load returns the load of a partition as it is now; nil if it is not known.
	Load func(partition int32) Load
}

// Load is what waits for a partition.
type Load struct {
	// Bytes of its records are not acknowledged yet.
	Bytes int64
	// Stalled is for how long its broker has taken nothing, of this partition or
	// of any, though there was something to send; 0 if it takes what comes.
	Stalled time.Duration
}

// Partitioner chooses the partition of each record of one topic. It must be
// safe for concurrent use.
type Partitioner interface {
	// Partition returns the partition that rec goes to, from 0 to
	// topic.Partitions-1. It must not keep rec.
	Partition(rec *record.Record, topic *Topic) (int32, error)
}

// Func is a function that is a Partitioner.
type Func func(rec *record.Record, topic *Topic) (int32, error)

// Partition calls f.
func (f Func) Partition(rec *record.Record, topic *Topic) (int32, error) { return f(rec, topic) }

// New makes the Partitioner of a topic: a producer calls it once for each topic
// that it sends to.
type New func(topic string) Partitioner

// Manual makes partitioners that take the partition from the record.
func Manual(string) Partitioner { return Func(manual) }

func manual(rec *record.Record, topic *Topic) (int32, error) {
	if rec.Partition < 0 || rec.Partition >= topic.Partitions {
		return 0, fmt.Errorf("partition %d of topic %s: it has partitions 0 to %d", rec.Partition, topic.Name, topic.Partitions-1)
	}
	return rec.Partition, nil
}
