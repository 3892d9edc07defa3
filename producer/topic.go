package producer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// topic is a topic that records were sent to.
type topic struct {
	name        string
	partitioner partitioner.Partitioner
	layout      atomic.Pointer[layout]
}

// layout is the partitions of a topic at one time.
type layout struct {
	view       partitioner.Topic
	partitions []*partition
}

// choose returns the partition that rec goes to.
func (t *topic) choose(rec *record.Record) (*partition, error) {
	l := t.layout.Load()
	n, err := t.partitioner.Partition(noescape(rec), &l.view)
	if err != nil {
		return nil, fmt.Errorf("partitioner: %w", err)
	}
	if n < 0 || int(n) >= len(l.partitions) {
		return nil, fmt.Errorf("partitioner chose partition %d of topic %s, which has %d", n, t.name, len(l.partitions))
	}
	return l.partitions[n], nil
}

// noescape hides rec from the escape analysis, which cannot know that
// partitioners do not keep it and would have each record allocated.
func noescape(rec *record.Record) *record.Record {
	hidden := uintptr(unsafe.Pointer(rec))
	return *(**record.Record)(unsafe.Pointer(&hidden))
}

// topic returns the topic, waiting for its metadata up to a limit. If that is
// negative, they are asked for in the background.
func (p *Producer) topic(ctx context.Context, name string, limit time.Duration) (*topic, error) {
	if limit < 0 {
		p.client.AddTopics(name)
	}
	ctx, cancel := p.blocking(ctx, limit, errors.New(notWithin("no metadata came", limit)))
	defer cancel()
	defer since(time.Now(), p.measures.metadataWait)
	if _, err := p.client.WaitTopic(ctx, name); err != nil {
		if p.closing.Load() {
			return nil, ErrClosed
		}
		return nil, err
	}
	p.mu.Lock()
	old := *p.topics.Load()
	t, ok := old[name]
	if !ok {
		t = &topic{name: name, partitioner: p.cfg.Partitioner(name)}
		t.layout.Store(&layout{view: partitioner.Topic{Name: name}})
		topics := maps.Clone(old)
		topics[name] = t
		p.topics.Store(&topics)
	}
	p.mu.Unlock()
	if len(t.layout.Load().partitions) == 0 {
		p.learn(nil)
	}
	if len(t.layout.Load().partitions) == 0 {
		return nil, fmt.Errorf("topic %q has no partitions", name)
	}
	return t, nil
}

// PartitionsFor returns the numbers of a topic's partitions, waiting for its
// metadata as [Producer.Send] does, or if Config.MaxBlock is negative, until ctx
// ends.
func (p *Producer) PartitionsFor(ctx context.Context, name string) ([]int32, error) {
	if p.closing.Load() {
		return nil, ErrClosed
	}
	limit := p.cfg.MaxBlock
	if limit < 0 {
		limit = math.MaxInt64
	}
	t, err := p.topic(ctx, name, limit)
	if err != nil {
		return nil, err
	}
	l := t.layout.Load()
	numbers := make([]int32, len(l.partitions))
	for i, pt := range l.partitions {
		numbers[i] = pt.tp.Partition
	}
	return numbers, nil
}

// learn takes note of new metadata: new partitions, and leaders that moved.
// It reads them itself, as a snapshot that it were handed might have waited for
// the lock behind a newer one.
func (p *Producer) learn(*cluster.Snapshot) {
	p.learning.Lock()
	defer p.learning.Unlock()
	snapshot := p.client.Metadata().Snapshot()
	for _, t := range *p.topics.Load() {
		if meta, ok := snapshot.Topic(t.name); ok && len(meta.Partitions) > 0 {
			p.learnTopic(t, meta)
		}
	}
}

func (p *Producer) learnTopic(t *topic, meta *cluster.Topic) {
	old := t.layout.Load()
	l := &layout{
		view:       partitioner.Topic{Name: t.name, Partitions: int32(max(len(meta.Partitions), len(old.partitions)))},
		partitions: append([]*partition(nil), old.partitions...),
	}
	for n := int32(len(old.partitions)); n < l.view.Partitions; n++ {
		l.partitions = append(l.partitions, &partition{producer: p, tp: cluster.TopicPartition{Topic: t.name, Partition: n}})
	}
	leaders := make([]int32, len(l.partitions))
	for i := range leaders {
		leaders[i] = cluster.NoNode
	}
	for i := range meta.Partitions {
		m := &meta.Partitions[i]
		if m.Partition < 0 || int(m.Partition) >= len(leaders) {
			continue
		}
		leaders[m.Partition] = m.Leader
		if m.Leader != cluster.NoNode {
			l.view.Available = append(l.view.Available, m.Partition)
		}
	}
	l.view.Load = l.load
	t.layout.Store(l)
	for n, pt := range l.partitions {
		pt.move(p.leaderSink(leaders[n]))
	}
}

func (p *Producer) leaderSink(node int32) *sink {
	if node == cluster.NoNode {
		return nil
	}
	return p.sink(node)
}

// learnLeaders takes the new leaders that a broker named beside its refusals
// (KIP-951).
func (p *Producer) learnLeaders(r *request, resp *protocol.ProduceResponse) {
	var endpoints []cluster.Node
	for _, n := range resp.NodeEndpoints {
		node := cluster.Node{ID: n.NodeID, Host: n.Host, Port: n.Port}
		if n.Rack != nil {
			node.Rack = *n.Rack
		}
		endpoints = append(endpoints, node)
	}
	for i := range resp.Responses {
		topic := &resp.Responses[i]
		name := topic.Name
		if name == "" {
			name = r.topicIDs[topic.TopicID]
		}
		for j := range topic.PartitionResponses {
			if leader := topic.PartitionResponses[j].CurrentLeader; leader != nil && leader.LeaderID >= 0 {
				tp := cluster.TopicPartition{Topic: name, Partition: topic.PartitionResponses[j].Index}
				p.client.Metadata().UpdateLeader(tp, leader.LeaderID, leader.LeaderEpoch, endpoints...)
			}
		}
	}
}
