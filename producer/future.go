package producer

import (
	"context"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/record"
)

// Metadata tells where a record was written.
type Metadata struct {
	cluster.TopicPartition
	// Offset is -1 if the broker did not tell: with AcksNone, or when it knew
	// the record as a duplicate of an earlier try.
	Offset int64
	// Timestamp is the broker's if the topic has LogAppendTime, else the
	// record's own. It is zero if the broker keeps none, before Kafka 0.10.
	Timestamp time.Time
	// KeySize and ValueSize are the bytes of the record's key and value, -1 for null.
	KeySize, ValueSize int
}

// String returns partition and offset, such as "orders-3@42".
func (m Metadata) String() string { return fmt.Sprintf("%s@%d", m.TopicPartition, m.Offset) }

// Future is the outcome to come of one record: a small value that need not be
// looked at. It keeps no record's bytes alive.
type Future struct {
	batch     *batch
	index     int32
	timestamp int64 // milliseconds
	sizes     sizes
}

// sizes are those of a record's key and value, in one number: the compiler keeps
// structs of up to four fields in registers.
type sizes uint64

func sizesOf(rec *record.Record) sizes {
	return sizes(fieldSize(rec.Key))<<32 | sizes(fieldSize(rec.Value))
}

func (s sizes) key() int   { return int(int32(s >> 32)) }
func (s sizes) value() int { return int(int32(s)) }

// fieldSize is the size of a key or value, -1 for null.
func fieldSize(field []byte) uint32 {
	if field == nil {
		return 1<<32 - 1
	}
	return uint32(len(field))
}

// Done is closed when the outcome is known. All records of a batch share it.
func (f Future) Done() <-chan struct{} { return f.batch.done }

// Get waits for the outcome: where the record was written, or a
// [*DeliveryError]. If ctx ends first its error is returned, and the record
// goes its way all the same.
func (f Future) Get(ctx context.Context) (Metadata, error) {
	select {
	case <-f.batch.done:
	case <-ctx.Done():
		select {
		case <-f.batch.done: // both: the outcome counts
		default:
			return Metadata{}, ctx.Err()
		}
	}
	return f.result()
}

// OnDone has fn called with the outcome, as [Future.Get] returns it, exactly
// once. A producer calls all callbacks one after the other on a goroutine of
// their own, never on the caller's: those of a partition in the order of its
// outcomes, which is that of its records. [Producer.Flush] and [Producer.Close]
// wait for the callbacks of the records that they wait for.
//
// A callback may use the producer, Close included: sending goes on while it runs.
// It should return soon all the same, for the others wait meanwhile, in memory
// that Config.BufferMemory does not count. If it panics, that is logged as an
// error with its stack, and the next one is called.
func (f Future) OnDone(fn func(Metadata, error)) {
	c := &callback{future: f, fn: fn}
	for {
		c.next = f.batch.callbacks.Load()
		if c.next == resolvedMark {
			c.next = nil
			f.batch.partition.producer.callbacks.add([]*callback{c})
			return
		}
		if f.batch.callbacks.CompareAndSwap(c.next, c) {
			return
		}
	}
}

func (f Future) result() (Metadata, error) {
	b, index := f.batch.part(f.index)
	if b.err != nil {
		return Metadata{}, b.err
	}
	m := Metadata{
		TopicPartition: b.partition.tp, Offset: -1, Timestamp: time.UnixMilli(f.timestamp),
		KeySize: f.sizes.key(), ValueSize: f.sizes.value(),
	}
	if b.baseOffset >= 0 {
		m.Offset = b.baseOffset + int64(index)
	}
	if b.untimed {
		m.Timestamp = time.Time{}
	}
	if b.logAppendTime >= 0 {
		m.Timestamp = time.UnixMilli(b.logAppendTime)
	}
	return m, nil
}
