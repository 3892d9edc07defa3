package cluster

import (
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// FuzzMetadata takes any bytes for two answers to requests for metadata, one for
// all topics and one for some, and checks that what is known then fits together,
// whatever the answers repeat or leave out.
func FuzzMetadata(f *testing.F) {
	api := protocol.Lookup(protocol.Metadata)
	name, rack := "t", "r1"
	resp := &protocol.MetadataResponse{
		Brokers:      []protocol.MetadataResponseBroker{{NodeID: 1, Host: "a", Port: 9092, Rack: &rack}, {NodeID: 2, Host: "b", Port: 9092}},
		ControllerID: 1, ClusterAuthorizedOperations: protocol.NoAuthorizedOperations,
		Topics: []protocol.MetadataResponseTopic{
			{Name: &name, TopicID: wire.UUID{1}, TopicAuthorizedOperations: protocol.NoAuthorizedOperations, Partitions: []protocol.MetadataResponsePartition{
				{PartitionIndex: 1, LeaderID: 2, LeaderEpoch: 3, ReplicaNodes: []int32{2, 1}, ISRNodes: []int32{2}},
				{PartitionIndex: 0, LeaderID: -1, ErrorCode: protocol.ErrLeaderNotAvailable},
			}},
		},
	}
	for _, version := range []int16{1, 9, api.Max} {
		resp.Topics[0].TopicID = wire.UUID{}
		resp.Topics[0].Partitions[0].LeaderEpoch = -1
		if version == api.Max {
			resp.Topics[0].TopicID = wire.UUID{1}
			resp.Topics[0].Partitions[0].LeaderEpoch = 3
		}
		c := wire.NewEncoder(nil)
		if err := protocol.EncodeResponse(c, 1, version, resp); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(version), c.Flat()[8:], c.Flat()[8:])
	}
	f.Fuzz(func(t *testing.T, version uint8, all, some []byte) {
		m := NewMetadata(Config{Logger: slog.New(slog.DiscardHandler)})
		for i, body := range [][]byte{all, some} {
			resp := new(protocol.MetadataResponse)
			if err := protocol.DecodeResponse(body, min(int16(version), api.Max), resp); err != nil {
				return
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			update := m.Update
			if i == 1 {
				update = m.UpdatePartial
			}
			err := update(resp)
			runtime.ReadMemStats(&after)
			var broker *protocol.BrokerError
			if err != nil && !errors.As(err, &broker) {
				t.Fatalf("error is %v", err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > uint64(32<<10+128*(len(all)+len(some))) {
				t.Fatalf("%d bytes allocated for %d and %d", n, len(all), len(some))
			}
			checkSnapshot(t, m.Snapshot())
		}
	})
}

// checkSnapshot checks that all ways to a partition lead to the same, and that
// each is there once.
func checkSnapshot(t *testing.T, s *Snapshot) {
	for topic := range s.Topics() {
		if found, ok := s.Topic(topic.Name); !ok || found != topic {
			t.Fatalf("topic %q is %v by its name", topic.Name, found)
		}
		if !slices.IsSortedFunc(topic.Partitions, func(a, b Partition) int { return int(a.Partition) - int(b.Partition) }) {
			t.Fatalf("partitions of %q are %+v", topic.Name, topic.Partitions)
		}
		for i := range topic.Partitions {
			p := &topic.Partitions[i]
			if found, ok := topic.Partition(p.Partition); !ok || found != p {
				t.Fatalf("partition %d of %q is %v by its number", p.Partition, topic.Name, found)
			}
			node, epoch, ok := s.Leader(TopicPartition{Topic: topic.Name, Partition: p.Partition})
			if ok != (node != NoNode) || p.Leader != node || ok && epoch != p.LeaderEpoch {
				t.Fatalf("leader of %q-%d is %d in epoch %d, %v; want %+v", topic.Name, p.Partition, node, epoch, ok, p)
			}
		}
	}
}
