package record

import "time"

// TimestampType tells who set a record's timestamp (KIP-32).
type TimestampType int8

const (
	// CreateTime is set by the producer.
	CreateTime TimestampType = 0
	// LogAppendTime is set by the broker, on topics with
	// message.timestamp.type=LogAppendTime.
	LogAppendTime TimestampType = 1
	// NoTimestamp is that of records in message format v0, before Kafka 0.10.
	NoTimestamp TimestampType = -1
)

// String returns "CreateTime", "LogAppendTime" or "NoTimestampType", as Java has
// it.
func (t TimestampType) String() string {
	switch t {
	case LogAppendTime:
		return "LogAppendTime"
	case NoTimestamp:
		return "NoTimestampType"
	default:
		return "CreateTime"
	}
}

// noTime is the timestamp on the wire of a record that has none.
const noTime = -1

// timeOf returns the time of a timestamp, the zero time for none.
func timeOf(ms int64) time.Time {
	if ms == noTime {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// millis is the inverse of timeOf.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	return t.UnixMilli()
}
