package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/kafkatest"
)

func TestProduceAndConsume(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("t", 3))
	for _, test := range []struct {
		name, stdin, produce, consume, want string
	}{
		{"lines", "one\ntwo\n", "-p 0", "", "one\ntwo\n"},
		{"last line without end", "one\ntwo", "-p 1", "", "one\ntwo\n"},
		{"keys", "k:v\nno key\n:empty\n", "-p 0 -K :", "-f %K=%k,%s;", "1=k,v;-1=,no key;0=,empty;"},
		{"nulls", "k:\n:\n", "-p 0 -K : -Z", "-Z -K =", "k=NULL\nNULL=NULL\n"},
		{"a key for all", "a\nb\n", "-k same", "-K : -D ;", "same:a;same:b;"},
		{"delimiters", "a|b;c|d;", "-p 2 -D ; -K |", `-K \t -D \x00`, "a\tb\x00c\td\x00"},
		{"headers", "v\n", "-p 0 -H a=1 -H b= -H c", "-Z -f %h:%s", "a=1,b=,c=NULL:v"},
		{"gzip", "v\n", "-p 0 -z gzip", "", "v\n"},
		{"snappy", "v\n", "-p 0 -z snappy", "", "v\n"},
		{"lz4", "v\n", "-p 0 -z lz4", "", "v\n"},
		{"zstd", "v\n", "-p 0 --compression-codec zstd", "", "v\n"},
		{"acks=1", "v\n", "-p 0 --request-required-acks 1", "", "v\n"},
		{"acks=0", "v\n", "-p 0 -X acks=0 -X enable.idempotence=false", "", "v\n"},
		{"a few", "1\n2\n3\n", "-p 0 -c 2", "", "1\n2\n"},
		{"console", "a:1,b:-\tk\tv\n-\t-\t-\n", "-p 0 --property parse.key=true --property parse.headers=true --property null.marker=-",
			"--property print.headers=true --property print.key=true --property null.literal=0", "a:1,b:0\tk\tv\nNO_HEADERS\t0\t0\n"},
		{"at most two", "1\n2\n3\n", "-p 0", "-c 2", "1\n2\n"},
		{"offset", "1\n2\n3\n", "-p 0", "-p 0 -o 1", "2\n3\n"},
		{"tail", "1\n2\n3\n", "-p 0", "-o -1", "3\n"},
		{"long tail", "1\n2\n3\n", "-p 0", "-o -10", "1\n2\n3\n"},
		{"end", "1\n2\n3\n", "-p 0", "-o end", ""},
		{"one partition", "1\n2\n3\n", "-p 0", "-p 1", ""},
		{"since ever", "1\n", "-p 0", "-o s@0", "1\n"},
		{"since the far future", "1\n", "-p 0", "-o s@99999999999999", ""},
		{"until ever", "1\n", "-p 0", "-o e@99999999999999", "1\n"},
		{"until long ago", "1\n", "-p 0", "-o beginning -o e@1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			topic := strings.ReplaceAll(test.name, " ", ".")
			topic = strings.ReplaceAll(topic, "=", "-")
			must(t, "", "topics", "create", "-q", "-b", b, "-p", "3", topic)
			must(t, test.stdin, append([]string{"produce", "-b", b, "-t", topic}, strings.Fields(test.produce)...)...)
			got := must(t, "", append([]string{"consume", "-b", b, "-t", topic, "-e"}, strings.Fields(test.consume)...)...)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestConsumeJSON(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("t", 2))
	must(t, "k:v\n", "produce", "-b", b, "-t", "t", "-K", ":", "-p", "1", "-H", "a=1")
	var rec struct {
		Topic        string
		Partition    int
		Offset       int
		Key, Payload string
		Headers      []string
		TS           int64
	}
	line := must(t, "", "consume", "-b", b, "t", "-J", "-c", "1")
	if err := json.Unmarshal([]byte(line), &rec); err != nil {
		t.Fatal(err)
	}
	if rec.Topic != "t" || rec.Partition != 1 || rec.Offset != 0 || rec.Key != "k" || rec.Payload != "v" ||
		!slices.Equal(rec.Headers, []string{"a", "1"}) || rec.TS == 0 {
		t.Errorf("%s", line)
	}
}

func TestFiles(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("t", 1))
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("1\n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "stdin\n", "produce", "-b", b, "-t", "t", name, "-")
	must(t, "", "produce", "-b", b, "-t", "t", "-l", name)
	if got, want := must(t, "", "consume", "-b", b, "-t", "t", "-e", "-f", "%s;"), "1\n2\n;stdin;1;2;"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if r := barnabas(t, "", "produce", "-b", b, "-t", "t", "/none/there"); r.code != exitFailure || !strings.Contains(r.err, "open /none/there") {
		t.Errorf("a file that does not exist: %+v", r)
	}
}

// A group goes on where it has been; without one nothing is remembered.
func TestGroup(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("t", 3))
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintln(&lines, i)
	}
	must(t, lines.String(), "produce", "-b", b, "-t", "t", "-X", "partitioner=roundrobin")
	count := func(args ...string) int {
		t.Helper()
		return strings.Count(must(t, "", append([]string{"consume", "-b", b, "-q"}, args...)...), "\n")
	}
	for i, want := range []int{7, 700, 1293, 0} {
		args := []string{"-t", "t", "-G", "g", "--from-beginning", "-e"}
		if i < 2 {
			args = append(args, "-c", fmt.Sprint(want))
		}
		if got := count(args...); got != want {
			t.Errorf("run %d of the group: %d records, want %d", i, got, want)
		}
	}
	if got := count("-t", "t", "-o", "stored", "-X", "group.id=g", "-e"); got != 0 {
		t.Errorf("where the group has been there are %d records", got)
	}
	if got := count("--include", "[a-t]", "-G", "h", "--from-beginning", "-c", "2000"); got != 2000 {
		t.Errorf("by a pattern: %d records", got)
	}
	if got := count("-t", "t", "-G", "new", "-e"); got != 0 {
		t.Errorf("a new group starts at the end, and got %d records", got)
	}
	if got := count("-t", "t", "--idle-timeout", "200ms"); got != 2000 {
		t.Errorf("without a group: %d records", got)
	}
}

