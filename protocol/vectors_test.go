package protocol_test

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// kafkaPython is the header that kafka-python's requests have below, up to the
// API and after it.
const kafkaPython = "00000001000c6b61666b612d707974686f6e"

// TestRequestVectors compares with requests that kafka-python 1.4 wrote.
func TestRequestVectors(t *testing.T) {
	name, meta := "t", ""
	header := func(corr int32, client string, version int16) protocol.RequestHeader {
		return protocol.RequestHeader{Version: version, CorrelationID: corr, ClientID: client}
	}
	python := func(version int16) protocol.RequestHeader { return header(1, "kafka-python", version) }
	for _, tt := range []struct {
		name   string
		header protocol.RequestHeader
		req    protocol.Request
		want   string
	}{
		{"Metadata v0 of all", python(0), &protocol.MetadataRequest{AllowAutoTopicCreation: true},
			"00030000" + kafkaPython + "00000000"},
		{"Metadata v1 of all", python(1), &protocol.MetadataRequest{AllowAutoTopicCreation: true},
			"00030001" + kafkaPython + "ffffffff"},
		{"Metadata v1", python(1), &protocol.MetadataRequest{
			Topics: []protocol.MetadataRequestTopic{{Name: &name}}, AllowAutoTopicCreation: true,
		}, "00030001" + kafkaPython + "00000001000174"},
		{"ApiVersions v0", python(0), &protocol.ApiVersionsRequest{}, "00120000" + kafkaPython},
		{"ListGroups v0", python(0), &protocol.ListGroupsRequest{}, "00100000" + kafkaPython},
		{"FindCoordinator v0", header(4, "client3", 0), &protocol.FindCoordinatorRequest{CoordinatorKeys: []string{"foo"}},
			"000a0000000000040007636c69656e74330003666f6f"},
		{"OffsetFetch v0 of nothing", python(0), &protocol.OffsetFetchRequest{Groups: []protocol.OffsetFetchRequestGroup{{
			GroupID: "kafka-python-default-group", Topics: []protocol.OffsetFetchRequestTopic{}, MemberEpoch: -1,
		}}}, "00090000" + kafkaPython + "001a6b61666b612d707974686f6e2d64656661756c742d67726f757000000000"},
		{"Fetch v4", python(4), fetchVector(),
			"00010004" + kafkaPython + "ffffffff000001f4000000010320000000000000010003666f6f0000000100000000000000000000002a00100000"},
		{"Produce v3", python(3), &protocol.ProduceRequest{Acks: -1, TimeoutMs: 30000, TopicData: []protocol.ProduceRequestTopic{{
			Name: "foo", PartitionData: []protocol.ProduceRequestPartition{{Records: wire.Chunks{{1, 2}}}},
		}}}, "00000003" + kafkaPython + "ffffffff00007530000000010003666f6f0000000100000000000000020102"},
		{"JoinGroup v1", python(1), &protocol.JoinGroupRequest{
			GroupID: "g", SessionTimeoutMs: 10000, RebalanceTimeoutMs: 300000, ProtocolType: "consumer",
			Protocols: []protocol.JoinGroupRequestProtocol{{Name: "range", Metadata: []byte{0}}},
		}, "000b0001" + kafkaPython + "00016700002710000493e000000008636f6e73756d657200000001000572616e67650000000100"},
		{"OffsetCommit v2", python(2), &protocol.OffsetCommitRequest{
			GroupID: "g", GenerationIDOrMemberEpoch: 3, MemberID: "m", RetentionTimeMs: -1,
			Topics: []protocol.OffsetCommitRequestTopic{{Name: "t", Partitions: []protocol.OffsetCommitRequestPartition{{
				CommittedOffset: 5, CommittedLeaderEpoch: -1, CommitTimestamp: -1, CommittedMetadata: &meta,
			}}}},
		}, "00080002" + kafkaPython + "0001670000000300016dffffffffffffffff00000001000174000000010000000000000000000000050000"},
		{"ListOffsets v1", python(1), &protocol.ListOffsetsRequest{
			ReplicaID: -1, Topics: []protocol.ListOffsetsRequestTopic{{Name: "t", Partitions: []protocol.ListOffsetsRequestPartition{{
				Timestamp: protocol.EarliestTimestamp, CurrentLeaderEpoch: -1, MaxNumOffsets: 1,
			}}}},
		}, "00020001" + kafkaPython + "ffffffff000000010001740000000100000000fffffffffffffffe"},
	} {
		t.Run(tt.name, func(t *testing.T) { checkRequest(t, tt.header, tt.req, tt.want) })
	}
}

func fetchVector() *protocol.FetchRequest {
	req := protocol.NewFetchRequest()
	req.MaxWaitMs, req.MinBytes, req.MaxBytes = 500, 1, 52428800
	req.Topics = []protocol.FetchRequestTopic{{
		Topic: "foo", Partitions: []protocol.FetchRequestPartition{protocol.NewFetchRequestPartition(0, 42, 1048576)},
	}}
	return req
}

func checkRequest(t *testing.T, header protocol.RequestHeader, req protocol.Request, want string) {
	t.Helper()
	c := wire.NewEncoder(nil)
	if err := protocol.EncodeRequest(c, header, req); err != nil {
		t.Fatal(err)
	}
	frame := c.Flat()
	size := wire.NewDecoder(frame, 0, false)
	var n int32
	size.Int32(&n)
	if int(n) != len(frame)-4 {
		t.Errorf("size %d of a frame of %d bytes", n, len(frame))
	}
	if got := hex.EncodeToString(frame[4:]); got != want {
		t.Errorf("encoded\n%s, want\n%s", got, want)
	}
	h, back, err := protocol.DecodeRequest(frame[4:])
	if err != nil {
		t.Fatal(err)
	}
	header.Key = req.APIKey()
	if h != header {
		t.Errorf("header %+v, want %+v", h, header)
	}
	if !reflect.DeepEqual(back, req) {
		t.Errorf("decoded\n%+v, want\n%+v", back, req)
	}
}
