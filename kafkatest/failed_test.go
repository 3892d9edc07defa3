package kafkatest_test

import (
	"errors"
	"io"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

// code is what the failed requests are answered with.
const code = int16(protocol.ErrNotCoordinator)

var topic, group = "t", "g"

// failures are requests, and where Kafka's clients look for an error in the
// answers.
var failures = map[string]struct {
	version int16
	req     kmsg.Request
	found   func(kmsg.Response) bool
}{
	"Produce": {9, &kmsg.ProduceRequest{Acks: -1, Topics: []kmsg.ProduceRequestTopic{{Topic: "t", Partitions: []kmsg.ProduceRequestTopicPartition{{Partition: 0}, {Partition: 1}}}}},
		func(r kmsg.Response) bool {
			p := r.(*kmsg.ProduceResponse).Topics[0].Partitions
			return r.(*kmsg.ProduceResponse).Topics[0].Topic == "t" && len(p) == 2 && p[1].Partition == 1 && p[1].ErrorCode == code && p[1].BaseOffset == 0
		}},
	"Fetch": {11, &kmsg.FetchRequest{ReplicaID: -1, Topics: []kmsg.FetchRequestTopic{{Topic: "t", Partitions: []kmsg.FetchRequestTopicPartition{{Partition: 1}}}}},
		func(r kmsg.Response) bool {
			p := r.(*kmsg.FetchResponse).Topics[0].Partitions[0]
			return r.(*kmsg.FetchResponse).ErrorCode == 0 && p.Partition == 1 && p.ErrorCode == code
		}},
	"Fetch by topic id": {13, &kmsg.FetchRequest{Topics: []kmsg.FetchRequestTopic{{TopicID: [16]byte{7}, Partitions: []kmsg.FetchRequestTopicPartition{{Partition: 1}}}}},
		func(r kmsg.Response) bool {
			f := r.(*kmsg.FetchResponse).Topics[0]
			return f.TopicID == [16]byte{7} && f.Partitions[0].ErrorCode == code
		}},
	"Fetch of a session": {12, &kmsg.FetchRequest{SessionID: 5, SessionEpoch: 1},
		func(r kmsg.Response) bool { return r.(*kmsg.FetchResponse).ErrorCode == code }},
	"ListOffsets": {5, &kmsg.ListOffsetsRequest{Topics: []kmsg.ListOffsetsRequestTopic{{Topic: "t", Partitions: []kmsg.ListOffsetsRequestTopicPartition{{Partition: 1}}}}},
		func(r kmsg.Response) bool {
			p := r.(*kmsg.ListOffsetsResponse).Topics[0].Partitions[0]
			return p.Partition == 1 && p.ErrorCode == code && p.Offset == -1
		}},
	"Metadata": {9, &kmsg.MetadataRequest{Topics: []kmsg.MetadataRequestTopic{{Topic: &topic}}},
		func(r kmsg.Response) bool {
			m := r.(*kmsg.MetadataResponse)
			return len(m.Brokers) == 1 && m.Topics[0].ErrorCode == code && m.Topics[0].Partitions[0].ErrorCode == 0
		}},
	"OffsetCommit": {8, &kmsg.OffsetCommitRequest{Group: "g", Topics: []kmsg.OffsetCommitRequestTopic{{Topic: "t", Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Partition: 1}}}}},
		func(r kmsg.Response) bool {
			return r.(*kmsg.OffsetCommitResponse).Topics[0].Partitions[0].ErrorCode == code
		}},
	"OffsetFetch of a group": {5, &kmsg.OffsetFetchRequest{Group: "g", Topics: []kmsg.OffsetFetchRequestTopic{{Topic: "t", Partitions: []int32{1}}}},
		func(r kmsg.Response) bool { return r.(*kmsg.OffsetFetchResponse).ErrorCode == code }},
	"OffsetFetch of groups": {8, &kmsg.OffsetFetchRequest{Groups: []kmsg.OffsetFetchRequestGroup{{Group: "g"}, {Group: "h"}}},
		func(r kmsg.Response) bool {
			g := r.(*kmsg.OffsetFetchResponse).Groups
			return len(g) == 2 && g[1].Group == "h" && g[1].ErrorCode == code
		}},
	"FindCoordinator": {3, &kmsg.FindCoordinatorRequest{CoordinatorKey: "g"},
		func(r kmsg.Response) bool { return r.(*kmsg.FindCoordinatorResponse).ErrorCode == code }},
	"FindCoordinator of keys": {4, &kmsg.FindCoordinatorRequest{CoordinatorKeys: []string{"g", "h"}},
		func(r kmsg.Response) bool {
			k := r.(*kmsg.FindCoordinatorResponse).Coordinators
			return len(k) == 2 && k[1].Key == "h" && k[1].ErrorCode == code
		}},
	"JoinGroup": {5, &kmsg.JoinGroupRequest{Group: "g", Protocols: []kmsg.JoinGroupRequestProtocol{{Name: "range"}}},
		func(r kmsg.Response) bool { return r.(*kmsg.JoinGroupResponse).ErrorCode == code }},
	"SyncGroup": {5, &kmsg.SyncGroupRequest{Group: "g"},
		func(r kmsg.Response) bool { return r.(*kmsg.SyncGroupResponse).ErrorCode == code }},
	"Heartbeat": {4, &kmsg.HeartbeatRequest{Group: "g"},
		func(r kmsg.Response) bool { return r.(*kmsg.HeartbeatResponse).ErrorCode == code }},
	"LeaveGroup": {4, &kmsg.LeaveGroupRequest{Group: "g", Members: []kmsg.LeaveGroupRequestMember{{MemberID: "m"}}},
		func(r kmsg.Response) bool { return r.(*kmsg.LeaveGroupResponse).ErrorCode == code }},
	"InitProducerID": {4, &kmsg.InitProducerIDRequest{TransactionalID: &group},
		func(r kmsg.Response) bool { return r.(*kmsg.InitProducerIDResponse).ErrorCode == code }},
	"AddPartitionsToTxn": {3, &kmsg.AddPartitionsToTxnRequest{TransactionalID: "g", Topics: []kmsg.AddPartitionsToTxnRequestTopic{{Topic: "t", Partitions: []int32{0, 1}}}},
		func(r kmsg.Response) bool {
			p := r.(*kmsg.AddPartitionsToTxnResponse).Topics[0].Partitions
			return len(p) == 2 && p[1].Partition == 1 && p[1].ErrorCode == code
		}},
	"EndTxn": {3, &kmsg.EndTxnRequest{TransactionalID: "g"},
		func(r kmsg.Response) bool { return r.(*kmsg.EndTxnResponse).ErrorCode == code }},
	"CreateTopics": {5, &kmsg.CreateTopicsRequest{Topics: []kmsg.CreateTopicsRequestTopic{{Topic: "new", NumPartitions: 1}}},
		func(r kmsg.Response) bool {
			c := r.(*kmsg.CreateTopicsResponse).Topics[0]
			return c.Topic == "new" && c.ErrorCode == code
		}},
	"DeleteTopics by name": {5, &kmsg.DeleteTopicsRequest{TopicNames: []string{"t"}},
		func(r kmsg.Response) bool {
			d := r.(*kmsg.DeleteTopicsResponse).Topics[0]
			return *d.Topic == "t" && d.ErrorCode == code
		}},
	"DeleteTopics": {6, &kmsg.DeleteTopicsRequest{Topics: []kmsg.DeleteTopicsRequestTopic{{Topic: &topic}}},
		func(r kmsg.Response) bool {
			d := r.(*kmsg.DeleteTopicsResponse).Topics[0]
			return *d.Topic == "t" && d.ErrorCode == code
		}},
	"DescribeGroups": {5, &kmsg.DescribeGroupsRequest{Groups: []string{"g"}},
		func(r kmsg.Response) bool {
			g := r.(*kmsg.DescribeGroupsResponse).Groups[0]
			return g.Group == "g" && g.ErrorCode == code
		}},
}

