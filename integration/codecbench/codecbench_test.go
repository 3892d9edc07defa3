package main

import (
	"bytes"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
)

// BenchmarkCodecs has a benchmark for each codec and message, for profiles and
// for work on one of them. For comparisons go run . is steadier.
func BenchmarkCodecs(b *testing.B) {
	for _, j := range jobs() {
		b.Run(j.name, func(b *testing.B) {
			for _, c := range j.codecs() {
				b.Run(c.name, func(b *testing.B) {
					run, err := j.run(c)
					if err != nil {
						b.Fatal(err)
					}
					b.SetBytes(int64(len(j.body)))
					b.ReportAllocs()
					for b.Loop() {
						if err := run(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// TestSameBytes holds all codecs to encode what they have decoded as it was:
// they do the same work.
func TestSameBytes(t *testing.T) {
	for _, m := range messages() {
		known := 0
		for _, c := range codecs {
			if !c.knows(m) {
				continue
			}
			known++
			msg, err := c.decoder(m)()
			if err != nil {
				t.Errorf("%s, %s: %v", m, c.name, err)
				continue
			}
			b, err := c.encoder(m, msg)()
			if err != nil || !same(b, m, c) {
				t.Errorf("%s, %s: encoded %d bytes (%v), decoded from %d", m, c.name, len(b), err, len(m.body))
			}
		}
		if known < 2 || len(m.body) < 4e5 || len(m.body) > 12e5 {
			t.Errorf("%s: %d bytes, known to %d", m, len(m.body), known)
		}
	}
}

// same compares the bytes; of sarama's maps the order is left to chance.
func same(b []byte, m *message, c codec) bool {
	if c.name == saramaCodec.name && m.key != protocol.Metadata {
		return len(b) == len(m.body)
	}
	return bytes.Equal(b, m.body)
}

// TestSameRecords holds all codecs to see the same records.
func TestSameRecords(t *testing.T) {
	for _, m := range messages() {
		if m.key != protocol.Fetch {
			continue
		}
		var first tally
		for i, c := range codecs {
			msg, err := c.decoder(m)()
			if err != nil {
				t.Fatal(err)
			}
			seen, err := c.walk(msg)
			if i == 0 {
				first = seen
			}
			if err != nil || seen != first || seen.records < 5000 {
				t.Errorf("%s, %s: %+v (%v), %s %+v", m, c.name, seen, err, codecs[0].name, first)
			}
		}
	}
}