func TestPropertyFile(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("t", 1))
	name := filepath.Join(t.TempDir(), "client.properties")
	if err := os.WriteFile(name, []byte("metadata.broker.list="+b+"\nacks=all\ngroup.id=from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "v\n", "produce", "-F", name, "-t", "t")
	must(t, "v\n", "produce", "-F", name, "-X", "bootstrap_servers="+b, "-t", "t")
	if got := must(t, "", "consume", "--command-config", name, "-t", "t", "-e"); got != "v\nv\n" {
		t.Errorf("got %q", got)
	}
	r := barnabas(t, "", "consume", "-F", name, "-X", "linger.ms=5", "-t", "t", "-e")
	if r.code != exitOK || r.err != "-X linger.ms has no effect here: it is for a producer\n" {
		t.Errorf("%+v", r)
	}
}

func TestInterrupt(t *testing.T) {
	c, b := brokers(t, kafkatest.Topic("t", 1))
	must(t, "v\n", "produce", "-b", b, "-t", "t")

	line, stop := background(t, nil, "consume", "-b", b, "-t", "t", "-G", "g", "--from-beginning")
	if got := line(); got != "v" {
		t.Errorf("got %q", got)
	}
	if r := stop(); r.code != exitOK || r.err != "" {
		t.Errorf("consume: %+v", r)
	}
	if got := must(t, "", "consume", "-b", b, "-t", "t", "-X", "group.id=g", "-o", "stored", "-e"); got != "" {
		t.Errorf("what was read before the interrupt is not committed: %q", got)
	}

	in, hold := io.Pipe()
	_, stop = background(t, in, "produce", "-b", b, "-t", "t")
	if _, err := io.WriteString(hold, "w\n"); err != nil {
		t.Fatal(err)
	}
	if r := stop(); r.code != exitInterrupted || r.err != "barnabas: interrupted\n" && !strings.HasSuffix(r.err, "acknowledged\nbarnabas: interrupted\n") {
		t.Errorf("produce: %+v", r)
	}
	_ = hold.Close() // lets the read of stdin end
	if ps, err := c.Partitions("t"); err != nil || ps[0].HighWatermark < 1 {
		t.Errorf("%+v, %v", ps, err)
	}
}

func TestBrokenPipe(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("t", 1))
	must(t, strings.Repeat("line\n", 1000), "produce", "-b", b, "-t", "t")
	out, in := io.Pipe()
	_ = out.Close()
	var diagnostics strings.Builder
	code := run(t.Context(), []string{"consume", "-b", b, "-t", "t", "-G", "g", "--from-beginning"}, streams{nil, in, &diagnostics})
	if code != exitOK || diagnostics.String() != "" {
		t.Errorf("exit code %d, %s", code, diagnostics.String())
	}
	// What could not be printed is not lost to the group.
	if got := must(t, "", "consume", "-b", b, "-t", "t", "-G", "g", "--from-beginning", "-c", "1000"); strings.Count(got, "\n") != 1000 {
		t.Errorf("%d lines", strings.Count(got, "\n"))
	}
}