// TestFail asks for an error in the answer to each of these.
func TestFail(t *testing.T) {
	for name, test := range failures {
		t.Run(name, func(t *testing.T) {
			kafkatest.CheckLeaks(t)
			c := kafkatest.Start(t, kafkatest.Topic("t", 2))
			c.Intercept(kafkatest.AnyAPI, kafkatest.Times(1, kafkatest.Fail(protocol.ErrNotCoordinator)))
			resp := mustAsk[kmsg.Response](t, c, 0, test.req, test.version)
			if !test.found(resp) {
				t.Errorf("answered %+v", resp)
			}
			if names, err := c.Topics(); len(names) != 1 || err != nil {
				t.Errorf("topics %v, %v: the request was applied", names, err)
			}
		})
	}
}

func TestFailMakesTheClientRetry(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Topic("t", 1))
	c.Intercept(protocol.Produce, kafkatest.Times(2, kafkatest.Fail(protocol.ErrNotLeaderOrFollower)))
	mustProduce(t, newClient(t, c), "t", "a")
	if n := c.Requests(protocol.Produce); n != 3 || highWatermark(t, c, "t") != 1 {
		t.Errorf("%d produce requests, high watermark %d; want 3, 1", n, highWatermark(t, c, "t"))
	}
}

func TestFailAfter(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t, kafkatest.Topic("t", 1))
	c.Intercept(protocol.Produce, kafkatest.Times(1, kafkatest.FailAfter(protocol.ErrInvalidRecord)))
	cl := newClient(t, c, kgo.DisableIdempotentWrite())
	err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "t"}).FirstErr()
	if !errors.Is(err, kerr.InvalidRecord) {
		t.Errorf("produced with %v", err)
	}
	if n := highWatermark(t, c, "t"); n != 1 {
		t.Errorf("high watermark %d, want 1: the record was written", n)
	}
}

func TestFailWithoutAPlaceForTheError(t *testing.T) {
	kafkatest.CheckLeaks(t)
	c := kafkatest.Start(t)
	c.Intercept(protocol.Metadata, kafkatest.Times(1, kafkatest.Fail(protocol.ErrUnknownServerError)))
	_, err := ask[kmsg.Response](dial(t, c, 0), kmsg.NewPtrMetadataRequest(), 1) // of no topic
	if !errors.Is(err, io.EOF) {
		t.Errorf("error %v, want the connection closed", err)
	}
}
