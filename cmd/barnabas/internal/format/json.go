package format

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/barnabas-go/kafka"
)

// envelope is a record as kcat -J has it.
type envelope struct {
	Topic         string    `json:"topic"`
	Partition     int32     `json:"partition"`
	Offset        int64     `json:"offset"`
	TimestampType string    `json:"tstype"`
	Timestamp     int64     `json:"ts"`
	Headers       []*string `json:"headers,omitempty"` // name, value, name, value ...
	Key           *string   `json:"key"`
	Payload       *string   `json:"payload"`
}

// JSON prints a record as an object on a line, as kcat's -J does: topic,
// partition, offset, tstype, ts, headers, key and payload. Bytes that are no
// UTF-8 are replaced by U+FFFD, so use a format string for such records.
func JSON(dst []byte, rec *kafka.Record) []byte {
	e := envelope{
		Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset,
		TimestampType: "create", Timestamp: rec.Timestamp.UnixMilli(),
		Key: text(rec.Key), Payload: text(rec.Value),
	}
	if rec.TimestampType == kafka.LogAppendTime {
		e.TimestampType = "logappend"
	}
	for i := range rec.Headers {
		e.Headers = append(e.Headers, &rec.Headers[i].Key, text(rec.Headers[i].Value))
	}
	line, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(append(dst, line...), '\n')
}

func text(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	return &s
}
