package record

import (
	"slices"
	"strings"
	"time"
)

// Header is one header of a record. Headers are ordered, and a key may come
// more than once (KIP-82).
type Header struct {
	Key   string
	Value []byte // nil is null
}

// Record is one record, to be sent or received.
//
// Of a received record Key, Value and Headers alias memory that it shares with
// its neighbours. It is safe to keep, and keeps that memory alive; [Record.Clone]
// makes a copy that does not.
type Record struct {
	// Topic is the topic to send to, or the one that it came from.
	Topic string
	// Partition it came from. When sending it is read by the manual partitioner
	// alone.
	Partition int32
	// LeaderEpoch of the batch it came in, -1 if not known. Not read when
	// sending.
	LeaderEpoch int32
	// Offset in the partition. Not read when sending.
	Offset int64
	// Timestamp, in milliseconds on the wire. When sending, zero means now; of a
	// received record, that it has none, as it was written before Kafka 0.10.
	Timestamp time.Time
	// Key decides on the partition; nil is null, which is not the same as empty.
	Key []byte
	// Value is the payload; nil is null, a tombstone on compacted topics.
	Value []byte
	// Headers are the record's headers in order.
	Headers []Header
	// TimestampType tells whether the producer or the broker set Timestamp, or
	// that there is none. Not read when sending.
	TimestampType TimestampType
}

// Clone returns a copy of r that shares no memory with it.
func (r *Record) Clone() Record {
	c := *r
	c.Key = slices.Clone(r.Key)
	c.Value = slices.Clone(r.Value)
	c.Headers = slices.Clone(r.Headers)
	for i := range c.Headers {
		c.Headers[i].Key = strings.Clone(c.Headers[i].Key)
		c.Headers[i].Value = slices.Clone(c.Headers[i].Value)
	}
	return c
}

// Header returns the value of the last header with the given key, as Java's
// Headers.lastHeader does.
func (r *Record) Header(key string) (value []byte, ok bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == key {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}
