package protocol_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

func encodeAt(req protocol.Request, version int16) error {
	return protocol.EncodeRequest(wire.NewEncoder(nil), protocol.RequestHeader{Version: version}, req)
}

// A request that names topics by name stays below the versions that take ids,
// and one that has ids only is refused below them.
func TestTopicIDs(t *testing.T) {
	id := wire.UUID{1}
	for _, tt := range []struct {
		name string
		req  func(name string, id wire.UUID) protocol.Request
		byID int16
		max  int16
	}{
		{"Produce", func(name string, id wire.UUID) protocol.Request {
			return &protocol.ProduceRequest{TopicData: []protocol.ProduceRequestTopic{{Name: name, TopicID: id}}}
		}, 13, 13},
		{"Fetch", func(name string, id wire.UUID) protocol.Request {
			r := protocol.NewFetchRequest()
			r.Topics = []protocol.FetchRequestTopic{{Topic: name, TopicID: id}}
			return r
		}, 13, 18},
		{"Fetch forgets", func(name string, id wire.UUID) protocol.Request {
			r := protocol.NewFetchRequest()
			r.ForgottenTopicsData = []protocol.FetchRequestForgottenTopic{{Topic: name, TopicID: id}}
			return r
		}, 13, 18},
		{"OffsetCommit", func(name string, id wire.UUID) protocol.Request {
			return &protocol.OffsetCommitRequest{Topics: []protocol.OffsetCommitRequestTopic{{Name: name, TopicID: id}}}
		}, 10, 10},
		{"OffsetFetch", func(name string, id wire.UUID) protocol.Request {
			return &protocol.OffsetFetchRequest{Groups: []protocol.OffsetFetchRequestGroup{{
				Topics: []protocol.OffsetFetchRequestTopic{{Name: name, TopicID: id}},
			}}}
		}, 10, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			byName, byID, both := tt.req("t", wire.UUID{}), tt.req("", id), tt.req("t", id)
			if got := byName.(protocol.VersionLimiter).MaxVersion(); got != tt.byID-1 {
				t.Errorf("by name: at most v%d", got)
			}
			if got := both.(protocol.VersionLimiter).MaxVersion(); got != tt.max {
				t.Errorf("with the id: at most v%d", got)
			}
			if err := encodeAt(byName, tt.byID); !errors.Is(err, wire.ErrUnsupported) {
				t.Errorf("a name where an id is needed: %v", err)
			}
			if err := encodeAt(byID, tt.byID-1); !errors.Is(err, wire.ErrUnsupported) {
				t.Errorf("an id where a name is needed: %v", err)
			}
			for _, req := range []struct {
				protocol.Request
				version int16
			}{{byName, tt.byID - 1}, {byID, tt.byID}, {both, tt.byID - 1}, {both, tt.byID}} {
				if err := encodeAt(req.Request, req.version); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// The tables of MaxVersion end where the table of APIs does.
func TestMaxVersionOfEmptyRequests(t *testing.T) {
	for _, api := range protocol.APIs() {
		if api.Key == protocol.InitProducerId { // its last version is unstable
			continue
		}
		if limiter, ok := api.NewRequest().(protocol.VersionLimiter); ok && limiter.MaxVersion() != api.Max {
			t.Errorf("%s: MaxVersion %d, Max %d", api.Name, limiter.MaxVersion(), api.Max)
		}
	}
	for _, req := range []protocol.InitProducerIdRequest{{Enable2PC: true}, {KeepPreparedTxn: true}} {
		if got := req.MaxVersion(); got != 6 {
			t.Errorf("%+v: at most v%d", req, got)
		}
	}
	if got := (&protocol.MetadataRequest{IncludeClusterAuthorizedOperations: true}).MaxVersion(); got != 10 {
		t.Errorf("Metadata with the cluster's operations: at most v%d", got)
	}
}

// Requests for many are refused by versions that take one, and say so.
func TestOneBeforeMany(t *testing.T) {
	two := []string{"a", "b"}
	for want, err := range map[string]error{
		"CoordinatorKeys with 2 elements": encodeAt(&protocol.FindCoordinatorRequest{CoordinatorKeys: two}, 3),
		"CoordinatorKeys with 0 elements": encodeAt(&protocol.FindCoordinatorRequest{}, 0),
		"Members with 0 elements":         encodeAt(&protocol.LeaveGroupRequest{}, 2),
		"Groups with 2 elements":          encodeAt(&protocol.OffsetFetchRequest{Groups: make([]protocol.OffsetFetchRequestGroup, 2)}, 7),
		"GroupInstanceID": encodeAt(&protocol.LeaveGroupRequest{
			Members: []protocol.LeaveGroupRequestMember{{GroupInstanceID: &two[0]}},
		}, 2),
		"TopicID": encodeAt(&protocol.DeleteTopicsRequest{
			Topics: []protocol.DeleteTopicsRequestTopic{{TopicID: wire.UUID{1}}},
		}, 5),
		"Transactions with 0 elements": encodeAt(&protocol.AddPartitionsToTxnRequest{}, 3),
		"VerifyOnly": encodeAt(&protocol.AddPartitionsToTxnRequest{
			Transactions: []protocol.AddPartitionsToTxnRequestTransaction{{VerifyOnly: true}},
		}, 3),
		"null topic name": encodeAt(&protocol.DeleteTopicsRequest{
			Topics: []protocol.DeleteTopicsRequestTopic{{}},
		}, 5),
		"asking for all topics": encodeAt(&protocol.OffsetFetchRequest{Groups: make([]protocol.OffsetFetchRequestGroup, 1)}, 1),
		"asking for no topic": encodeAt(&protocol.MetadataRequest{
			Topics: []protocol.MetadataRequestTopic{}, AllowAutoTopicCreation: true,
		}, 0),
		"AllowAutoTopicCreation false, where the default is true": encodeAt(&protocol.MetadataRequest{}, 3),
	} {
		if !errors.Is(err, wire.ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := encodeAt(&protocol.FindCoordinatorRequest{CoordinatorKeys: two}, 4); err != nil {
		t.Error(err)
	}
}

// Clients add partitions by the versions that are meant for them.
func TestAddPartitionsToTxnVersions(t *testing.T) {
	for _, tt := range []struct {
		transactions []protocol.AddPartitionsToTxnRequestTransaction
		want         int16
	}{
		{make([]protocol.AddPartitionsToTxnRequestTransaction, 1), 3},
		{make([]protocol.AddPartitionsToTxnRequestTransaction, 2), 5},
		{[]protocol.AddPartitionsToTxnRequestTransaction{{VerifyOnly: true}}, 5},
	} {
		req := &protocol.AddPartitionsToTxnRequest{Transactions: tt.transactions}
		if got := req.MaxVersion(); got != tt.want {
			t.Errorf("%+v: at most v%d, want v%d", req, got, tt.want)
		}
	}
}

// Brokers from before patterns have ACLs on literal names only, so that a filter
// for any pattern gets all there are.
func TestACLPatternsBeforeV1(t *testing.T) {
	for pattern, want := range map[protocol.PatternType]bool{
		protocol.LiteralPattern: true, protocol.AnyPattern: true, protocol.MatchPattern: false, protocol.PrefixedPattern: false,
	} {
		for _, req := range []protocol.Request{
			&protocol.DescribeAclsRequest{PatternTypeFilter: pattern},
			&protocol.DeleteAclsRequest{Filters: []protocol.DeleteAclsRequestFilter{{PatternTypeFilter: pattern}}},
		} {
			if err := encodeAt(req, 0); (err == nil) != want || err != nil && !errors.Is(err, wire.ErrUnsupported) {
				t.Errorf("%s of %s patterns: %v", req.APIKey(), pattern, err)
			}
		}
	}
}

// A limited request is the same request with a lower limit.
func TestAtMost(t *testing.T) {
	for _, tt := range []struct {
		req        protocol.Request
		max        int16
		noResponse bool
	}{
		{protocol.AtMost(&protocol.EndTxnRequest{}, 4), 4, false},
		{protocol.AtMost(&protocol.FetchRequest{Topics: make([]protocol.FetchRequestTopic, 1)}, 17), 12, false},
		{protocol.AtMost(&protocol.FetchRequest{}, 3), 3, false},
		{protocol.AtMost(&protocol.ProduceRequest{Acks: 0}, 11), 11, true},
		{protocol.AtMost(&protocol.ProduceRequest{Acks: 1}, 11), 11, false},
	} {
		if got := tt.req.(protocol.VersionLimiter).MaxVersion(); got != tt.max {
			t.Errorf("%s: at most v%d, want v%d", tt.req.APIKey(), got, tt.max)
		}
		if got := tt.req.(protocol.Unanswered).NoResponse(); got != tt.noResponse {
			t.Errorf("%s: no response %t", tt.req.APIKey(), got)
		}
	}
	limited, plain := wire.NewEncoder(nil), wire.NewEncoder(nil)
	req, h := &protocol.EndTxnRequest{TransactionalID: "tx", Committed: true}, protocol.RequestHeader{Version: 4}
	if err := errors.Join(protocol.EncodeRequest(limited, h, protocol.AtMost(req, 4)), protocol.EncodeRequest(plain, h, req)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(limited.Flat(), plain.Flat()) {
		t.Errorf("encoded %x, want %x", limited.Flat(), plain.Flat())
	}
}

// Topics of a metadata request are all if nil and none if empty.
func TestMetadataOfAllOrNone(t *testing.T) {
	for _, topics := range [][]protocol.MetadataRequestTopic{nil, {}} {
		for version := int16(1); version <= 13; version++ {
			req := &protocol.MetadataRequest{Topics: topics, AllowAutoTopicCreation: true}
			c := wire.NewEncoder(nil)
			if err := protocol.EncodeRequest(c, protocol.RequestHeader{Version: version}, req); err != nil {
				t.Fatal(err)
			}
			_, back, err := protocol.DecodeRequest(c.Flat()[4:])
			if err != nil || !reflect.DeepEqual(back, req) {
				t.Errorf("v%d: decoded %+v (%v), want %+v", version, back, err, req)
			}
		}
	}
}

// A broker must not take a constant that it does not know for a time.
func TestListOffsetsTimestamps(t *testing.T) {
	for timestamp, since := range map[int64]int16{
		protocol.LatestTimestamp:                0,
		protocol.EarliestTimestamp:              0,
		protocol.MaxTimestamp:                   7,
		protocol.EarliestLocalTimestamp:         8,
		protocol.LatestTieredTimestamp:          9,
		protocol.EarliestPendingUploadTimestamp: 11,
	} {
		req := &protocol.ListOffsetsRequest{Topics: []protocol.ListOffsetsRequestTopic{{
			Partitions: []protocol.ListOffsetsRequestPartition{{Timestamp: timestamp}},
		}}}
		if err := encodeAt(req, since); err != nil {
			t.Errorf("timestamp %d: %v", timestamp, err)
		}
		if since > 0 && !errors.Is(encodeAt(req, since-1), wire.ErrUnsupported) {
			t.Errorf("timestamp %d is encoded in v%d", timestamp, since-1)
		}
	}
}

func TestProduceWithoutAcks(t *testing.T) {
	for acks, want := range map[int16]bool{0: true, 1: false, -1: false} {
		if got := protocol.Unanswered(&protocol.ProduceRequest{Acks: acks}).NoResponse(); got != want {
			t.Errorf("acks %d: no response %t", acks, got)
		}
	}
}

// Records are spliced into a produce request, not copied.
func TestProduceRecordsAreNotCopied(t *testing.T) {
	records := []byte("records")
	req := &protocol.ProduceRequest{TopicData: []protocol.ProduceRequestTopic{{
		Name: "t", PartitionData: []protocol.ProduceRequestPartition{{Records: wire.Chunks{records}}},
	}}}
	c := wire.NewEncoder(nil)
	if err := protocol.EncodeRequest(c, protocol.RequestHeader{Version: 9}, req); err != nil {
		t.Fatal(err)
	}
	for _, piece := range c.Buffers(nil) {
		if &piece[0] == &records[0] {
			return
		}
	}
	t.Error("no piece of the frame aliases the records")
}

// Records of a share fetch are never written as null since v1, but read so.
func TestShareFetchRecords(t *testing.T) {
	resp := &protocol.ShareFetchResponse{Responses: []protocol.ShareFetchResponseTopic{{
		Partitions: make([]protocol.ShareFetchResponsePartition, 1),
	}}}
	for version, isNil := range []bool{true, false, false} {
		c := wire.NewEncoder(nil)
		if err := protocol.EncodeResponse(c, 1, int16(version), resp); err != nil {
			t.Fatal(err)
		}
		body := c.Flat()[8:]
		for _, null := range []bool{false, true} {
			if null { // the length of the records, before the empty arrays and tags
				body[len(body)-6] = 0
			}
			var got protocol.ShareFetchResponse
			err := protocol.DecodeResponse(body, int16(version), &got)
			if err != nil || (got.Responses[0].Partitions[0].Records == nil) != (isNil || null) {
				t.Errorf("v%d: %x decoded as %+v (%v)", version, body, got, err)
			}
		}
	}
}

// Every response with a throttle time can tell it.
func TestThrottle(t *testing.T) {
	n := 0
	for _, api := range protocol.APIs() {
		resp := api.NewResponse()
		field := reflect.ValueOf(resp).Elem().FieldByName("ThrottleTimeMs")
		throttled, ok := resp.(protocol.Throttled)
		if ok != field.IsValid() {
			t.Errorf("%s: throttled %t, ThrottleTimeMs %t", api.Name, ok, field.IsValid())
			continue
		}
		if ok {
			n++
			field.SetInt(1500)
			if got := throttled.Throttle(); got != 1500*time.Millisecond {
				t.Errorf("%s: %v", api.Name, got)
			}
		}
	}
	if n < 15 {
		t.Errorf("%d responses are throttled", n)
	}
}

// The constructors set the defaults of Kafka's schemas, so that every version
// can carry their requests.
func TestConstructors(t *testing.T) {
	fetch := protocol.NewFetchRequest()
	fetch.Topics = []protocol.FetchRequestTopic{{
		Topic: "t", TopicID: wire.UUID{1},
		Partitions: []protocol.FetchRequestPartition{protocol.NewFetchRequestPartition(1, 2, 3)},
	}}
	for version := range int16(19) {
		if err := encodeAt(fetch, version); err != nil {
			t.Error(err)
		}
	}
	for version := range int16(6) {
		if err := encodeAt(protocol.NewTxnOffsetCommitRequest(), version); err != nil {
			t.Error(err)
		}
	}
	init := protocol.NewInitProducerIdRequest(nil, time.Minute)
	if init.TransactionTimeoutMs != 60000 {
		t.Errorf("transaction timeout %d ms", init.TransactionTimeoutMs)
	}
	for version := range int16(7) {
		if err := encodeAt(init, version); err != nil {
			t.Error(err)
		}
	}
}

// Kafka 0.9.0.1 answered this to Produce v1, having failed on a client id with
// which it could not name its metrics: the throttle time is not there.
func TestProduceFailedByOldBroker(t *testing.T) {
	const answer = "00000001" + "000174" + "00000001" + "00000000" + "ffff" + "ffffffffffffffff"
	b, err := hex.DecodeString(answer)
	if err != nil {
		t.Fatal(err)
	}
	for version, ok := range []bool{true, true, false} {
		resp := new(protocol.ProduceResponse)
		c := wire.NewDecoder(b, int16(version), false)
		resp.Code(c)
		c.End()
		if (c.Err() == nil) != ok {
			t.Errorf("v%d: %v", version, c.Err())
		}
		if ok && resp.Responses[0].PartitionResponses[0].ErrorCode != protocol.ErrUnknownServerError {
			t.Errorf("v%d: %+v", version, resp)
		}
	}
}
