package main

import (
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// message is one message in one version, as bytes that kmsg has written.
type message struct {
	name    string
	key     protocol.APIKey
	version int16
	request bool
	body    []byte // without a header
	records bool   // it has records, which a codec may step over
}

func (m *message) String() string { return fmt.Sprintf("%s v%d", m.name, m.version) }

// flexible tells whether the version has compact lengths and tagged fields.
func (m *message) flexible() bool { return protocol.Lookup(m.key).IsFlexible(m.version) }

// Sizes of the messages: 10,000 partitions in the metadata, about 1 MB in all
// others.
const (
	topics            = 100
	partitionsOfTopic = 100
	produceTopics     = 1000
	producePartitions = 30
	recordsOfLarge    = 140 // 16 KB a batch
	recordsOfSmall    = 8   // 1 KB a batch
)

// messages returns what is measured, each in an old version and in a flexible
// one: where sarama knows it, the highest that sarama does.
func messages() []*message {
	var list []*message
	for _, v := range []int16{1, 4, 11, 12} {
		list = append(list, newMessage("MetadataResponse, 10,000 partitions", v, metadata()))
	}
	for _, v := range []int16{3, 10} {
		list = append(list, newMessage("ProduceResponse, 30,000 partitions", v, produced()))
	}
	few, many := batches(1, 4, 16, recordsOfLarge), batches(10, 100, 1, recordsOfSmall)
	for _, v := range []int16{4, 12} {
		list = append(list, newMessage("FetchResponse, 4 partitions", v, fetched(few)))
		list = append(list, newMessage("FetchResponse, 1,000 partitions", v, fetched(many)))
	}
	for _, v := range []int16{3, 10} {
		list = append(list, newMessage("ProduceRequest, 4 partitions", v, toProduce(batches(1, 4, 1, 16*recordsOfLarge))))
		list = append(list, newMessage("ProduceRequest, 1,000 partitions", v, toProduce(many)))
	}
	return list
}

func newMessage(name string, version int16, msg kmsgMessage) *message {
	msg.SetVersion(version)
	_, request := msg.(kmsg.Request)
	key := protocol.APIKey(msg.Key())
	return &message{
		name: name, key: key, version: version, request: request, body: msg.AppendTo(nil),
		records: key == protocol.Fetch || request,
	}
}

func topicName(i int) string { return fmt.Sprintf("orders-of-region-%d", i) }

func metadata() *kmsg.MetadataResponse {
	m := kmsg.NewPtrMetadataResponse()
	cluster, rack := "TWtVM09FVkJOVGN3TlRKRQ", "eu-west-1a"
	m.ClusterID = &cluster
	for i := range int32(30) {
		b := kmsg.NewMetadataResponseBroker()
		b.NodeID, b.Host, b.Port, b.Rack = i, fmt.Sprintf("broker-%d.kafka.example.org", i), 9092, &rack
		m.Brokers = append(m.Brokers, b)
	}
	for i := range topics {
		t := kmsg.NewMetadataResponseTopic()
		name := topicName(i)
		t.Topic, t.TopicID = &name, [16]byte{byte(i), 1}
		for j := range int32(partitionsOfTopic) {
			p := kmsg.NewMetadataResponseTopicPartition()
			p.Partition, p.Leader, p.LeaderEpoch = j, j%30, 7
			p.Replicas = []int32{j % 30, (j + 1) % 30, (j + 2) % 30}
			p.ISR = p.Replicas
			t.Partitions = append(t.Partitions, p)
		}
		m.Topics = append(m.Topics, t)
	}
	return m
}

func produced() *kmsg.ProduceResponse {
	r := kmsg.NewPtrProduceResponse()
	for i := range produceTopics {
		t := kmsg.NewProduceResponseTopic()
		t.Topic, t.TopicID = topicName(i), [16]byte{byte(i), byte(i >> 8), 1}
		for j := range int32(producePartitions) {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition, p.BaseOffset, p.LogStartOffset = j, int64(i)<<20, 5
			t.Partitions = append(t.Partitions, p)
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

// batches returns the record batches of each partition of each topic: count
// batches of n records with values of 100 bytes.
func batches(topics, partitions, count, n int) [][][]byte {
	all := make([][][]byte, topics)
	for i := range all {
		for range partitions {
			var b []byte
			for k := range count {
				b = append(b, batch(int64(k*n), n)...)
			}
			all[i] = append(all[i], b)
		}
	}
	return all
}

func batch(baseOffset int64, n int) []byte {
	b := kmsg.NewRecordBatch()
	b.FirstOffset, b.Magic, b.ProducerID, b.ProducerEpoch, b.FirstSequence = baseOffset, 2, -1, -1, -1
	b.FirstTimestamp, b.MaxTimestamp = 1_700_000_000_000, 1_700_000_000_000
	b.LastOffsetDelta, b.NumRecords = int32(n-1), int32(n)
	value := slices.Repeat([]byte("0123456789"), 10)
	for i := range n {
		r := kmsg.NewRecord()
		r.OffsetDelta, r.Key, r.Value = int32(i), fmt.Appendf(nil, "key-%d", i), value
		r.Length = int32(len(r.AppendTo(nil)) - 1) // behind the length, which takes a byte while it is 0
		b.Records = r.AppendTo(b.Records)
	}
	const uncounted, unsummed = 12, 21 // bytes before the length counts, and before the CRC does
	b.Length = int32(len(b.AppendTo(nil)) - uncounted)
	b.CRC = int32(crc32.Checksum(b.AppendTo(nil)[unsummed:], crc32.MakeTable(crc32.Castagnoli)))
	return b.AppendTo(nil)
}

func fetched(records [][][]byte) *kmsg.FetchResponse {
	r := kmsg.NewPtrFetchResponse()
	for i, partitions := range records {
		t := kmsg.NewFetchResponseTopic()
		t.Topic = topicName(i)
		for j, b := range partitions {
			p := kmsg.NewFetchResponseTopicPartition()
			p.Partition, p.HighWatermark, p.LastStableOffset, p.RecordBatches = int32(j), 1<<20, 1<<20, b
			p.AbortedTransactions = []kmsg.FetchResponseTopicPartitionAbortedTransaction{}
			t.Partitions = append(t.Partitions, p)
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

func toProduce(records [][][]byte) *kmsg.ProduceRequest {
	r := kmsg.NewPtrProduceRequest()
	r.Acks, r.TimeoutMillis = -1, 30_000
	for i, partitions := range records {
		t := kmsg.NewProduceRequestTopic()
		t.Topic = topicName(i)
		for j, b := range partitions {
			p := kmsg.NewProduceRequestTopicPartition()
			p.Partition, p.Records = int32(j), b
			t.Partitions = append(t.Partitions, p)
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}
