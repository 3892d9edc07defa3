package consumer

import (
	"maps"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// fetch answers a fetch when there is something to tell, or MaxWaitMs is over.
func (k *fakeKafka) fetch(node int32, version int16, r *protocol.FetchRequest) protocol.Response {
	deadline := time.NewTimer(time.Duration(r.MaxWaitMs) * time.Millisecond)
	defer deadline.Stop()
	k.mu.Lock()
	session, code := k.session(version, r)
	for waited := false; ; {
		resp := &protocol.FetchResponse{ErrorCode: code}
		var told map[protocolPartition]int64 // by responses before
		if code == protocol.ErrNone {
			told = maps.Clone(session.sent)
			resp = k.read(node, version, r, session)
		}
		if waited || code != protocol.ErrNone || tells(resp) {
			if code == protocol.ErrNone && session.epoch > 0 {
				session.advance(resp)
			}
			k.mu.Unlock()
			return resp
		}
		session.sent = told
		changed := k.changed
		k.mu.Unlock()
		select {
		case <-changed:
		case <-deadline.C:
			waited = true
		}
		k.mu.Lock()
	}
}

func tells(resp *protocol.FetchResponse) bool {
	for _, t := range resp.Responses {
		for _, p := range t.Partitions {
			if len(p.Records) > 0 || p.ErrorCode != protocol.ErrNone || p.PreferredReadReplica >= 0 || p.DivergingEpoch != nil {
				return true
			}
		}
	}
	return false
}

// session finds or makes the session of a request. One that is not kept has
// epoch 0.
func (k *fakeKafka) session(version int16, r *protocol.FetchRequest) (*fakeSession, protocol.ErrorCode) {
	var asked []protocolPartition
	for _, t := range r.Topics {
		name := t.Topic
		for n, topic := range k.topics {
			if version >= 13 && topic.id == t.TopicID {
				name = n
			}
		}
		for _, p := range t.Partitions {
			asked = append(asked, protocolPartition{name, t.TopicID, p.Partition, p.FetchOffset, p.CurrentLeaderEpoch, p.LastFetchedEpoch, p.PartitionMaxBytes})
		}
	}
	if r.SessionEpoch <= 0 {
		delete(k.sessions, r.SessionID)
		s := &fakeSession{order: asked, sent: make(map[protocolPartition]int64)}
		if r.SessionEpoch == 0 && version >= 7 {
			k.lastID++
			r.SessionID = k.lastID
			k.sessions[k.lastID] = s
			s.epoch = 1
		} else {
			r.SessionID = 0
		}
		return s, protocol.ErrNone
	}
	s := k.sessions[r.SessionID]
	switch {
	case s == nil:
		return nil, protocol.ErrFetchSessionIDNotFound
	case s.epoch != r.SessionEpoch:
		return nil, protocol.ErrInvalidFetchSessionEpoch
	}
	s.epoch++
	for _, t := range r.ForgottenTopicsData {
		for _, p := range t.Partitions {
			s.remove(t.Topic, t.TopicID, p)
		}
	}
	for _, a := range asked {
		s.remove(a.topic, a.id, a.partition)
		s.order = append(s.order, a)
	}
	return s, protocol.ErrNone
}

func (s *fakeSession) remove(topic string, id wire.UUID, partition int32) {
	s.order = slices.DeleteFunc(s.order, func(p protocolPartition) bool {
		return p.partition == partition && p.id == id && (topic == "" || p.topic == topic)
	})
}

// advance moves partitions with records to the end, as brokers do.
func (s *fakeSession) advance(resp *protocol.FetchResponse) {
	for _, t := range resp.Responses {
		for _, p := range t.Partitions {
			if i := slices.IndexFunc(s.order, func(o protocolPartition) bool {
				return o.partition == p.PartitionIndex && (o.topic == t.Topic || o.id == t.TopicID && !t.TopicID.IsZero())
			}); i >= 0 && len(p.Records) > 0 {
				s.order = append(slices.Delete(slices.Clone(s.order), i, i+1), s.order[i])
			}
		}
	}
}

// read reads what the session asks for. An incremental response tells only what
// is new.
func (k *fakeKafka) read(node int32, version int16, r *protocol.FetchRequest, s *fakeSession) *protocol.FetchResponse {
	resp := &protocol.FetchResponse{SessionID: r.SessionID}
	left := int(r.MaxBytes)
	for _, asked := range s.order {
		part := k.readPartition(node, version, asked, &left)
		told, known := s.sent[asked.key()]
		if r.SessionEpoch > 0 && known && told == part.HighWatermark && len(part.Records) == 0 && part.ErrorCode == protocol.ErrNone && part.DivergingEpoch == nil {
			continue
		}
		s.sent[asked.key()] = part.HighWatermark
		resp.Responses = append(resp.Responses, protocol.FetchResponseTopic{Topic: asked.topic, TopicID: asked.id, Partitions: []protocol.FetchResponsePartition{part}})
	}
	return resp
}

func (k *fakeKafka) readPartition(node int32, version int16, asked protocolPartition, left *int) protocol.FetchResponsePartition {
	part := protocol.FetchResponsePartition{PartitionIndex: asked.partition, PreferredReadReplica: -1, LogStartOffset: -1, LastStableOffset: -1, HighWatermark: -1}
	topic := k.topics[asked.topic]
	switch {
	case topic == nil && version >= 13, topic != nil && version >= 13 && topic.id != asked.id:
		part.ErrorCode = protocol.ErrUnknownTopicID
		return part
	case topic == nil:
		part.ErrorCode = protocol.ErrUnknownTopicOrPartition
		return part
	}
	l := topic.partitions[asked.partition]
	switch {
	case l.leader != node && l.replica != node:
		part.ErrorCode = protocol.ErrNotLeaderOrFollower
	case asked.epoch != -1 && asked.epoch < l.epoch:
		part.ErrorCode = protocol.ErrFencedLeaderEpoch
	case asked.epoch > l.epoch:
		part.ErrorCode = protocol.ErrUnknownLeaderEpoch
	case asked.offset < l.start || asked.offset > l.end:
		part.ErrorCode = protocol.ErrOffsetOutOfRange
	case l.replica >= 0 && l.replica != node && version >= 11:
		part.HighWatermark, part.PreferredReadReplica = l.end, l.replica
	case l.diverges(asked):
		epoch, end := l.epochEnd(asked.last)
		part.DivergingEpoch = &protocol.FetchResponseEpochEndOffset{Epoch: epoch, EndOffset: end}
	default:
		part.HighWatermark, part.LastStableOffset, part.LogStartOffset = l.end, l.end, l.start
		part.Records = l.from(asked.offset, int(asked.max), left)
		part.AbortedTransactions = l.aborted
	}
	return part
}

// from returns the batches from an offset on, at least one if this is the first
// partition with records.
func (l *fakeLog) from(offset int64, most int, left *int) []byte {
	var out []byte
	for _, b := range l.batches {
		if b.last < offset || *left <= 0 {
			continue
		}
		if len(out) > 0 && len(out)+len(b.bytes) > most {
			break
		}
		out = append(out, b.bytes...)
		*left -= len(b.bytes)
	}
	return out
}
