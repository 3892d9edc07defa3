package integration

import (
	"io"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// TestRoundTrip sends records of every shape with every codec, and reads them
// back, each where its future told.
func TestRoundTrip(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for _, z := range codecsOf(target) {
			t.Run(z.String(), func(t *testing.T) {
				topic := newTopic(t, target, 3)
				p := newProducer(t, target, func(cfg *producer.Config) { cfg.Compression = z })
				sent := samples(target, topic, z.String())
				places := send(t, p, sent...)
				c := newConsumer(t, target)
				must(t, c.Assign(partitionsOf(topic, 3)...))
				checkReceived(t, receive(t, c, len(sent)), sent, places)
				checkCodec(t, target, topic, len(sent), z)
			})
		}
	})
}

// checkReceived checks that records came once each, in the order of the log,
// from where they were sent to.
func checkReceived(t *testing.T, got, sent []record.Record, places []producer.Metadata) {
	t.Helper()
	next := make(map[cluster.TopicPartition]int64)
	at := make(map[producer.Metadata]*record.Record)
	for i := range got {
		tp := cluster.TopicPartition{Topic: got[i].Topic, Partition: got[i].Partition}
		if got[i].Offset != next[tp] {
			t.Errorf("offset %d of %s came where %d is due", got[i].Offset, tp, next[tp])
		}
		next[tp] = got[i].Offset + 1
		at[producer.Metadata{TopicPartition: tp, Offset: got[i].Offset}] = &got[i]
	}
	for i, place := range places {
		rec := at[producer.Metadata{TopicPartition: place.TopicPartition, Offset: place.Offset}]
		if rec == nil {
			t.Errorf("record %d, acknowledged as %s, did not come", i, place)
			continue
		}
		if d := difference(rec, &sent[i]); d != "" {
			t.Errorf("record %d at %s: %s", i, place, d)
		}
		if !rec.Timestamp.Equal(place.Timestamp) {
			t.Errorf("record %d at %s has time %v, was acknowledged with %v", i, place, rec.Timestamp, place.Timestamp)
		}
	}
	if len(got) != len(places) {
		t.Errorf("%d records came, want %d", len(got), len(places))
	}
}

// checkCodec checks by the eyes of another client that the n records of a topic
// came in batches of a codec: a producer that forgot to compress would pass all
// else. Batches that do not get smaller may be sent as they are.
func checkCodec(t *testing.T, target kafkabroker.Target, topic string, n int, want codec.Codec) {
	t.Helper()
	if !slices.Contains(franzCodecsOf(target), want) {
		checkFetchedCodec(t, target, topic, want)
		return
	}
	found := false
	for _, rec := range pollFranz(t, newFranzReader(t, target, topic), n) {
		got := codec.Codec(rec.Attrs.CompressionType())
		found = found || got == want
		if got != want && got != codec.None {
			t.Fatalf("%s-%d@%d is compressed with %s, want %s", rec.Topic, rec.Partition, rec.Offset, got, want)
		}
	}
	if !found {
		t.Errorf("no batch is compressed with %s", want)
	}
}

// checkFetchedCodec is checkCodec with our own eyes, on what a fetch returns from
// the beginning of partition 0.
func checkFetchedCodec(t *testing.T, target kafkabroker.Target, topic string, want codec.Codec) {
	t.Helper()
	found := false
	for r := record.NewReader(fetchFirst(t, target, topic)); ; {
		batch, err := r.Next()
		if err == io.EOF {
			break
		}
		must(t, err)
		found = found || batch.Attributes.Codec() == want
	}
	if !found {
		t.Errorf("no batch is compressed with %s", want)
	}
}

// TestLargestRecord sends a record that just fits, and a byte more.
func TestLargestRecord(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		p := newProducer(t, target)
		// A batch has a header of 61 bytes; this record its length (3 bytes),
		// attributes, timestamp delta, offset delta, null key (1 each), the value's
		// length (3) and the number of headers (1).
		overhead := 61 + 3 + 4 + 3 + 1
		switch {
		case !can(target, timestamps):
			overhead = 26
		case !can(target, headers):
			overhead = 34
		}
		value := noise(min(1<<20, maxMessage(target))-overhead, 4)
		places := send(t, p, record.Record{Topic: topic, Value: value})
		c := newConsumer(t, target)
		must(t, c.Assign(partitionsOf(topic, 1)...))
		checkReceived(t, receive(t, c, 1), []record.Record{{Value: value}}, places)

		_, err := p.SendSync(soon(t), record.Record{Topic: topic, Value: append(value, 0)})
		if can(target, batchesOf1MiB) {
			wantError(t, err, "1048577", "MaxRequestSize (max.request.size)", "1048576")
		} else {
			wantError(t, err, topic+"-0", "MESSAGE_TOO_LARGE", "message.max.bytes")
		}
	})
}

// TestKeyless checks that records without a key go to all partitions.
func TestKeyless(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions = 4
		topic := newTopic(t, target, partitions)
		p := newProducer(t, target)
		records := make([]record.Record, 2000)
		for i := range records {
			records[i] = record.Record{Topic: topic, Value: noise(1000, uint64(i))}
		}
		used := make(map[int32]int)
		places := send(t, p, records...)
		for _, place := range places {
			used[place.Partition]++
		}
		if len(used) < partitions {
			t.Errorf("2000 records without a key went to partitions %v, want all %d", used, partitions)
		}
		c := newConsumer(t, target)
		must(t, c.Assign(partitionsOf(topic, partitions)...))
		checkReceived(t, receive(t, c, len(records)), records, places)
	})
}
