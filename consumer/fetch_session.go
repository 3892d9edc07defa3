package consumer

import (
	"math"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// fetchPartition is what a fetch asks of one partition.
type fetchPartition struct {
	TopicPartition
	topicID     wire.UUID // zero if not known
	offset      int64
	leaderEpoch int32 // -1 if not known
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
	epoch int32 // of the next request
	known map[TopicPartition]fetchPartition
	names map[wire.UUID]string // of the topics in known
}

// sessionRequest is what the session puts into a request.
type sessionRequest struct {
	id, epoch    int32
	send, forget []fetchPartition
}

// next returns the request for want, and takes it that the broker will know of
// it: otherwise failed must be called. byID tells that topics are named by id, as
// they are since version 13 (KIP-516): a session knows them by id or by name, so
// that there is none if an id is missing.
func (s *fetchSession) next(want []fetchPartition, byID bool) sessionRequest {
	switch {
	case byID && !allHaveID(want):
		return s.full(want, sessionless)
	case s.epoch == fullFetch:
		return s.full(want, fullFetch)
	}
	req := sessionRequest{id: s.id, epoch: s.epoch}
	gone := len(s.known)
	for _, f := range want {
		old, known := s.known[f.TopicPartition]
		if known {
			gone--
			if old == f {
				continue
			}
			if old.topicID != f.topicID { // deleted and created anew
				req.forget = append(req.forget, old)
			}
		}
		req.send = append(req.send, f)
	}
	if gone > 0 {
		req.forget = append(req.forget, s.missing(want)...)
	}
	for _, f := range req.forget {
		delete(s.known, f.TopicPartition)
	}
	for _, f := range req.send {
		s.learn(f)
	}
	return req
}

// full asks for all partitions, and closes the session that there was.
func (s *fetchSession) full(want []fetchPartition, epoch int32) sessionRequest {
	s.known = make(map[TopicPartition]fetchPartition, len(want))
	s.names = make(map[wire.UUID]string)
	for _, f := range want {
		s.learn(f)
	}
	return sessionRequest{id: s.id, epoch: epoch, send: want}
}

func (s *fetchSession) learn(f fetchPartition) {
	s.known[f.TopicPartition] = f
	s.names[f.topicID] = f.Topic
}

// missing returns the partitions of the session that want lacks.
func (s *fetchSession) missing(want []fetchPartition) []fetchPartition {
	wanted := make(map[TopicPartition]struct{}, len(want))
	for _, f := range want {
		wanted[f.TopicPartition] = struct{}{}
	}
	var list []fetchPartition
	for tp, f := range s.known {
		if _, ok := wanted[tp]; !ok {
			list = append(list, f)
		}
	}
	return list
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
		*s = fetchSession{known: s.known, names: s.names}
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
	f, ok := s.known[TopicPartition{Topic: topic, Partition: partition}]
	return f, ok && (id.IsZero() || id == f.topicID)
}
