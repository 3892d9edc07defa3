package producer

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// request is a Produce request in flight.
type request struct {
	call    *conn.Call
	batches []*batch
	size    int // of the records in memory
	// topicIDs are those of the request's topics, by which newer responses name
	// them.
	topicIDs map[wire.UUID]string
}

// request sends the batches in one Produce request.
func (s *sink) request(batches []*batch) {
	p := s.producer
	snapshot := p.client.Metadata().Snapshot()
	req := &protocol.ProduceRequest{Acks: p.cfg.Acks.wire(), TimeoutMs: int32(p.cfg.Config.RequestTimeout.Milliseconds())}
	r := &request{batches: batches[:0]}
	slices.SortStableFunc(batches, func(a, b *batch) int { return strings.Compare(a.partition.tp.Topic, b.partition.tp.Topic) })
	partitions := make([]protocol.ProduceRequestPartition, 0, len(batches)) // of all topics
	for _, b := range batches {
		records, err := s.encode(b)
		if err != nil {
			b.partition.unsendable(b, err)
			continue
		}
		r.batches = append(r.batches, b)
		r.size += s.size(b)
		name := b.partition.tp.Topic
		last := len(req.TopicData) - 1
		if last < 0 || req.TopicData[last].Name != name {
			last++
			req.TopicData = append(req.TopicData, protocol.ProduceRequestTopic{Name: name, PartitionData: partitions[len(partitions):]})
			r.setTopicID(&req.TopicData[last], snapshot)
		}
		topic := &req.TopicData[last]
		partitions = append(partitions, protocol.ProduceRequestPartition{Index: b.partition.tp.Partition, Records: records})
		topic.PartitionData = topic.PartitionData[:len(topic.PartitionData)+1]
	}
	if len(r.batches) == 0 {
		return
	}
	p.measures.sent(r.batches)
	r.call = s.conn.Go(p.inTransaction(req), 0, s.answers)
	s.inFlight = append(s.inFlight, r)
}

func (r *request) setTopicID(topic *protocol.ProduceRequestTopic, snapshot *cluster.Snapshot) {
	t, ok := snapshot.Topic(topic.Name)
	if !ok || t.ID == (wire.UUID{}) {
		return
	}
	topic.TopicID = t.ID
	if r.topicIDs == nil {
		r.topicIDs = make(map[wire.UUID]string)
	}
	r.topicIDs[t.ID] = topic.Name
}

// answered handles the outcome of a request.
func (s *sink) answered(call *conn.Call) {
	for i, r := range s.inFlight {
		if r.call == call {
			s.inFlight = append(s.inFlight[:i], s.inFlight[i+1:]...)
			s.producer.measures.answered(s.measures, r)
			s.settle(r)
			return
		}
	}
}

// settle tells each partition what became of its batch.
func (s *sink) settle(r *request) {
	if err := r.call.Err; err != nil {
		s.unanswered(r, err)
		return
	}
	s.room.answered(r.size, time.Since(r.call.Started))
	resp, ok := r.call.Response.(*protocol.ProduceResponse)
	if !ok { // acks=0
		for _, b := range r.batches {
			b.partition.settle(b, outcome{offset: -1, logAppendTime: -1})
		}
		return
	}
	answers := r.outcomes(resp, s.conn.Addr())
	s.producer.learnLeaders(r, resp)
	for _, b := range r.batches {
		o, ok := answers[b.partition.tp]
		if !ok {
			o = outcome{err: errNoAnswer, retriable: true, uncertain: true}
		}
		b.partition.settle(b, o)
		if o.stale {
			s.producer.client.RequestUpdate()
		}
	}
}

// unanswered handles that the connection failed.
func (s *sink) unanswered(r *request, err error) {
	s.room.failed()
	o := outcome{err: err, uncertain: r.call.Written, retriable: true}
	var verdict interface{ Retriable() bool }
	if errors.As(err, &verdict) {
		o.retriable = verdict.Retriable()
	}
	s.producer.client.RequestUpdate()
	for _, b := range r.batches {
		b.partition.settle(b, o)
	}
}

var errNoAnswer = errors.New("the broker's response leaves the partition out")

// outcomes reads a response.
func (r *request) outcomes(resp *protocol.ProduceResponse, broker string) map[cluster.TopicPartition]outcome {
	answers := make(map[cluster.TopicPartition]outcome, len(r.batches))
	for i := range resp.Responses {
		topic := &resp.Responses[i]
		name := topic.Name
		if name == "" {
			name = r.topicIDs[topic.TopicID]
		}
		for j := range topic.PartitionResponses {
			answer := &topic.PartitionResponses[j]
			tp := cluster.TopicPartition{Topic: name, Partition: answer.Index}
			answers[tp] = newOutcome(answer, tp, broker)
		}
	}
	return answers
}
