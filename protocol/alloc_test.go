//go:build !race

package protocol_test

import (
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// allocated counts the allocations of decoding what a broker would send as resp,
// and those of encoding it into a buffer that was used before.
func allocated(t *testing.T, version int16, resp protocol.Response) (decoding, encoding float64) {
	t.Helper()
	c := wire.NewEncoder(nil)
	encode := func() {
		c.Reset()
		if err := protocol.EncodeResponse(c, 1, version, resp); err != nil {
			t.Fatal(err)
		}
	}
	encode()
	body := append([]byte{}, c.Flat()[8:]...)
	api := protocol.Lookup(resp.APIKey())
	decode := func() {
		if err := protocol.DecodeResponse(body, version, api.NewResponse()); err != nil {
			t.Fatal(err)
		}
	}
	return testing.AllocsPerRun(20, decode), testing.AllocsPerRun(20, encode)
}

// The race detector has pools lose what they hold, so these numbers are those of
// builds without it.
func TestAllocations(t *testing.T) {
	id := wire.UUID{1}
	produced := &protocol.ProduceResponse{}
	fetched := &protocol.FetchResponse{}
	for range 100 {
		p := protocol.ProduceResponseTopic{Name: "orders", TopicID: id, PartitionResponses: make([]protocol.ProduceResponsePartition, 30)}
		f := protocol.FetchResponseTopic{Topic: "orders", TopicID: id, Partitions: make([]protocol.FetchResponsePartition, 10)}
		for i := range f.Partitions {
			f.Partitions[i].PreferredReadReplica, f.Partitions[i].Records = -1, make([]byte, 100)
		}
		produced.Responses, fetched.Responses = append(produced.Responses, p), append(fetched.Responses, f)
	}
	one := &protocol.FetchResponse{Responses: fetched.Responses[:1]}
	for _, tt := range []struct {
		name    string
		version int16
		resp    protocol.Response
		most    float64 // allocations of decoding
	}{
		// An array of partitions for each of the 1,000 topics, and a kilobyte at a
		// time for 60,000 replicas and 1,000 names.
		{"Metadata", 1, largeCluster(), 1000 + 300},
		{"Metadata", 12, largeCluster(), 1000 + 300},
		// An array for each of the 100 topics, no other for each name.
		{"Produce", 3, produced, 100 + 5},
		{"Produce", 12, produced, 100 + 5},
		{"Fetch", 4, fetched, 100 + 5},
		{"Fetch", 12, fetched, 100 + 5},
		// The message, its topics, and their partitions.
		{"Fetch of one topic", 12, one, 3},
	} {
		decoding, encoding := allocated(t, tt.version, tt.resp)
		if decoding > tt.most || encoding > 0 {
			t.Errorf("%s v%d: %v allocations to decode, %v to encode, want at most %v and none",
				tt.name, tt.version, decoding, encoding, tt.most)
		}
	}
}
