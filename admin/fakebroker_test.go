package admin

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"

	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/protocol"
)

// fakeBroker is a broker on an in-memory network, for use within a synctest
// bubble: node 1 at fake:9092, alone. It answers ApiVersions and Metadata by its
// fields, and everything else by answer.
type fakeBroker struct {
	versions map[protocol.APIKey]int16           // the highest of some APIs
	features func(*protocol.ApiVersionsResponse) // changes what it tells
	topics   func() []protocol.MetadataResponseTopic
	answer   func(protocol.Request) protocol.Response
	asked    []protocol.Request // but for ApiVersions
}

// client returns a Client of the broker, closed at the test's end.
func (f *fakeBroker) client(t *testing.T) *Client {
	c, err := New(f.config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (f *fakeBroker) config() Config {
	return Config{BootstrapServers: []string{"fake:9092"}, Dialer: f, Logger: slog.New(slog.DiscardHandler)}
}

func (f *fakeBroker) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	if address != "fake:9092" {
		return nil, errors.New("connection refused")
	}
	client, server := net.Pipe()
	go f.serve(server)
	return client, nil
}

func (f *fakeBroker) serve(c net.Conn) {
	fakebroker.Serve(c, func(_ *protocol.RequestHeader, req protocol.Request) (protocol.Response, bool) {
		return f.respond(req), true
	})
}

func (f *fakeBroker) respond(req protocol.Request) protocol.Response {
	switch req.(type) {
	case *protocol.ApiVersionsRequest:
		return f.apiVersions()
	case *protocol.MetadataRequest:
		f.asked = append(f.asked, req)
		id, resp := "fake cluster", &protocol.MetadataResponse{
			Brokers:                     []protocol.MetadataResponseBroker{{NodeID: 1, Host: "fake", Port: 9092}},
			ControllerID:                1,
			ClusterAuthorizedOperations: protocol.NoAuthorizedOperations,
		}
		resp.ClusterID = &id
		if f.topics != nil {
			resp.Topics = f.topics()
		}
		return resp
	default:
		f.asked = append(f.asked, req)
		return f.answer(req)
	}
}

func (f *fakeBroker) apiVersions() *protocol.ApiVersionsResponse {
	resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	for key := protocol.APIKey(0); key < 100; key++ {
		api := protocol.Lookup(key)
		if api == nil {
			continue
		}
		highest, ok := f.versions[key]
		if !ok {
			highest = api.Max
		}
		resp.APIKeys = append(resp.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: key, MinVersion: api.Min, MaxVersion: highest})
	}
	if f.features != nil {
		f.features(resp)
	}
	return resp
}

// topicOf is a topic with one partition for each leader.
func topicOf(name string, leaders ...int32) protocol.MetadataResponseTopic {
	t := protocol.MetadataResponseTopic{Name: &name, TopicAuthorizedOperations: protocol.NoAuthorizedOperations}
	for i, leader := range leaders {
		t.Partitions = append([]protocol.MetadataResponsePartition{{
			PartitionIndex: int32(i), LeaderID: leader, LeaderEpoch: 5, ReplicaNodes: []int32{1, 2}, ISRNodes: []int32{1},
		}}, t.Partitions...)
	}
	return t
}

func failedTopic(name string, code protocol.ErrorCode) protocol.MetadataResponseTopic {
	return protocol.MetadataResponseTopic{Name: &name, ErrorCode: code, TopicAuthorizedOperations: protocol.NoAuthorizedOperations}
}
