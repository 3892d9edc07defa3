package integration

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/record"
)

// oldJava is the console tools before 2.7, which print neither offsets nor
// headers, timestamps only since 0.10, and "null" for null.
type oldJava struct{ java }

func (j oldJava) read(t *testing.T, topic string, n int) []record.Record {
	t.Helper()
	args := []string{"--topic", topic, "--from-beginning", "--max-messages", strconv.Itoa(n)}
	properties := []string{"print.key=true", "key.separator=" + endOfField, "line.separator=" + endOfRecord}
	timed := j.AtLeast(timestamps...)
	if timed {
		properties = append(properties, "print.timestamp=true")
	}
	for _, property := range properties {
		args = append(args, "--property", property)
	}
	out := runTool(t, j.ConsoleConsumer(within(t, toolPatience), args...))
	var got []record.Record
	for text := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte(endOfRecord)), []byte(endOfRecord)) {
		rec, err := parseOldJava(text, timed)
		if err != nil {
			t.Fatalf("the console consumer printed %.200q: %v", text, err)
		}
		rec.Topic, rec.Offset = topic, int64(len(got))
		got = append(got, rec)
	}
	return got
}

// parseOldJava reads "key<;>value", with "CreateTime:1<;>" before it if timed.
func parseOldJava(text []byte, timed bool) (rec record.Record, err error) {
	fields := bytes.Split(text, []byte(endOfField))
	rec.TimestampType = record.NoTimestamp
	if timed && len(fields) > 0 {
		var ms int64
		if _, err := fmt.Sscanf(string(fields[0]), "CreateTime:%d", &ms); err != nil {
			return rec, fmt.Errorf("timestamp: %w", err)
		}
		rec.Timestamp, rec.TimestampType = time.UnixMilli(ms), record.CreateTime
		fields = fields[1:]
	}
	if len(fields) != 2 {
		return rec, fmt.Errorf("%d fields, want key and value", len(fields))
	}
	for i, v := range []*[]byte{&rec.Key, &rec.Value} {
		if string(fields[i]) != "null" {
			*v = fields[i]
		}
	}
	return rec, nil
}

// write takes records of javaSamples. Those before 0.8.2 know no codec but
// gzip.
func (j oldJava) write(t *testing.T, z codec.Codec, records []record.Record) {
	t.Helper()
	args := []string{"--topic", records[0].Topic, "--property", "parse.key=true", "--property", "key.separator=" + endOfField}
	switch {
	case j.AtLeast(0, 8, 2):
		args = append(args, "--compression-codec", z.String())
	case z == codec.Gzip:
		args = append(args, "--compress")
	case z != codec.None:
		t.Fatalf("Kafka %s's console producer has no %s", j.Version(), z)
	}
	var lines strings.Builder
	for i := range records {
		lines.WriteString(javaText(records[i].Key) + endOfField + javaText(records[i].Value) + "\n")
	}
	tool := j.ConsoleProducer(within(t, toolPatience), args...)
	tool.Stdin = strings.NewReader(lines.String())
	runTool(t, tool)
}

// writes tells whether the console producer has a codec.
func (j oldJava) writes(z codec.Codec) bool { return z <= codec.Gzip || j.AtLeast(0, 8, 2) }
