package measure

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Mode is what is measured.
type Mode string

// The modes.
const (
	Produce Mode = "produce" // send all records as fast as they are acknowledged
	Consume Mode = "consume" // read all records of a topic, by direct assignment
	Group   Mode = "group"   // the same as the only member of a consumer group
	Latency Mode = "latency" // send one record at a time, waiting for each acknowledgement
	Paced   Mode = "paced"   // send at an even rate, and time each acknowledgement

	Join     Mode = "join"     // join a new group of the classic protocol, up to the first record, again and again
	Join848  Mode = "join848"  // the same by the consumer protocol (KIP-848)
	EndToEnd Mode = "endtoend" // send at an even rate, and time each record until it is consumed
	Idle     Mode = "idle"     // have partitions assigned where nothing comes
)

// Task is what one process has to do.
type Task struct {
	Client     string
	Mode       Mode
	Brokers    []string
	Topic      string
	WarmTopic  string // for what Produce, Latency and Paced send to warm up
	Partitions int    // of Topic; see WarmPartitions
	Records    int    // of Join: members; of Idle: seconds
	Senders    int    // goroutines that Produce sends from; 0 is 1
	Size       int    // of a value, in bytes; keys are null
	Codec      string // none, gzip, snappy, lz4 or zstd
	GroupID    string // for Group, Join and Join848; the warm-up appends to it
	Rate       int    // for Paced and EndToEnd: records per second
	BatchBytes int    // for the floor program: the size of its batches
	Profile    string // file to write a CPU profile to, empty for none
}

// WarmPartitions is how many partitions WarmTopic has: as many as Topic, but not
// thousands, which take the broker long to create.
func WarmPartitions(partitions int) int { return min(partitions, 100) }

// Eager tells that the latency of a record counts, and not how many records
// share a batch: lingering is to be switched off.
func (t *Task) Eager() bool { return t.Mode == Latency || t.Mode == Paced || t.Mode == EndToEnd }

// Share cuts n records into one part for each sender, and has all done at a time.
func (t *Task) Share(n int, do func(from, to int) error) error {
	senders := max(t.Senders, 1)
	if senders == 1 {
		return do(0, n)
	}
	errs := make([]error, senders)
	var working sync.WaitGroup
	for i := range senders {
		working.Go(func() { errs[i] = do(i*n/senders, (i+1)*n/senders) })
	}
	working.Wait()
	return errors.Join(errs...)
}

// Result is what was measured.
type Result struct {
	Error   string `json:",omitempty"` // what went wrong; nothing else is set then
	Version string `json:",omitempty"` // of the client

	Seconds    float64 // from before the client was made to the last record
	CPUSeconds float64 // user and system time of the process meanwhile
	Mallocs    uint64  // objects that Go allocated meanwhile; 0 of what is not Go
	AllocBytes uint64  // and their bytes
	PeakRSS    int64   // bytes, of the whole life of the process

	// Latencies in seconds, for Latency, Paced, EndToEnd, Join and Join848.
	P50  float64 `json:",omitempty"`
	P95  float64 `json:",omitempty"`
	P99  float64 `json:",omitempty"`
	P999 float64 `json:",omitempty"`
}

// Client is one client library at its best documented settings.
type Client struct {
	// Name on the command line and in the table.
	Name string
	// Module whose version is reported; empty if there is none.
	Module string
	// NewProducer and NewConsumer make what does a Task.
	NewProducer func(Task) (Producer, error)
	NewConsumer func(Task) (Consumer, error)
}

// Producer sends values without a key to the topic, with acks=all, to partitions
// of its choice.
type Producer interface {
	// Produce sends the first n values and returns when the broker has
	// acknowledged all of them.
	Produce(ctx context.Context, values *Values, n int) error
	// SendSync sends one value and returns when it is acknowledged.
	SendSync(ctx context.Context, value []byte) error
	// Send sends one value and has acked called, once, when the outcome is
	// known.
	Send(ctx context.Context, value []byte, acked func(error)) error
	// Close ends it; what it costs is not measured.
	Close() error
}

// Consumer reads all partitions of the topic from their first offset.
type Consumer interface {
	// Consume reads n records and adds the value of each to sum; it calls sum.Seen,
	// if that is set, with each.
	Consume(ctx context.Context, n int, sum *Sum) error
	// Close ends it; what it costs is not measured.
	Close() error
}

// Limit is how long one measurement may take.
const Limit = 2 * time.Minute

// CloseLimit is how long a client has to close.
const CloseLimit = 10 * time.Second
