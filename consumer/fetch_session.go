package consumer

import (
	"math"
	"slices"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// fetchPartition is what a fetch asks of one partition.
type fetchPartition struct {
	TopicPartition
	topicID     wire.UUID // zero if not known
	offset      int64
	leaderEpoch int32 // -1 if not known
	lastEpoch   int32 // of the record before offset, -1 if not known
	maxBytes    int32
}

// Epochs of requests in a fetch session (KIP-227).
const (
	fullFetch   int32 = 0  // opens a session with all partitions
	sessionless int32 = -1 // wants none
)

// fetchSession is the client's side of a fetch session with one broker
// (KIP-227): the broker remembers which partitions are fetched, so that a request
// names only those that changed. It does no I/O.
type fetchSession struct {
	id    int32
	epoch int32                // of the next request
	known []fetchPartition     // to the broker, by topic and number
	names map[wire.UUID]string // of the topics in known
	turn  int                  // of requests that name all partitions
}

// sessionRequest is what the session puts into a request.
type sessionRequest struct {
	id, epoch    int32
	send, forget []fetchPartition
}

// next returns the request for want, which is in the order of topic and number,
// and takes it that the broker will know of it: otherwise failed must be called.
// byID tells that topics are named by id, as they are since version 13 (KIP-516):
// a session knows them by id or by name, so that there is none if an id is
// missing.
func (s *fetchSession) next(want []fetchPartition, byID bool) sessionRequest {
	switch {
	case byID && !allHaveID(want):
		return s.full(want, sessionless)
	case s.epoch == fullFetch:
		return s.full(want, fullFetch)
	}
	req := s.changes(want)
	if len(req.send)+len(req.forget) > 0 {
		s.learn(want)
	}
	return req
}

// changes returns a request that tells what is other in want than what the broker
// knows.
func (s *fetchSession) changes(want []fetchPartition) sessionRequest {
	req := sessionRequest{id: s.id, epoch: s.epoch}
	known := s.known
	for len(known) > 0 || len(want) > 0 {
		switch order := compareFirst(known, want); {
		case order < 0:
			req.forget = append(req.forget, known[0])
			known = known[1:]
		case order > 0:
			req.send = append(req.send, want[0])
			want = want[1:]
		default:
			if known[0] != want[0] {
				req.send = append(req.send, want[0])
			}
			if known[0].topicID != want[0].topicID { // deleted and created anew
				req.forget = append(req.forget, known[0])
			}
			known, want = known[1:], want[1:]
		}
	}
	return req
}

// compareFirst tells which of two ordered lists has the lesser first element. An
// empty one is behind all.
func compareFirst(a, b []fetchPartition) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return comparePartitions(a[0].TopicPartition, b[0].TopicPartition)
}

// full asks for all partitions, and closes the session that there was. It begins
// with another partition each time: brokers fill the answer in that order, but
// with a session they see to it themselves.
func (s *fetchSession) full(want []fetchPartition, epoch int32) sessionRequest {
	req := sessionRequest{id: s.id, epoch: epoch}
	if n := len(want); n > 0 {
		first := s.turn % n
		s.turn++
		req.send = slices.Concat(want[first:], want[:first])
	}
	s.names = nil
	s.learn(want)
	return req
}

// learn notes what the broker will know.
func (s *fetchSession) learn(want []fetchPartition) {
	s.known = append(s.known[:0], want...)
	if s.names == nil {
		s.names = make(map[wire.UUID]string)
	}
	last := wire.UUID{}
	for i := range want {
		if id := want[i].topicID; i == 0 || id != last {
			last = id
			s.names[id] = want[i].Topic
		}
	}
}

func allHaveID(want []fetchPartition) bool {
	for i := range want {
		if want[i].topicID.IsZero() {
			return false
		}
	}
	return true
}

// answered takes the response to a request with the given epoch.
func (s *fetchSession) answered(epoch int32, resp *protocol.FetchResponse) {
	switch {
	case resp.ErrorCode == protocol.ErrFetchSessionIDNotFound || epoch == sessionless:
		s.id, s.epoch = 0, fullFetch
	case resp.ErrorCode != protocol.ErrNone:
		s.failed()
	case resp.SessionID == 0: // the broker has no sessions, or no room for one
		s.id, s.epoch = 0, fullFetch
	case epoch == math.MaxInt32:
		s.id, s.epoch = resp.SessionID, 1
	default:
		s.id, s.epoch = resp.SessionID, epoch+1
	}
}

// failed tells that a request was not answered: the broker may know of it or
// not. The next one opens a new session in the place of this one.
func (s *fetchSession) failed() { s.epoch = fullFetch }

// asked returns what the last request asked of a partition in its response.
func (s *fetchSession) asked(topic string, id wire.UUID, partition int32) (fetchPartition, bool) {
	if topic == "" {
		topic = s.names[id]
	}
	i, ok := slices.BinarySearchFunc(s.known, TopicPartition{Topic: topic, Partition: partition}, func(f fetchPartition, tp TopicPartition) int {
		return comparePartitions(f.TopicPartition, tp)
	})
	if !ok || !id.IsZero() && id != s.known[i].topicID {
		return fetchPartition{}, false
	}
	return s.known[i], true
}
