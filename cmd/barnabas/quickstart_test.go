package main

import (
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

const goodReport = "broker    ... (Kafka ...)\ntopic     barnabas-quickstart-..., 3 partitions\n" +
	"produced  5,000 records of 64 B in ... s: ... records/s, ... MiB/s\n" +
	"consumed  5,000 records of 64 B in ... s: ... records/s, ... MiB/s\n" +
	"...p50...p90...p99...p99.9...max\n" +
	"...acknowledgement...s...s...s...s...s\n...arrival...s...s...s...s...s\n" +
	"verdict   OK: each of 5,000 records arrived once, and in order within its partition\n"

func TestQuickstart(t *testing.T) {
	kafkatest.CheckLeaks(t)
	args := []string{"quickstart", "--records", "5000", "--size", "64", "--partitions", "3"}
	r := barnabas(t, "", args...)
	if r.code != exitOK || !matches(r.out, goodReport) || !strings.HasPrefix(r.out, "broker    embedded, 127.0.0.1:") {
		t.Errorf("exit code %d\n%s", r.code, r.out)
	}
	if want := "5,000 acknowledged, 5,000 received of 5,000\n"; r.err != want {
		t.Errorf("progress is %q, want %q", r.err, want)
	}

	_, b := brokers(t, kafkatest.Brokers(3), kafkatest.Topic("mine", 1))
	if out := must(t, "", append(args, "-q", "-b", b, "-X", "compression.type=lz4", "-X", "max.poll.records=7")...); !matches(out, goodReport) {
		t.Errorf("%s", out)
	}
	if got := must(t, "", "topics", "list", "-b", b); got != "mine\n" {
		t.Errorf("topics that are left: %q", got)
	}
}

// Records that a broker has twice, since a response was lost and idempotence is
// off, do not pass.
func TestQuickstartVerdict(t *testing.T) {
	c, b := brokers(t)
	c.Intercept(protocol.Produce, kafkatest.Times(1, kafkatest.DropResponse()))
	r := barnabas(t, "", "quickstart", "-b", b, "-c", "100", "-p", "1", "-q", "-X", "enable.idempotence=false")
	if r.code != exitVerdict || !strings.Contains(r.out, "verdict   FAILED: of 100 records ") || !strings.Contains(r.out, "the partitions hold ") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if !strings.Contains(r.err, "barnabas: of 100 records ") {
		t.Errorf("%s", r.err)
	}
}

// What a broker never hands out is told after a while.
func TestQuickstartGivesUp(t *testing.T) {
	c, b := brokers(t)
	c.Intercept(protocol.Fetch, func(kafkatest.Request) kafkatest.Verdict { return kafkatest.Fail(protocol.ErrOffsetNotAvailable) })
	r := barnabas(t, "", "quickstart", "-b", b, "-c", "100", "-p", "1", "-q", "--timeout", "1s")
	if r.code != exitVerdict || !strings.Contains(r.out, "verdict   FAILED: of 100 records 100 did not arrive\n") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestQuickstartInterrupt(t *testing.T) {
	_, b := brokers(t)
	line, stop := background(t, nil, "quickstart", "-b", b, "-c", "1000000000", "-q")
	if got := line(); !strings.HasPrefix(got, "broker ") {
		t.Errorf("first line %q", got)
	}
	if r := stop(); r.code != exitInterrupted || r.err != "barnabas: interrupted\n" {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if got := must(t, "", "topics", "list", "-b", b); got != "" {
		t.Errorf("topics that are left: %q", got)
	}
}
