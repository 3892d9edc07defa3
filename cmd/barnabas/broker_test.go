package main

import (
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/kafkatest"
)

func TestBroker(t *testing.T) {
	kafkatest.CheckLeaks(t)
	line, stop := background(t, nil, "broker", "--port", "0", "-n", "2", "-t", "orders:4", "-t", "plain", "--auto-create", "3", "--release", "3.9.1")
	b := line()
	if strings.Count(b, ",") != 1 {
		t.Fatalf("addresses %q, want two", b)
	}
	if got := must(t, "", "topics", "list", "-b", b); got != "orders\nplain\n" {
		t.Errorf("topics %q", got)
	}
	must(t, "v\n", "produce", "-b", b, "-t", "new")
	if got := must(t, "", "topics", "describe", "-b", b, "new", "orders"); !strings.Contains(got, "PartitionCount: 3\t") || !strings.Contains(got, "PartitionCount: 4\t") {
		t.Errorf("topics %q", got)
	}
	if got := must(t, "", "check-version", "-b", b); strings.Count(got, "\t3.9\n") != 2 {
		t.Errorf("versions %q", got)
	}
	port := b[strings.LastIndex(b, ":")+1:]
	if r := barnabas(t, "", "broker", "-p", port); r.code != exitFailure || !strings.Contains(r.err, "--port takes another port, 0 any free one") {
		t.Errorf("a port that is taken: %+v", r)
	}
	if r := stop(); r.code != exitOK || !strings.HasPrefix(r.err, "running; ") {
		t.Errorf("%+v", r)
	}
}
