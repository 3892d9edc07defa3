package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// Topic is a topic and its partitions.
type Topic struct {
	Name string
	// ID is zero before Kafka 2.8.
	ID wire.UUID
	// Internal tells a topic of Kafka's own, such as __consumer_offsets.
	Internal bool
	// Partitions by ascending number.
	Partitions []Partition
	// Err is why the topic cannot be described.
	Err error
}

// Partition is one partition of a topic.
type Partition = cluster.Partition

// led tells whether all partitions have a leader.
func (t *Topic) led() bool {
	return t.Err == nil && len(t.Partitions) > 0 &&
		!slices.ContainsFunc(t.Partitions, func(p Partition) bool { return p.Leader == cluster.NoNode })
}

// ListTopics returns all topics that the client may see, Kafka's own included,
// sorted by name.
func (c *Client) ListTopics(ctx context.Context) ([]Topic, error) { return c.metadata(ctx, nil) }

// DescribeTopics returns topics, in the order of the names. The error joins those
// of all that cannot be described, such as [protocol.ErrUnknownTopicOrPartition].
// It never creates a topic.
func (c *Client) DescribeTopics(ctx context.Context, names ...string) ([]Topic, error) {
	if len(names) == 0 {
		return nil, nil
	}
	found, err := c.metadata(ctx, names)
	if err != nil {
		return nil, err
	}
	topics := make([]Topic, len(names))
	var errs []error
	for i, name := range names {
		topics[i] = Topic{Name: name, Err: topicError(protocol.Metadata, protocol.ErrUnknownTopicOrPartition, name, nil)}
		for _, t := range found {
			if t.Name == name {
				topics[i] = t
			}
		}
		errs = append(errs, topics[i].Err)
	}
	return topics, errors.Join(errs...)
}

// metadata returns topics, all of them if names is nil, sorted by name. Brokers
// before 0.11 would create a topic that is asked for by name, so these are asked
// for all.
func (c *Client) metadata(ctx context.Context, names []string) ([]Topic, error) {
	req := &protocol.MetadataRequest{AllowAutoTopicCreation: names == nil}
	for i := range names {
		req.Topics = append(req.Topics, protocol.MetadataRequestTopic{Name: &names[i]})
	}
	answer, err := c.cluster.DoAny(ctx, req)
	if errors.Is(err, wire.ErrUnsupported) && names != nil {
		return c.metadata(ctx, nil)
	}
	if err != nil {
		return nil, err
	}
	resp := answer.(*protocol.MetadataResponse)
	topics := make([]Topic, 0, len(resp.Topics))
	for i := range resp.Topics {
		if t := &resp.Topics[i]; t.Name != nil {
			topics = append(topics, newTopic(t))
		}
	}
	slices.SortFunc(topics, func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) })
	return topics, nil
}

func newTopic(from *protocol.MetadataResponseTopic) Topic {
	t := Topic{
		Name: *from.Name, ID: from.TopicID, Internal: from.IsInternal,
		Err: topicError(protocol.Metadata, from.ErrorCode, *from.Name, nil),
	}
	for i := range from.Partitions {
		p := &from.Partitions[i]
		t.Partitions = append(t.Partitions, Partition{
			Partition: p.PartitionIndex, Leader: max(p.LeaderID, cluster.NoNode), LeaderEpoch: p.LeaderEpoch,
			Replicas: p.ReplicaNodes, ISR: p.ISRNodes, Offline: p.OfflineReplicas, Err: p.ErrorCode,
		})
	}
	slices.SortFunc(t.Partitions, func(a, b Partition) int { return cmp.Compare(a.Partition, b.Partition) })
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
