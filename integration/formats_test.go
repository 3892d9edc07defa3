package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// logFormat is how a topic's log is written.
type logFormat struct {
	name    string
	version string // message.format.version; empty: the release's own
	appends bool   // message.timestamp.type is LogAppendTime
	magic   int8
}

// oldFormats tells whether brokers write logs in formats of before if told so.
func oldFormats(target kafkabroker.Target) bool {
	return target.Version() != kafkabroker.Embedded && can(target, choosesFormat) && !can(target, onlyOwnFormat)
}

// logFormats are those that brokers can be told to write. The embedded one keeps
// what it gets.
func logFormats(target kafkabroker.Target) []logFormat {
	if target.Version() == kafkabroker.Embedded || !can(target, timestamps) {
		return nil
	}
	own := int8(2)
	if !can(target, headers) {
		own = 1
	}
	list := []logFormat{{"own, append time", "", true, own}}
	if oldFormats(target) {
		list = append(list,
			logFormat{"0.9.0", "0.9.0", false, 0},
			logFormat{"0.10.0", "0.10.0", false, 1},
			logFormat{"0.10.0, append time", "0.10.0", true, 1})
	}
	return list
}

func (f logFormat) configs() []string {
	var list []string
	if f.version != "" {
		list = append(list, "message.format.version", f.version)
	}
	if f.appends {
		list = append(list, "message.timestamp.type", "LogAppendTime")
	}
	return list
}

// TestFormats reads logs in formats older than the broker, which fetches return as
// they are, and records that the broker has stamped: the outer message of a
// compressed set alone has that time.
func TestFormats(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for _, format := range logFormats(target) {
			for _, z := range codecsOf(target) {
				if z == codec.Zstd && format.magic < 2 {
					continue // brokers refuse it
				}
				t.Run(format.name+"/"+z.String(), func(t *testing.T) { testFormat(t, target, format, z) })
			}
		}
	})
}

func testFormat(t *testing.T, target kafkabroker.Target, format logFormat, z codec.Codec) {
	topic := newTopic(t, target, 1, format.configs()...)
	p := newProducer(t, target, func(cfg *producer.Config) {
		cfg.Compression = z
		cfg.DisableIdempotence = true // the old formats have no place for a producer id
	})
	sent := samples(target, topic, z.String())
	for i := range sent {
		if format.magic < 2 {
			sent[i].Headers = nil
		}
		if format.appends {
			sent[i].Timestamp = time.Time{}
		}
	}
	places := send(t, p, sent...)
	c := newConsumer(t, target)
	must(t, c.Assign(partitionsOf(topic, 1)...))
	got := receive(t, c, len(sent))
	if format.magic == 0 {
		for i := range sent {
			sent[i].TimestampType = record.NoTimestamp
		}
	} else {
		checkReceived(t, got, sent, places)
	}
	checkSame(t, got, sent)
	for i := range got {
		if stamped := got[i].TimestampType == record.LogAppendTime; stamped != format.appends {
			t.Fatalf("record %d has a timestamp of type %v", i, got[i].TimestampType)
		}
	}
	checkMagic(t, target, topic, format.magic)
}

// TestUpgradedLog reads a log that was begun in the oldest format and goes on in
// the others, as topics do that have outlived their brokers.
func TestUpgradedLog(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !oldFormats(target) || !can(target, alterConfigs) {
			return
		}
		topic := newTopic(t, target, 1, "message.format.version", "0.9.0")
		plain := newProducer(t, target, func(cfg *producer.Config) { cfg.DisableIdempotence = true })
		zipped := newProducer(t, target, func(cfg *producer.Config) { cfg.DisableIdempotence, cfg.Compression = true, codec.Gzip })
		var sent []record.Record
		write := func() {
			for _, p := range []*producer.Producer{plain, zipped} {
				records := numbered(topic, 50)
				send(t, p, records...)
				sent = append(sent, records...)
			}
		}
		write()
		for i, version := range []string{"0.10.0", "0.11.0"} {
			alterTopic(t, target, topic, "message.format.version", version)
			eventually(t, patience, func() error {
				write()
				if got := magicsOf(t, target, topic); got[len(got)-1] != int8(i+1) {
					return fmt.Errorf("the log's formats are %v after it was told to go on in %s", got, version)
				}
				return nil
			})
		}
		if got := slices.Compact(magicsOf(t, target, topic)); !slices.Equal(got, []int8{0, 1, 2}) {
			t.Errorf("the log's formats are %v", got)
		}
		c := newConsumer(t, target)
		must(t, c.Assign(partitionsOf(topic, 1)...))
		for i, rec := range receive(t, c, len(sent)) {
			if rec.Offset != int64(i) || !bytes.Equal(rec.Value, sent[i].Value) {
				t.Fatalf("record %d came as %d: %s, want %s", i, rec.Offset, brief(rec.Value), brief(sent[i].Value))
			}
		}
		must(t, c.Seek(partitionsOf(topic, 1)[0], 75)) // within a compressed set
		if got := receiveAtLeast(t, c, 1); got[0].Offset != 75 {
			t.Errorf("at offset 75 comes %d", got[0].Offset)
		}
	})
}

