package conformance

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/protocol"
)

func TestMain(m *testing.M) { os.Exit(kafkabroker.Main(m)) }

// TestOursToPeers fills our messages, whose bytes the classes of the release that
// the test runs on must read, and write again the same.
func TestOursToPeers(t *testing.T) {
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		var sent []sample
		set := 0 // fields
		for _, p := range allPairs() {
			if p.changedSince(target.Version()) {
				continue
			}
			for range rounds / 5 {
				s, n := p.sample(t)
				sent = append(sent, s)
				set += n
			}
		}
		if set < 10000 {
			t.Errorf("only %d fields were set", set)
		}
		same, apis := 0, map[protocol.APIKey]bool{}
		for i, answer := range peerOf(target)(t, sent) {
			switch want := fmt.Sprintf("%x", sent[i].bytes); answer {
			case "-":
				continue
			case want:
				same++
				apis[sent[i].key] = true
			default:
				t.Errorf("%s v%d: %s answers\n%s to\n%s", sent[i].name, sent[i].version, target.Version(), answer, want)
			}
		}
		if len(apis) < 40 {
			t.Errorf("%s knows only %d of our APIs", target.Version(), len(apis))
		}
		t.Logf("%d messages of %d APIs are the same", same, len(apis))
	})
}

// changedSince tells that the version was unstable in a release, and became
// another than it was there: what we know is 4.1's.
func (p *pair) changedSince(release string) bool {
	return p.name == "ReadShareGroupStateSummaryResponse" && p.version == 0 && release < "4.1"
}

// sample is a message of ours.
type sample struct {
	*pair
	bytes []byte
}

// sample returns a random message of ours, and how many of its fields were set.
func (p *pair) sample(t *testing.T) (s sample, set int) {
	t.Helper()
	ours := p.newOurs()
	if p.known {
		var err error
		if ours, err = p.decodeOurs(p.filled().AppendTo(nil)); err != nil {
			t.Fatalf("%s v%d: %v", p.name, p.version, err)
		}
		set = p.vary(t, ours)
	} else { // the version is the last, which has all fields
		fill(p.Rand, ours)
	}
	b, err := p.encodeOurs(ours)
	if err != nil {
		t.Fatalf("%s v%d: %v", p.name, p.version, err)
	}
	return sample{p, b}, set
}

// A peer answers each message by the bytes that it reads it as, in hexadecimal,
// or "-" if it does not know the version.
type peer func(t *testing.T, sent []sample) []string

// peerOf returns the peer that has a target's own classes: Kafka's, or kmsg where
// they are not in Java or, before 2.8, not made from the schemas.
func peerOf(target kafkabroker.Target) peer {
	if c, ok := target.(*kafkabroker.Cluster); ok && !strings.HasPrefix(c.Version(), "0.") && c.Version() >= "2.8" {
		return java{c}.answer
	}
	return kmsgAnswer
}

func kmsgAnswer(t *testing.T, sent []sample) []string {
	answers := make([]string, len(sent))
	for i, s := range sent {
		if answers[i] = "-"; !s.known {
			continue
		}
		msg := s.newTheirs()
		msg.SetVersion(s.version)
		if err := msg.ReadFrom(s.bytes); err != nil {
			t.Errorf("%s v%d: kmsg cannot read %x: %v", s.name, s.version, s.bytes, err)
		}
		answers[i] = fmt.Sprintf("%x", msg.AppendTo(nil))
	}
	return answers
}

// java runs testdata/RoundTrip.java on the jars of a release.
type java struct{ *kafkabroker.Cluster }

func (j java) answer(t *testing.T, sent []sample) []string {
	t.Helper()
	var in, out, log bytes.Buffer
	for _, s := range sent {
		direction := "Request"
		if strings.HasSuffix(s.name, "Response") {
			direction = "Response"
		}
		fmt.Fprintf(&in, "%d %d %s %x\n", s.key, s.version, direction, s.bytes)
	}
	cmd := j.Java(t.Context(), "testdata/RoundTrip.java")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("RoundTrip.java: %v\n%s", err, &log)
	}
	answers := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(answers) != len(sent) {
		t.Fatalf("RoundTrip.java gave %d answers to %d messages\n%s", len(answers), len(sent), &log)
	}
	return answers
}
