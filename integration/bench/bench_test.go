package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/barnabas-go/kafka/kafkatest"
)

// TestMain lets the test binary be the process that measures, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == measureCommand {
		os.Exit(measure.Main(inProcess...))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // or each process takes a second to end
	os.Exit(m.Run())
}

// embedded starts a broker in process and has the benchmark take it.
func embedded(t *testing.T) *kafkatest.Cluster {
	t.Helper()
	c := kafkatest.Start(t)
	t.Setenv("KAFKA_BOOTSTRAP", strings.Join(c.BootstrapServers(), ","))
	return c
}

// benchmark runs the command line and returns what it saved as JSON.
func benchmark(t *testing.T, args ...string) report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	if err := run(t.Context(), append(args, "-json", file)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryClientInEveryMode(t *testing.T) {
	embedded(t)
	r := benchmark(t, "-clients", "barnabas,barnabas-batch,franz,franz-pooled,sarama,segmentio,floor",
		"-scenarios", "produce/100/lz4,produce/100/none/senders=3/records=100,consume/100/lz4,group/100/lz4,latency/100/none,paced/100/none,"+
			"join/100/none/records=2,join848/100/none/records=2,endtoend/100/none,idle/100/none/records=1",
		"-partitions", "2", "-rounds", "1", "-records", "200", "-rate", "10000")
	var got []string
	for _, row := range r.Rows {
		got = append(got, string(row.Scenario.Mode)+" "+row.Client)
		if row.Error != "" || len(row.Results) != 1 {
			t.Errorf("%s %s: %d results, error %q", row.Scenario, row.Client, len(row.Results), row.Error)
			continue
		}
		if m := row.Results[0]; m.Seconds <= 0 || m.CPUSeconds <= 0 || m.Mallocs == 0 || m.AllocBytes == 0 || m.PeakRSS < 1<<20 {
			t.Errorf("%s %s: %+v", row.Scenario, row.Client, m)
		}
		if m := row.Results[0]; row.latency() && (m.P50 <= 0 || m.P95 < m.P50 || m.P99 < m.P95 || m.P999 < m.P99) {
			t.Errorf("%s %s: %+v", row.Scenario, row.Client, m)
		}
	}
	var want []string
	everyone := "barnabas,franz,franz-pooled,sarama,segmentio"
	for _, block := range []struct{ mode, clients string }{
		{"produce", "barnabas,barnabas-batch,franz,franz-pooled,sarama,segmentio,floor"},
		{"produce", "barnabas,barnabas-batch,franz,franz-pooled"},
		{"consume", everyone + ",floor"}, {"group", everyone}, {"latency", everyone + ",floor"}, {"paced", everyone},
		{"join", "barnabas,franz,sarama,segmentio"}, {"join848", "barnabas,franz"}, {"endtoend", everyone}, {"idle", "barnabas,franz,sarama"},
	} {
		for client := range strings.SplitSeq(block.clients, ",") {
			want = append(want, block.mode+" "+client)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows are\n%q\nwant\n%q", got, want)
	}
}

// A consumer that reads what is not the benchmark's must be found out.
func TestWrongRecordsAreFoundOut(t *testing.T) {
	c := embedded(t)
	b, err := connect(c.BootstrapServers(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer b.stop()
	p, err := prepare(t.Context(), []string{"franz"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	task := measure.Task{
		Client: "franz", Mode: measure.Produce, Brokers: b.servers, Topic: "records", WarmTopic: "records",
		Partitions: 1, Records: 90, Size: 50, Codec: "none",
	}
	if err := b.createTopic(t.Context(), "records", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := p.measure(t.Context(), task); err != nil { // 9 to warm up, and 90
		t.Fatal(err)
	}
	task.Mode = measure.Consume
	task.Records = 99
	if _, err := p.measure(t.Context(), task); err == nil || !strings.Contains(err.Error(), "checksum of 99 records") {
		t.Errorf("error is %v, want one about the checksum", err)
	}
}

// An acknowledgement that the log does not bear out must be found out.
func TestMissingRecordsAreFoundOut(t *testing.T) {
	c := embedded(t)
	b, err := connect(c.BootstrapServers(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer b.stop()
	p, err := prepare(t.Context(), []string{"franz"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	s := session{broker: b, programs: p}
	for _, topic := range []string{"counted", "other"} {
		if err := b.createTopic(t.Context(), topic, 1); err != nil {
			t.Fatal(err)
		}
	}
	task := measure.Task{
		Client: "franz", Mode: measure.Produce, Brokers: b.servers, Topic: "counted", WarmTopic: "counted",
		Partitions: 1, Records: 100, Size: 50, Codec: "none",
	}
	if _, _, err := s.checked(t.Context(), task); err == nil || !strings.Contains(err.Error(), "the topic has 110 more") {
		t.Errorf("error is %v, want one about the 10 records of the warm-up", err)
	}
	task.WarmTopic = "other"
	if _, stored, err := s.checked(t.Context(), task); err != nil || stored < 100*50 {
		t.Errorf("stored %d bytes, %v", stored, err)
	}
}

func TestMeasureTellsWhatFailed(t *testing.T) {
	p, err := prepare(t.Context(), []string{"franz"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for client, want := range map[string]string{
		"nobody": `there is no client "nobody"`,
		"floor":  `"brotli"`,
	} {
		_, err := p.measure(t.Context(), measure.Task{Client: client, Mode: measure.Produce, Size: 100, Codec: "brotli"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q", client, err, want)
		}
	}
}

func TestWithoutCompiler(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var log bytes.Buffer
	p, err := prepare(t.Context(), []string{"franz", "confluent"}, &log)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if !slices.Equal(p.clients, []string{"franz"}) || !strings.Contains(log.String(), "confluent is left out") {
		t.Errorf("clients are %q, said is %q", p.clients, log.String())
	}
}

func TestHelp(t *testing.T) {
	var usage bytes.Buffer
	if _, err := parseOptions([]string{"-h"}, &usage); err == nil || !strings.Contains(usage.String(), "-scenarios") {
		t.Errorf("usage is %q, error %v", usage.String(), err)
	}
}
