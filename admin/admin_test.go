package admin

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

func TestCreateTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		metadata := 0
		text := "Topic 'old' already exists."
		f := &fakeBroker{
			topics: func() []protocol.MetadataResponseTopic {
				if metadata++; metadata < 4 {
					return []protocol.MetadataResponseTopic{topicOf("new", 1, -1)} // a leader is missing
				}
				return []protocol.MetadataResponseTopic{topicOf("new", 1, 1)}
			},
			answer: func(protocol.Request) protocol.Response {
				return &protocol.CreateTopicsResponse{Topics: []protocol.CreateTopicsResponseTopic{
					{Name: "old", ErrorCode: protocol.ErrTopicAlreadyExists, ErrorMessage: &text},
					{Name: "new", NumPartitions: 2, ReplicationFactor: 1},
				}}
			},
		}
		c := f.client(t)
		results, err := c.CreateTopics(t.Context(), CreateTopicsOptions{},
			NewTopic{Name: "new", Configs: map[string]string{"b": "2", "a": "1"}},
			NewTopic{Name: "old", Assignments: [][]int32{{1, 2}, {2, 1}}})
		if !errors.Is(err, protocol.ErrTopicAlreadyExists) || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "old") {
			t.Errorf("error %v, want one that names the topic and has the broker's text", err)
		}
		if len(results) != 2 || results[0].Err != nil || results[0].Partitions != 2 || !errors.Is(results[1].Err, protocol.ErrTopicAlreadyExists) {
			t.Errorf("results %+v, want new without error and then old", results)
		}
		if metadata != 4 { // one to find the controller, three until both partitions have leaders
			t.Errorf("metadata was asked for %d times, want 4", metadata)
		}
		one, two := "1", "2"
		want := []protocol.CreateTopicsRequestTopic{
			{Name: "new", NumPartitions: -1, ReplicationFactor: -1,
				Configs: []protocol.CreateTopicsRequestConfig{{Name: "a", Value: &one}, {Name: "b", Value: &two}}},
			{Name: "old", NumPartitions: -1, ReplicationFactor: -1,
				Assignments: []protocol.CreateTopicsRequestAssignment{{PartitionIndex: 0, BrokerIDs: []int32{1, 2}}, {PartitionIndex: 1, BrokerIDs: []int32{2, 1}}}},
		}
		req := find[*protocol.CreateTopicsRequest](t, f)
		if !reflect.DeepEqual(req.Topics, want) {
			t.Errorf("asked for %+v, want %+v", req.Topics, want)
		}
		if req.TimeoutMs != 30_000 {
			t.Errorf("the broker gets %d ms, want the request timeout", req.TimeoutMs)
		}
	})
}

func TestCreateTopicsWaitsUntilContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeBroker{
			topics: func() []protocol.MetadataResponseTopic {
				return []protocol.MetadataResponseTopic{failedTopic("new", protocol.ErrUnknownTopicOrPartition)}
			},
			answer: func(protocol.Request) protocol.Response {
				return &protocol.CreateTopicsResponse{Topics: []protocol.CreateTopicsResponseTopic{{Name: "new"}}}
			},
		}
		c := f.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := c.CreateTopics(ctx, CreateTopicsOptions{NoWait: true}, NewTopic{Name: "new"}); err != nil || time.Since(start) > 0 {
			t.Errorf("without waiting: %v after %v", err, time.Since(start))
		}
		results, err := c.CreateTopics(ctx, CreateTopicsOptions{}, NewTopic{Name: "new"})
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "new") || time.Since(start) != 7*time.Second {
			t.Errorf("after %v: %v, want the deadline and the topic", time.Since(start), err)
		}
		if len(results) != 1 || results[0].Err != nil {
			t.Errorf("results %+v, want that the topic was created", results)
		}
		if req := f.asked[len(f.asked)-1].(*protocol.MetadataRequest); req.AllowAutoTopicCreation {
			t.Error("waiting may create the topic")
		}
	})
}

func TestDeleteTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := "a", "b"
		tries := 0
		f := &fakeBroker{answer: func(protocol.Request) protocol.Response {
			if tries++; tries == 1 {
				return &protocol.DeleteTopicsResponse{Responses: []protocol.DeleteTopicsResponseTopic{{Name: &a, ErrorCode: protocol.ErrNotController}}}
			}
			return &protocol.DeleteTopicsResponse{Responses: []protocol.DeleteTopicsResponseTopic{
				{Name: &b, ErrorCode: protocol.ErrUnknownTopicOrPartition}, {Name: &a},
			}}
		}}
		results, err := f.client(t).DeleteTopics(t.Context(), a, b, "c")
		if !errors.Is(err, protocol.ErrUnknownTopicOrPartition) {
			t.Errorf("error %v, want that b is unknown", err)
		}
		if len(results) != 3 || results[0].Err != nil || !errors.Is(results[1].Err, protocol.ErrUnknownTopicOrPartition) ||
			results[2].Err == nil || !strings.Contains(results[2].Err.Error(), "says nothing of topic c") {
			t.Errorf("results %+v", results)
		}
		if tries != 2 {
			t.Errorf("%d tries, want 2: the first broker was not the controller", tries)
		}
	})
}

func TestDescribeTopics(t *testing.T) {
	// Before version 4 a metadata request for a topic would create it.
	for _, version := range []int16{3, 13} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeBroker{
				versions: map[protocol.APIKey]int16{protocol.Metadata: version},
				topics: func() []protocol.MetadataResponseTopic {
					return []protocol.MetadataResponseTopic{topicOf("b", 1, 2, -1), topicOf("a", 1)}
				},
			}
			c := f.client(t)
			topics, err := c.DescribeTopics(t.Context(), "b", "missing")
			if !errors.Is(err, protocol.ErrUnknownTopicOrPartition) || !strings.Contains(err.Error(), "missing") {
				t.Errorf("v%d: error %v, want that one is unknown", version, err)
			}
			if len(topics) != 2 || topics[0].Name != "b" || len(topics[0].Partitions) != 3 || topics[1].Err == nil {
				t.Fatalf("v%d: topics %+v", version, topics)
			}
			if p := topics[0].Partitions[2]; p.Partition != 2 || p.Leader != cluster.NoNode || len(p.Replicas) != 2 || len(p.ISR) != 1 {
				t.Errorf("v%d: the last partition is %+v", version, p)
			}
			last := f.asked[len(f.asked)-1].(*protocol.MetadataRequest)
			if named := len(last.Topics) > 0; named != (version >= 4) || named && last.AllowAutoTopicCreation {
				t.Errorf("v%d: asked %+v", version, last)
			}
			all, err := c.ListTopics(t.Context())
			if err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Name != "b" {
				t.Errorf("v%d: all topics are %+v, %v", version, all, err)
			}
		})
	}
}

func TestDescribeCluster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeBroker{versions: map[protocol.APIKey]int16{
			protocol.Metadata: 10, protocol.Fetch: 12, protocol.Produce: 8, protocol.ListOffsets: 5, protocol.JoinGroup: 7, protocol.InitProducerId: 4,
			protocol.AddPartitionsToTxn: 2, protocol.DescribeLogDirs: 2, protocol.DescribeAcls: 2,
		}}
		c := f.client(t)
		got, err := c.DescribeCluster(t.Context())
		want := Cluster{ID: "fake cluster", Controller: 1, Nodes: []cluster.Node{{ID: 1, Host: "fake", Port: 9092}}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("cluster %+v, %v; want %+v", got, err, want)
		}
		versions, err := c.BrokerVersions(t.Context())
		if err != nil || len(versions) != 1 || versions[0].String() != "Kafka 2.7 at 1 (fake:9092)" {
			t.Errorf("versions %v, %v", versions, err)
		}
		v, err := CheckVersion(t.Context(), "fake:9092", CheckVersionOptions{Config: f.config()})
		if err != nil || v.Release != "2.7" {
			t.Errorf("CheckVersion: %v, %v", v, err)
		}
	})
}

func TestCheckVersionTriesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := (&fakeBroker{}).config()
		start := time.Now()
		_, err := CheckVersion(t.Context(), "one:9092,two:9092", CheckVersionOptions{Config: cfg})
		if err == nil || !strings.Contains(err.Error(), "one:9092: dial") || !strings.Contains(err.Error(), "two:9092: dial") {
			t.Errorf("error %v, want one for each address", err)
		}
		if time.Since(start) > 0 {
			t.Errorf("it took %v", time.Since(start))
		}
	})
	if _, err := CheckVersion(t.Context(), "", CheckVersionOptions{Config: Config{RequestTimeout: -1}}); err == nil {
		t.Error("a wrong configuration passed")
	}
}

// find returns the only request of a kind.
func find[T protocol.Request](t *testing.T, f *fakeBroker) T {
	t.Helper()
	var found []T
	for _, req := range f.asked {
		if r, ok := req.(T); ok {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d such requests, want 1", len(found))
	}
	return found[0]
}
