package protocol_test

import (
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// largeCluster has 10,000 partitions of 1,000 topics on 30 brokers.
func largeCluster() *protocol.MetadataResponse {
	m := &protocol.MetadataResponse{ClusterAuthorizedOperations: protocol.NoAuthorizedOperations}
	for i := range int32(30) {
		m.Brokers = append(m.Brokers, protocol.MetadataResponseBroker{NodeID: i, Host: fmt.Sprintf("broker-%d.kafka", i), Port: 9092})
	}
	for i := range 1000 {
		name := fmt.Sprintf("orders-of-region-%d", i)
		topic := protocol.MetadataResponseTopic{
			Name: &name, TopicID: wire.UUID{byte(i), byte(i >> 8), 1}, TopicAuthorizedOperations: protocol.NoAuthorizedOperations,
		}
		for p := range int32(10) {
			topic.Partitions = append(topic.Partitions, protocol.MetadataResponsePartition{
				PartitionIndex: p, LeaderID: p, ReplicaNodes: []int32{p, p + 1, p + 2}, ISRNodes: []int32{p, p + 1, p + 2},
			})
		}
		m.Topics = append(m.Topics, topic)
	}
	return m
}

func BenchmarkMetadataEncode(b *testing.B) {
	m := largeCluster()
	c := wire.NewEncoder(nil)
	b.ReportAllocs()
	for b.Loop() {
		c.Reset()
		if err := protocol.EncodeResponse(c, 1, 12, m); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(c.Len()))
}

func BenchmarkMetadataDecode(b *testing.B) {
	c := wire.NewEncoder(nil)
	if err := protocol.EncodeResponse(c, 1, 12, largeCluster()); err != nil {
		b.Fatal(err)
	}
	body := c.Flat()[8:]
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := protocol.DecodeResponse(body, 12, new(protocol.MetadataResponse)); err != nil {
			b.Fatal(err)
		}
	}
}