func alterTopic(t *testing.T, target kafkabroker.Target, topic, name, value string) {
	t.Helper()
	resp, err := newClient(t, target).DoAny(soon(t), &protocol.AlterConfigsRequest{Resources: []protocol.AlterConfigsRequestResource{{
		ResourceType: protocol.TopicConfig, ResourceName: topic,
		Configs: []protocol.AlterConfigsRequestConfig{{Name: name, Value: &value}},
	}}})
	must(t, err)
	must(t, resp.(*protocol.AlterConfigsResponse).Responses[0].ErrorCode.Err())
}

// checkMagic checks in which format a topic's log is.
func checkMagic(t *testing.T, target kafkabroker.Target, topic string, want int8) {
	t.Helper()
	if got := slices.Compact(magicsOf(t, target, topic)); !slices.Equal(got, []int8{want}) {
		t.Errorf("the log's formats are %v, want %d", got, want)
	}
}

// magicsOf returns the formats of the batches that the first fetch from a topic's
// partition 0 returns.
func magicsOf(t *testing.T, target kafkabroker.Target, topic string) (list []int8) {
	t.Helper()
	for r := record.NewReader(fetchFirst(t, target, topic)); ; {
		batch, err := r.Next()
		if err == io.EOF {
			return list
		}
		must(t, err)
		list = append(list, batch.Magic)
	}
}

// TestBatchLargerThanFetch has a batch that is larger than what a fetch asks for.
// Since 0.10.1 (Fetch v3) brokers return it whole; before, they cut it off at the
// limit, and the application must be told.
func TestBatchLargerThanFetch(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		const limit = 10_000
		topic := newTopic(t, target, 1)
		tp := partitionsOf(topic, 1)[0]
		p := newProducer(t, target, func(cfg *producer.Config) { cfg.Partitioner = partitioner.Manual })
		sent := []record.Record{{Topic: topic, Value: []byte("before")}, {Topic: topic, Value: noise(500_000, 5)}, {Topic: topic, Value: []byte("after")}}
		var places []producer.Metadata
		for i := range sent {
			places = append(places, send(t, p, sent[i])...) // in a batch of its own
		}
		c := newConsumer(t, target, func(cfg *consumer.Config) { cfg.MaxPartitionFetchBytes = limit })
		must(t, c.Assign(tp))
		if can(target, wholeBatches) {
			checkReceived(t, receive(t, c, 3), sent, places)
			return
		}
		checkSame(t, receive(t, c, 1), sent[:1])
		for range 2 { // it stays so until something is done about it
			checkTooLarge(t, c, tp, limit)
		}
		must(t, c.Seek(tp, 2))
		if got := receive(t, c, 1); got[0].Offset != 2 || string(got[0].Value) != "after" {
			t.Errorf("past the large batch come %d bytes from offset %d", len(got[0].Value), got[0].Offset)
		}
		large := newConsumer(t, target, func(cfg *consumer.Config) { cfg.MaxPartitionFetchBytes = 1 << 20 })
		must(t, large.Assign(tp))
		checkReceived(t, receive(t, large, 3), sent, places)
	})
}

func checkTooLarge(t *testing.T, c *consumer.Consumer, tp cluster.TopicPartition, limit int) {
	t.Helper()
	_, err := c.Poll(soon(t))
	var large *consumer.RecordTooLargeError
	if !errors.As(err, &large) || large.Partition != tp || large.Offset != 1 || large.Limit != limit {
		t.Fatalf("a batch larger than the fetch: %v", err)
	}
}

// fetchFirst returns the records of a fetch from the beginning of a topic's
// partition 0.
func fetchFirst(t *testing.T, target kafkabroker.Target, topic string) []byte {
	t.Helper()
	client := newClient(t, target)
	_, err := client.WaitTopic(soon(t), topic)
	must(t, err)
	leader, _, _ := client.Metadata().Snapshot().Leader(cluster.TopicPartition{Topic: topic})
	req := protocol.NewFetchRequest()
	req.MaxWaitMs, req.MinBytes = 1000, 1
	req.Topics = []protocol.FetchRequestTopic{{Topic: topic, Partitions: []protocol.FetchRequestPartition{protocol.NewFetchRequestPartition(0, 0, 1<<20)}}}
	resp, err := client.Do(soon(t), leader, req)
	must(t, err)
	return resp.(*protocol.FetchResponse).Responses[0].Partitions[0].Records
}
