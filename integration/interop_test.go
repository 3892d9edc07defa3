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
	}
	return all
}

// TestOthersRead has other clients read what Barnabas has written: every shape
// of record with every codec, in one partition.
func TestOthersRead(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		var sent []record.Record
		for _, z := range codecs {
			records := samples(topic, z.String())
			send(t, newProducer(t, target, func(cfg *producer.Config) { cfg.Compression = z }), records...)
			sent = append(sent, records...)
		}
		for name, peer := range peers(target) {
			t.Run(name, func(t *testing.T) {
				checkSame(t, peer.read(t, topic, len(sent)), sent)
			})
		}
	})
}

// TestOthersWrite has Barnabas read what other clients have written with each
// codec.
func TestOthersWrite(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for name, peer := range peers(target) {
			t.Run(name, func(t *testing.T) {
				for _, z := range codecs {
					t.Run(z.String(), func(t *testing.T) {
						topic := newTopic(t, target, 1)
						sent := samples(topic, z.String())
						if j, ok := peer.(java); ok {
							sent = j.javaSamples(topic, z.String())
						}
						peer.write(t, z, sent)
						c := newConsumer(t, target)
						must(t, c.Assign(partitionsOf(topic, 1)...))
						checkSame(t, receive(t, c, len(sent)), sent)
						checkCodec(t, target, topic, len(sent), z)
					})
				}
			})
		}
	})
}

// TestPlacement checks that keyed records go where other clients put them.
func TestPlacement(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for name, peer := range peers(target) {
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
