// Package floor is what no client can be faster than: a program that writes
// batches which were built before to one connection and reads the answers, and
// one that reads responses to fetches, checks the CRC of each batch and steps
// over its records. It retries nothing and needs a cluster of a single broker.
package floor

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/barnabas-go/kafka/record"
)

// Client is the floor program.
var Client = measure.Client{
	Name: "floor",
	NewProducer: func(task measure.Task) (measure.Producer, error) {
		compression, err := codec.Parse(task.Codec)
		if err != nil {
			return nil, err
		}
		c, err := dial(task)
		if err != nil {
			return nil, err
		}
		return &producer{conn: c, task: task, codec: compression}, nil
	},
	NewConsumer: func(task measure.Task) (measure.Consumer, error) {
		if task.GroupID != "" {
			return nil, errors.New("the floor program has no consumer group")
		}
		c, err := dial(task)
		if err != nil {
			return nil, err
		}
		return newConsumer(c, task), nil
	},
}

// batchBytes is the largest batch unless the task says otherwise: it is below
// the broker's default of message.max.bytes.
const batchBytes = 1_000_000

// batches are what was built already: the warm-up builds them, and what is
// measured sends them.
var batches struct {
	sync.Mutex
	built map[batchKey]wire.Chunks
}

type batchKey struct{ first, count int }

// recordsPerBatch is a power of two, so that batches repeat as the values do.
func recordsPerBatch(task measure.Task) int {
	limit := batchBytes
	if task.BatchBytes > 0 {
		limit = task.BatchBytes
	}
	n := 1
	for 2*n*(task.Size+20) <= limit {
		n *= 2
	}
	return n
}

// batch returns the batch of count values, the first of which is that of record
// first.
func (p *producer) batch(values *measure.Values, first, count int) (wire.Chunks, error) {
	key := batchKey{first % values.Count(), count}
	batches.Lock()
	defer batches.Unlock()
	if b, ok := batches.built[key]; ok {
		return b, nil
	}
	b, err := build(values, first, count, p.codec)
	if err != nil {
		return nil, err
	}
	if batches.built == nil {
		batches.built = map[batchKey]wire.Chunks{}
	}
	batches.built[key] = b
	return b, nil
}

func build(values *measure.Values, first, count int, c codec.Codec) (wire.Chunks, error) {
	compressor, err := codec.NewCompressor(c, 0)
	if err != nil {
		return nil, err
	}
	timestamp := time.Now().UnixMilli() // old records fall to the broker's retention
	var b record.Builder
	for i := range count {
		rec := record.Record{Value: values.At(first + i)}
		need := b.Need(timestamp, &rec)
		if need.Memory > 0 {
			b.Grow(need.Memory)
		}
		b.Append(need, &rec)
	}
	if err := b.Seal(compressor); err != nil {
		return nil, err
	}
	b.Stamp(-1, -1, -1, false)
	return b.Chunks(), nil
}

func brokerError(what string, code protocol.ErrorCode) error {
	if code == protocol.ErrNone {
		return nil
	}
	return fmt.Errorf("floor: %s: %s", what, code)
}
