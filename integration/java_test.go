package integration

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/record"
)

// java is the release's own console tools as the other side of interoperation.
type java struct{ *kafkabroker.Cluster }

// What stands between the parts of a record in the tools' text, and for null. No
// sample has any of it.
const (
	endOfField  = "<;>"
	endOfRecord = "<end>\n"
	endOfHeader = "<,>" // a regular expression, for the producer
	javaNull    = "<null>"
)

func (j java) read(t *testing.T, topic string, n int) []record.Record {
	t.Helper()
	args := []string{"--topic", topic, "--partition", "0", "--offset", "earliest", "--max-messages", strconv.Itoa(n),
		"--timeout-ms", strconv.FormatInt(patience.Milliseconds(), 10)}
	for _, property := range []string{
		"print.timestamp=true", "print.offset=true", "print.headers=true", "print.key=true", "print.value=true",
		"key.separator=" + endOfField, "headers.separator=" + endOfHeader, "line.separator=" + endOfRecord, "null.literal=" + javaNull,
	} {
		args = append(args, j.flag("formatter-property"), property)
	}
	var got []record.Record
	out := runTool(t, j.ConsoleConsumer(within(t, toolPatience), args...))
	for text := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte(endOfRecord)), []byte(endOfRecord)) {
		rec, err := parseJava(text)
		if err != nil {
			t.Fatalf("the console consumer printed %.200q: %v", text, err)
		}
		rec.Topic = topic
		got = append(got, rec)
	}
	return got
}

// flag is the name that a flag has had since 4.2 (KIP-1147), or had before.
func (j java) flag(name string) string {
	if j.atLeast(4, 2) {
		return "--" + name
	}
	return map[string]string{
		"formatter-property": "--property",
		"reader-property":    "--property",
		"command-property":   "--producer-property",
	}[name]
}

// atLeast says whether the release is that one or later.
func (j java) atLeast(major, minor int) bool {
	var have [2]int
	_, err := fmt.Sscanf(j.Version(), "%d.%d", &have[0], &have[1])
	return err == nil && (have[0] > major || have[0] == major && have[1] >= minor)
}

// parseJava reads "CreateTime:1<;>Offset:2<;>header:value<;>key<;>value".
func parseJava(text []byte) (record.Record, error) {
	fields := bytes.Split(text, []byte(endOfField))
	if len(fields) != 5 {
		return record.Record{}, fmt.Errorf("%d fields, want 5", len(fields))
	}
	var ms, offset int64
	if _, err := fmt.Sscanf(string(fields[0]), "CreateTime:%d", &ms); err != nil {
		return record.Record{}, fmt.Errorf("timestamp: %w", err)
	}
	if _, err := fmt.Sscanf(string(fields[1]), "Offset:%d", &offset); err != nil {
		return record.Record{}, fmt.Errorf("offset: %w", err)
	}
	rec := record.Record{Timestamp: time.UnixMilli(ms), Offset: offset, Key: parseNull(fields[3]), Value: parseNull(fields[4])}
	if string(fields[2]) == "NO_HEADERS" {
		return rec, nil
	}
	for header := range bytes.SplitSeq(fields[2], []byte(endOfHeader)) {
		key, value, _ := bytes.Cut(header, []byte(":"))
		rec.Headers = append(rec.Headers, record.Header{Key: string(key), Value: parseNull(value)})
	}
	return rec, nil
}

func parseNull(field []byte) []byte {
	if string(field) == javaNull {
		return nil
	}
	return field
}

// write takes records of what the release's console producer can express: see
// javaSamples.
func (j java) write(t *testing.T, z codec.Codec, records []record.Record) {
	t.Helper()
	args := []string{"--topic", records[0].Topic, "--compression-codec", z.String(), j.flag("command-property"), "linger.ms=100"}
	properties := []string{"parse.key=true", "key.separator=" + endOfField}
	headers := len(records[0].Headers) > 0
	if headers {
		properties = append(properties, "parse.headers=true", "headers.delimiter="+endOfField, "headers.separator="+endOfHeader,
			"headers.key.separator=:", "null.marker="+javaNull)
	}
	for _, property := range properties {
		args = append(args, j.flag("reader-property"), property)
	}
	var lines bytes.Buffer
	for i := range records {
		if headers {
			list := make([]string, len(records[i].Headers))
			for k, h := range records[i].Headers {
				list[k] = h.Key + ":" + javaText(h.Value)
			}
			lines.WriteString(strings.Join(list, endOfHeader) + endOfField)
		}
		lines.WriteString(javaText(records[i].Key) + endOfField + javaText(records[i].Value) + "\n")
	}
	tool := j.ConsoleProducer(within(t, toolPatience), args...)
	tool.Stdin = &lines
	runTool(t, tool)
}

func javaText(b []byte) string {
	if b == nil {
		return javaNull
	}
	return string(b)
}

// writesHeaders tells whether the console producer has headers and null, which
// came with 3.2 (KIP-798, KIP-810).
func (j java) writesHeaders() bool { return j.atLeast(3, 2) }

// javaSamples are records that the release's console producer can produce from
// lines of text; it sets the time itself.
func (j java) javaSamples(topic, tag string) []record.Record {
	var list []record.Record
	for i := range 100 {
		list = append(list, record.Record{Key: fmt.Appendf(nil, "key %d", i%13), Value: fmt.Appendf(nil, "%s %d", tag, i)})
	}
	list = append(list,
		record.Record{Key: []byte{}, Value: []byte{}},
		record.Record{Key: []byte("ключ 鍵 🔑"), Value: []byte("значение 値 🏰\t\x01\x7f")},
		record.Record{Key: []byte("large"), Value: bytes.Repeat([]byte("Someone must have slandered Josef K. "), 25_000)},
	)
	if j.writesHeaders() {
		list = append(list, record.Record{Key: nil, Value: []byte("null key")}, record.Record{Key: []byte("null value")})
	}
	for i := range list {
		list[i].Topic = topic
		if j.writesHeaders() {
			list[i].Headers = []record.Header{
				{Key: "n", Value: fmt.Append(nil, i)}, {Key: "n", Value: []byte("again ✓")}, {Key: "empty", Value: []byte{}}, {Key: "null"},
			}
		}
	}
	return list
}

// runTool returns what a tool printed to its standard output.
func runTool(t *testing.T, tool *exec.Cmd) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	tool.Stdout, tool.Stderr = &stdout, &stderr
	if err := tool.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", tool.Args, err, &stderr)
	}
	return stdout.Bytes()
}
