package consumer

import (
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// heldBackWait is how long a broker may hold a fetch that leaves out partitions
// since they have their share of the buffer: when the application has taken from
// them, they shall not wait for the answer of others for long.
const heldBackWait = 50 * time.Millisecond

// newFetchRequest returns a request of a fetch session, which the given version can
// carry.
func (f *fetcher) newFetchRequest(s sessionRequest, version int16, maxBytes int32, wait time.Duration) *protocol.FetchRequest {
	req := protocol.NewFetchRequest()
	req.MaxWaitMs = int32(wait.Milliseconds())
	req.MinBytes = int32(min(f.cfg.FetchMinBytes, int(maxBytes)))
	req.MaxBytes = maxBytes
	req.IsolationLevel = f.cfg.IsolationLevel
	req.SessionID, req.SessionEpoch = s.id, s.epoch
	req.RackID = f.cfg.ClientRack
	req.Topics = fetchTopics(s.send, version)
	req.ForgottenTopicsData = forgottenTopics(s.forget)
	return req
}

// fetchTopics groups partitions that follow each other in one topic. Brokers read
// partitions in the order of the request, so that it is kept.
func fetchTopics(list []fetchPartition, version int16) []protocol.FetchRequestTopic {
	var topics []protocol.FetchRequestTopic
	for _, f := range list {
		n := len(topics)
		if n == 0 || topics[n-1].Topic != f.Topic {
			topics = append(topics, protocol.FetchRequestTopic{Topic: f.Topic, TopicID: f.topicID})
			n++
		}
		p := protocol.NewFetchRequestPartition(f.Partition, f.offset, f.maxBytes)
		p.CurrentLeaderEpoch = f.leaderEpoch
		if version >= 12 {
			p.LastFetchedEpoch = f.lastEpoch
		}
		topics[n-1].Partitions = append(topics[n-1].Partitions, p)
	}
	return topics
}

func forgottenTopics(list []fetchPartition) []protocol.FetchRequestForgottenTopic {
	type topic struct {
		name string
		id   wire.UUID // a topic that was created anew may be there with either
	}
	index := make(map[topic]int)
	var topics []protocol.FetchRequestForgottenTopic
	for _, f := range list {
		key := topic{f.Topic, f.topicID}
		i, ok := index[key]
		if !ok {
			i = len(topics)
			index[key] = i
			topics = append(topics, protocol.FetchRequestForgottenTopic{Topic: f.Topic, TopicID: f.topicID})
		}
		topics[i].Partitions = append(topics[i].Partitions, f.Partition)
	}
	return topics
}

// fetchPlan is the next fetch from a node.
type fetchPlan struct {
	want     []fetchPartition
	maxBytes int32
	wait     time.Duration
}

// plan returns what to fetch next of partitions from the node that they are to be
// fetched from, in their order; ok is false if there is nothing to fetch or no
// room. The plan takes the memory of want. The caller holds the lock.
func (f *fetcher) plan(partitions []*partition, want []fetchPartition, now time.Time) (plan fetchPlan, ok bool) {
	if f.closed || len(partitions) == 0 {
		return plan, false
	}
	if !f.buffer.fetchRoom() {
		f.buffer.starved = true
		return plan, false
	}
	plan.wait = f.cfg.FetchMaxWait
	plan.want = want[:0]
	share := f.share()
	for _, p := range partitions {
		switch p.fetchable(now, share) {
		case free:
			plan.want = append(plan.want, fetchPartition{
				TopicPartition: p.TopicPartition,
				topicID:        p.topicID,
				offset:         p.fetchOffset,
				leaderEpoch:    p.leaderEpoch,
				lastEpoch:      p.fetchEpoch,
				maxBytes:       int32(f.cfg.MaxPartitionFetchBytes),
			})
		case full:
			plan.wait = min(plan.wait, heldBackWait)
		}
	}
	plan.maxBytes = f.responseBytes()
	return plan, len(plan.want) > 0
}

// share returns how many bytes may be buffered of one partition before it is not
// fetched any more. It need be no more than it takes to have the next fetch
// answered in time.
func (f *fetcher) share() int64 {
	one := int64(f.cfg.MaxPartitionFetchBytes)
	return min(max(f.buffer.limit/2/int64(max(len(f.partitions), 1)), one), 8*one)
}

// responseBytes returns how large the answer to a fetch may be. Small answers
// keep what is buffered even among partitions, and free their memory sooner.
func (f *fetcher) responseBytes() int32 {
	part := f.cfg.FetchBufferBytes / 8 / max(len(f.nodes), 1)
	return int32(min(f.cfg.FetchMaxBytes, max(part, f.cfg.MaxPartitionFetchBytes)))
}
