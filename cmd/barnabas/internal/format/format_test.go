package format

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
)

var full = kafka.Record{
	Topic: "orders", Partition: 3, Offset: 42, LeaderEpoch: 5, Timestamp: time.UnixMilli(1700000000123),
	Key: []byte("k"), Value: []byte("vä"), Headers: []kafka.Header{{Key: "a", Value: []byte("1")}, {Key: "b"}},
}

var null = kafka.Record{Topic: "t", Timestamp: time.UnixMilli(1), TimestampType: kafka.LogAppendTime}

func TestCompile(t *testing.T) {
	for _, test := range []struct {
		format, full, null string
	}{
		{`%t-%p@%o %k=%s\n`, "orders-3@42 k=vä\n", "t-0@0 NULL=NULL\n"},
		{`%K %S %T %h %%`, "1 3 1700000000123 a=1,b=NULL %", "-1 -1 1  %"},
		{`%R%s`, "\x00\x00\x00\x03vä", "\xff\xff\xff\xffNULL"},
		{`\t\r\\\0\x41ä`, "\t\r\\\x00Aä", "\t\r\\\x00Aä"},
		{``, "", ""},
	} {
		p, err := Compile(test.format, "NULL")
		if err != nil {
			t.Errorf("%s: %v", test.format, err)
			continue
		}
		if got := string(p(nil, &full)); got != test.full {
			t.Errorf("%s: got %q, want %q", test.format, got, test.full)
		}
		if got := string(p([]byte(">"), &null)); got != ">"+test.null {
			t.Errorf("%s: got %q, want %q", test.format, got, ">"+test.null)
		}
	}
	for format, want := range map[string]string{
		`%`: "ends in %", `%x`: "format has %x", `a\`: "ends in a backslash", `\q`: `has \q`, `\x4`: `\x needs two`, `\xzz`: `\x needs two`,
	} {
		if _, err := Compile(format, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", format, err, want)
		}
	}
}

func TestJSON(t *testing.T) {
	want := `{"topic":"orders","partition":3,"offset":42,"tstype":"create","ts":1700000000123,"headers":["a","1","b",null],"key":"k","payload":"vä"}` + "\n"
	if got := string(JSON(nil, &full)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = `{"topic":"t","partition":0,"offset":0,"tstype":"logappend","ts":1,"key":null,"payload":null}` + "\n"
	if got := string(JSON(nil, &null)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var parsed map[string]any
	binary := JSON(nil, &kafka.Record{Value: []byte("a\xff\n\"")})
	if err := json.Unmarshal(binary, &parsed); err != nil || parsed["payload"] != "a\ufffd\n\"" {
		t.Errorf("%s: %v", binary, err)
	}
}

// TestConsole has what kafka-console-consumer of Kafka 4.3.1 prints, but for the
// epoch, for which that always has NOT_PRESENT.
func TestConsole(t *testing.T) {
	for _, test := range []struct {
		properties string
		full, null string
	}{
		{"", "vä\n", "null\n"},
		{"print.key=true", "k\tvä\n", "null\tnull\n"},
		{"print.key=true key.separator=: print.value=false", "k\n", "null\n"},
		{"print.timestamp=true print.partition=true print.offset=true print.epoch=true print.headers=true print.key=true",
			"CreateTime:1700000000123\tPartition:3\tOffset:42\tEpoch:5\ta:1,b:null\tk\tvä\n",
			"LogAppendTime:1\tPartition:0\tOffset:0\tEpoch:0\tNO_HEADERS\tnull\tnull\n"},
		{"line.separator=; null.literal=- headers.separator=| print.headers=true", "a:1|b:-\tvä;", "NO_HEADERS\t-;"},
	} {
		p, err := Console(strings.Fields(test.properties))
		if err != nil {
			t.Errorf("%s: %v", test.properties, err)
			continue
		}
		if got := string(p(nil, &full)); got != test.full {
			t.Errorf("%s: got %q, want %q", test.properties, got, test.full)
		}
		if got := string(p(nil, &null)); got != test.null {
			t.Errorf("%s: got %q, want %q", test.properties, got, test.null)
		}
	}
	for _, wrong := range []string{"print.keys=true", "print.key", "print.key=perhaps"} {
		if _, err := Console([]string{wrong}); err == nil || !strings.Contains(err.Error(), "--property "+wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
