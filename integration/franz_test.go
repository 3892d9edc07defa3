package integration

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// franz is franz-go as the other side of interoperation.
type franz struct{ target kafkabroker.Target }

var franzCodecs = map[codec.Codec]kgo.CompressionCodec{
	codec.None:   kgo.NoCompression(),
	codec.Gzip:   kgo.GzipCompression(),
	codec.Snappy: kgo.SnappyCompression(),
	codec.LZ4:    kgo.Lz4Compression(),
	codec.Zstd:   kgo.ZstdCompression(),
}

func (f franz) write(t *testing.T, z codec.Codec, records []record.Record) {
	t.Helper()
	sendFranz(t, f.target, z, records)
}

func (f franz) read(t *testing.T, topic string, n int) []record.Record {
	t.Helper()
	var got []record.Record
	for _, r := range pollFranz(t, newFranzReader(t, f.target, topic), n) {
		got = append(got, fromFranz(r))
	}
	return got
}

// sendFranz produces records with franz-go, and returns where they are.
func sendFranz(t *testing.T, target kafkabroker.Target, z codec.Codec, records []record.Record) []producer.Metadata {
	t.Helper()
	client := newFranz(t, target, kgo.ProducerBatchCompression(franzCodecs[z]), kgo.ProducerBatchMaxBytes(1<<20),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	list := make([]*kgo.Record, len(records))
	for i := range records {
		list[i] = toFranz(&records[i])
	}
	must(t, client.ProduceSync(soon(t), list...).FirstErr())
	places := make([]producer.Metadata, len(records))
	for i, r := range list {
		places[i] = producer.Metadata{
			TopicPartition: cluster.TopicPartition{Topic: r.Topic, Partition: r.Partition},
			Offset:         r.Offset, Timestamp: r.Timestamp,
		}
	}
	return places
}

// newFranzReader returns a client that reads a topic from its beginning.
func newFranzReader(t *testing.T, target kafkabroker.Target, topic string) *kgo.Client {
	t.Helper()
	return newFranz(t, target, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
}

// pollFranz polls until it has at least n records.
func pollFranz(t *testing.T, client *kgo.Client, n int) []*kgo.Record {
	t.Helper()
	ctx := soon(t)
	var got []*kgo.Record
	for len(got) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %d of %d records: %v", len(got), n, err)
		}
		got = append(got, fetches.Records()...)
	}
	return got
}

func toFranz(rec *record.Record) *kgo.Record {
	r := &kgo.Record{Topic: rec.Topic, Key: rec.Key, Value: rec.Value, Timestamp: rec.Timestamp}
	for _, h := range rec.Headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	return r
}

func fromFranz(r *kgo.Record) record.Record {
	rec := record.Record{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset,
		Key: r.Key, Value: r.Value, Timestamp: r.Timestamp, TimestampType: record.TimestampType(r.Attrs.TimestampType()),
	}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, record.Header{Key: h.Key, Value: h.Value})
	}
	return rec
}
