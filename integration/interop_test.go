package integration

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// A peer is another client of the same cluster.
type peer interface {
	write(t *testing.T, z codec.Codec, records []record.Record)
	// read returns n records of partition 0 of a topic, from its beginning.
	read(t *testing.T, topic string, n int) []record.Record
}

// peers are franz-go and, on a release of Kafka, its own console tools.
func peers(target kafkabroker.Target) map[string]peer {
	all := map[string]peer{"franz-go": franz{target}}
	if c, ok := target.(*kafkabroker.Cluster); ok {
		all["java"] = java{c}
		if !c.AtLeast(2, 7) {
			all["java"] = oldJava{java{c}}
		}
	}
	return all
}

// TestOthersRead has other clients read what Barnabas has written: every shape
// of record with every codec, in one partition.
func TestOthersRead(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		var sent []record.Record
		for _, z := range codecsOf(target) {
			records := samples(target, topic, z.String())
			if !can(target, nullsInTools) {
				records = withoutNulls(records)
			}
			send(t, newProducer(t, target, func(cfg *producer.Config) { cfg.Compression = z }), records...)
			sent = append(sent, records...)
		}
		for name, peer := range peers(target) {
			t.Run(name, func(t *testing.T) {
				if _, ok := peer.(franz); ok && !can(target, lz4AsSpecified) {
					checkFranzReadsFirst(t, target, topic, sent)
					return
				}
				want := sent
				if _, ok := peer.(oldJava); ok {
					want = withoutHeaders(sent) // they are there, but not printed
				}
				checkSame(t, peer.read(t, topic, len(want)), want)
			})
		}
	})
}

// checkFranzReadsFirst checks what franz-go reads up to the first codec that it
// does not know.
func checkFranzReadsFirst(t *testing.T, target kafkabroker.Target, topic string, sent []record.Record) {
	t.Helper()
	n := len(franzCodecsOf(target)) * len(sent) / len(codecsOf(target))
	got := pollFranz(t, newFranzReader(t, target, topic), n)[:n]
	records := make([]record.Record, n)
	for i := range got {
		records[i] = fromFranz(got[i])
	}
	checkSame(t, records, sent[:n])
}

// TestOthersWrite has Barnabas read what other clients have written with each
// codec.
func TestOthersWrite(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for name, peer := range peers(target) {
			t.Run(name, func(t *testing.T) {
				for _, z := range codecsOf(target) {
					if !writes(peer, target, z) {
						continue
					}
					t.Run(z.String(), func(t *testing.T) {
						topic := newTopic(t, target, 1)
						sent := samples(target, topic, z.String())
						if j, ok := peer.(interface {
							javaSamples(topic, tag string) []record.Record
						}); ok {
							sent = j.javaSamples(topic, z.String())
						}
						peer.write(t, z, sent)
						c := newConsumer(t, target)
						must(t, c.Assign(partitionsOf(topic, 1)...))
						got := receive(t, c, len(sent))
						checkSame(t, got, sent)
						checkTimed(t, target, got)
						checkCodec(t, target, topic, len(sent), z)
					})
				}
			})
		}
	})
}

// writes tells whether a peer can write with a codec as the brokers have it.
func writes(peer peer, target kafkabroker.Target, z codec.Codec) bool {
	switch p := peer.(type) {
	case oldJava:
		return p.writes(z)
	case franz:
		return slices.Contains(franzCodecsOf(target), z)
	default:
		return true
	}
}

// TestPlacement checks that keyed records go where other clients put them.
func TestPlacement(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for name, peer := range peers(target) {
			if name == "java" && !can(target, murmur2) {
				continue
			}
			t.Run(name, func(t *testing.T) {
				const partitions = 7
				topic := newTopic(t, target, partitions)
				var sent []record.Record
				for i := range 100 {
					sent = append(sent, record.Record{Topic: topic, Key: fmt.Appendf(nil, "%x", i*i*i*i), Value: []byte("v")})
				}
				peer.write(t, codec.None, sent)
				theirs := make(map[string]int32)
				c := newConsumer(t, target)
				must(t, c.Assign(partitionsOf(topic, partitions)...))
				for _, rec := range receive(t, c, len(sent)) {
					theirs[string(rec.Key)] = rec.Partition
				}
				for i, ours := range send(t, newProducer(t, target), sent...) {
					if key := string(sent[i].Key); ours.Partition != theirs[key] {
						t.Errorf("key %q goes to partition %d, with %s to %d", key, ours.Partition, name, theirs[key])
					}
				}
			})
		}
	})
}

// checkTimed checks that records have timestamps if the brokers know any.
func checkTimed(t *testing.T, target kafkabroker.Target, got []record.Record) {
	t.Helper()
	for i := range got {
		if timed := got[i].TimestampType != record.NoTimestamp; timed != can(target, timestamps) {
			t.Fatalf("the record at offset %d has %v %v", got[i].Offset, got[i].TimestampType, got[i].Timestamp)
		}
	}
}

// checkSame checks the records of one partition, read from its beginning.
func checkSame(t *testing.T, got, sent []record.Record) {
	t.Helper()
	if len(got) != len(sent) {
		t.Fatalf("%d records came, want %d", len(got), len(sent))
	}
	if !slices.IsSortedFunc(got, func(a, b record.Record) int { return cmp.Compare(a.Offset, b.Offset) }) {
		t.Error("the records are not in the order of their offsets")
	}
	for i := range sent {
		if d := difference(&got[i], &sent[i]); d != "" {
			t.Errorf("record %d at offset %d: %s", i, got[i].Offset, d)
		}
		if got[i].Offset != int64(i) {
			t.Errorf("record %d is at offset %d", i, got[i].Offset)
		}
	}
}
