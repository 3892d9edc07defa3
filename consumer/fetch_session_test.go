package consumer

import (
	"math"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// at is what a fetch asks of a partition of the topic "t", whose id has the given
// first byte, 0 for none.
func at(partition int32, offset int64, id byte) fetchPartition {
	return fetchPartition{TopicPartition: tp(partition), topicID: wire.UUID{id}, offset: offset, leaderEpoch: 1, maxBytes: 100}
}

// The requests of a session as KIP-227 has them, each with the answer to it.
func TestFetchSession(t *testing.T) {
	ok := func(id int32) *protocol.FetchResponse { return &protocol.FetchResponse{SessionID: id} }
	refuse := func(code protocol.ErrorCode) *protocol.FetchResponse {
		return &protocol.FetchResponse{ErrorCode: code}
	}
	type step struct {
		want         []fetchPartition
		id, epoch    int32
		send, forget []fetchPartition
		answer       *protocol.FetchResponse // nil: none came
	}
	one, two, moved := at(1, 10, 7), at(2, 20, 7), at(1, 11, 7)
	anew := at(1, 0, 8)
	for name, steps := range map[string][]step{
		"incremental": {
			{[]fetchPartition{one, two}, 0, 0, []fetchPartition{one, two}, nil, ok(99)},
			{[]fetchPartition{one, two}, 99, 1, nil, nil, ok(99)},
			{[]fetchPartition{moved, two}, 99, 2, []fetchPartition{moved}, nil, ok(99)},
			{[]fetchPartition{two}, 99, 3, nil, []fetchPartition{moved}, ok(99)},
			{[]fetchPartition{one, two}, 99, 4, []fetchPartition{one}, nil, ok(99)},
		},
		"no session to be had": {
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(0)},
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(5)},
			{[]fetchPartition{one}, 5, 1, nil, nil, ok(0)},
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(0)},
		},
		"session not found": {
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(5)},
			{[]fetchPartition{moved}, 5, 1, []fetchPartition{moved}, nil, refuse(protocol.ErrFetchSessionIDNotFound)},
			{[]fetchPartition{moved}, 0, 0, []fetchPartition{moved}, nil, ok(6)},
			{[]fetchPartition{moved}, 6, 1, nil, nil, ok(6)},
		},
		"wrong epoch": {
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(5)},
			{[]fetchPartition{one}, 5, 1, nil, nil, refuse(protocol.ErrInvalidFetchSessionEpoch)},
			{[]fetchPartition{one}, 5, 0, []fetchPartition{one}, nil, ok(6)},
		},
		"connection lost": {
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(5)},
			{[]fetchPartition{moved, two}, 5, 1, []fetchPartition{moved, two}, nil, nil},
			{[]fetchPartition{moved, two}, 5, 0, []fetchPartition{two, moved}, nil, ok(6)},
		},
		"topic created anew": {
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(5)},
			{[]fetchPartition{anew}, 5, 1, []fetchPartition{anew}, []fetchPartition{one}, ok(5)},
			{[]fetchPartition{anew}, 5, 2, nil, nil, ok(5)},
		},
		"topic without id": {
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(5)},
			{[]fetchPartition{one, at(3, 0, 0)}, 5, -1, []fetchPartition{at(3, 0, 0), one}, nil, ok(0)},
			{[]fetchPartition{at(3, 0, 0)}, 0, -1, []fetchPartition{at(3, 0, 0)}, nil, ok(0)},
			{[]fetchPartition{one}, 0, 0, []fetchPartition{one}, nil, ok(6)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s fetchSession
			for i, step := range steps {
				req := s.next(step.want, true)
				if req.id != step.id || req.epoch != step.epoch || !slices.Equal(req.send, step.send) || !slices.Equal(req.forget, step.forget) {
					t.Fatalf("request %d: %+v, want %+v", i, req, step)
				}
				if step.answer == nil {
					s.failed()
				} else {
					s.answered(req.epoch, step.answer)
				}
			}
		})
	}
}

// Requests that name all partitions begin with another one each time.
func TestFullFetchesTakeTurns(t *testing.T) {
	var s fetchSession
	want := []fetchPartition{at(1, 0, 7), at(2, 0, 7), at(3, 0, 7)}
	var first []int32
	for range 4 {
		req := s.next(want, true)
		s.answered(req.epoch, &protocol.FetchResponse{}) // no session to be had
		if len(req.send) != 3 {
			t.Fatalf("%d partitions", len(req.send))
		}
		first = append(first, req.send[0].Partition)
	}
	expect(t, "first partitions", first, []int32{1, 2, 3, 1})
}

// Brokers without topic ids keep sessions by name.
func TestFetchSessionByName(t *testing.T) {
	var s fetchSession
	want := []fetchPartition{at(1, 0, 0)}
	s.answered(s.next(want, false).epoch, &protocol.FetchResponse{SessionID: 3})
	if req := s.next(want, false); req.id != 3 || req.epoch != 1 || len(req.send) != 0 {
		t.Errorf("second request: %+v", req)
	}
	if _, ok := s.asked("t", wire.UUID{}, 1); !ok {
		t.Error("the partition in the answer is not recognized")
	}
}

func TestFetchSessionEpochWraps(t *testing.T) {
	s := fetchSession{id: 3, epoch: math.MaxInt32}
	s.answered(math.MaxInt32, &protocol.FetchResponse{SessionID: 3})
	if s.epoch != 1 {
		t.Errorf("epoch %d, want 1", s.epoch)
	}
}

func TestFetchSessionAsked(t *testing.T) {
	var s fetchSession
	s.next([]fetchPartition{at(1, 10, 7)}, true)
	for _, c := range []struct {
		topic     string
		id        byte
		partition int32
		ok        bool
	}{
		{"", 7, 1, true},
		{"t", 7, 1, true},
		{"t", 0, 1, true},
		{"", 8, 1, false},
		{"t", 8, 1, false},
		{"", 7, 2, false},
		{"u", 0, 1, false},
	} {
		if got, ok := s.asked(c.topic, wire.UUID{c.id}, c.partition); ok != c.ok || ok && got.offset != 10 {
			t.Errorf("%+v: %+v, %v", c, got, ok)
		}
	}
}
