package admin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// NewTopic is a topic to create.
type NewTopic struct {
	Name string
	// Partitions is their number; 0 is the broker's num.partitions, which needs
	// Kafka 2.4 (KIP-464).
	Partitions int32
	// ReplicationFactor is the number of replicas of each; 0 is the broker's
	// default.replication.factor, which needs Kafka 2.4 (KIP-464).
	ReplicationFactor int16
	// Assignments places replicas by hand: the node ids for each partition, the
	// preferred leader first. Partitions and ReplicationFactor must be 0 then.
	Assignments [][]int32
	// Configs of the topic, such as "cleanup.policy"; the broker's defaults for
	// those that are not named.
	Configs map[string]string
}

// CreateTopicsOptions of [Client.CreateTopics].
type CreateTopicsOptions struct {
	// ValidateOnly has the cluster check the topics without creating them.
	ValidateOnly bool
	// NoWait returns when the controller has created the topics. Otherwise
	// CreateTopics waits until the metadata show a leader for each partition, so
	// that the topics can be used.
	NoWait bool
}

// CreatedTopic is what became of a topic to create.
type CreatedTopic struct {
	Name string
	// ID is zero before Kafka 2.8.
	ID wire.UUID
	// Partitions and ReplicationFactor are -1 if the broker did not tell (before
	// Kafka 2.4).
	Partitions        int32
	ReplicationFactor int16
	// Err is why the topic was not created.
	Err error
}

// CreateTopics creates topics. It returns what became of each, in their order,
// and the errors of all, joined.
func (c *Client) CreateTopics(ctx context.Context, opts CreateTopicsOptions, topics ...NewTopic) ([]CreatedTopic, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	req := &protocol.CreateTopicsRequest{TimeoutMs: c.brokerTimeout(ctx), ValidateOnly: opts.ValidateOnly}
	for i := range topics {
		req.Topics = append(req.Topics, topics[i].request())
	}
	answer, err := c.cluster.DoController(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := answer.(*protocol.CreateTopicsResponse)
	results := make([]CreatedTopic, len(topics))
	var errs []error
	for i := range topics {
		results[i] = created(topics[i].Name, resp)
		errs = append(errs, results[i].Err)
	}
	if !opts.NoWait && !opts.ValidateOnly {
		errs = append(errs, c.awaitLeaders(ctx, results))
	}
	return results, errors.Join(errs...)
}

func (t *NewTopic) request() protocol.CreateTopicsRequestTopic {
	req := protocol.CreateTopicsRequestTopic{
		Name:              t.Name,
		NumPartitions:     t.Partitions,
		ReplicationFactor: t.ReplicationFactor,
	}
	if req.NumPartitions == 0 {
		req.NumPartitions = -1
	}
	if req.ReplicationFactor == 0 {
		req.ReplicationFactor = -1
	}
	for i, nodes := range t.Assignments {
		req.Assignments = append(req.Assignments, protocol.CreateTopicsRequestAssignment{PartitionIndex: int32(i), BrokerIDs: nodes})
	}
	for _, name := range slices.Sorted(maps.Keys(t.Configs)) {
		value := t.Configs[name]
		req.Configs = append(req.Configs, protocol.CreateTopicsRequestConfig{Name: name, Value: &value})
	}
	return req
}

// created finds what the response says of a topic.
func created(name string, resp *protocol.CreateTopicsResponse) CreatedTopic {
	for i := range resp.Topics {
		if t := &resp.Topics[i]; t.Name == name {
			return CreatedTopic{
				Name: name, ID: t.TopicID, Partitions: t.NumPartitions, ReplicationFactor: t.ReplicationFactor,
				Err: topicError(protocol.CreateTopics, t.ErrorCode, name, t.ErrorMessage),
			}
		}
	}
	return CreatedTopic{Name: name, Partitions: -1, ReplicationFactor: -1, Err: unanswered(protocol.CreateTopics, name)}
}

func unanswered(api protocol.APIKey, topic string) error {
	return fmt.Errorf("%s: the answer says nothing of topic %s", api, topic)
}

// awaitLeaders waits until all partitions of the topics that were created have
// leaders.
func (c *Client) awaitLeaders(ctx context.Context, topics []CreatedTopic) error {
	var names []string
	for i := range topics {
		if topics[i].Err == nil {
			names = append(names, topics[i].Name)
		}
	}
	cfg := c.cluster.Config()
	backoff := conn.Backoff{Base: cfg.RetryBackoff, Max: cfg.RetryBackoffMax}
	for tries := 1; len(names) > 0; tries++ {
		described, err := c.metadata(ctx, names)
		if err != nil {
			return err
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			return slices.ContainsFunc(described, func(t Topic) bool { return t.Name == name && t.led() })
		})
		if len(names) == 0 {
			break
		}
		if err := sleep(ctx, backoff.Delay(tries)); err != nil {
			return fmt.Errorf("the topics are created, but not all their partitions have leaders yet: %q: %w", names, err)
		}
	}
	return nil
}

// DeletedTopic is what became of a topic to delete.
type DeletedTopic struct {
	Name string
	// Err is why the topic was not deleted.
	Err error
}

// DeleteTopics deletes topics with all their records. It returns what became of
// each, in their order, and the errors of all, joined. Brokers may show a topic
// for a moment after it was deleted.
func (c *Client) DeleteTopics(ctx context.Context, names ...string) ([]DeletedTopic, error) {
	if len(names) == 0 {
		return nil, nil
	}
	req := &protocol.DeleteTopicsRequest{TimeoutMs: c.brokerTimeout(ctx)}
	for i := range names {
		req.Topics = append(req.Topics, protocol.DeleteTopicsRequestTopic{Name: &names[i]})
	}
	answer, err := c.cluster.DoController(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := answer.(*protocol.DeleteTopicsResponse)
	results := make([]DeletedTopic, len(names))
	var errs []error
	for i, name := range names {
		results[i] = DeletedTopic{name, unanswered(protocol.DeleteTopics, name)}
		for _, t := range resp.Responses {
			if t.Name != nil && *t.Name == name {
				results[i].Err = topicError(protocol.DeleteTopics, t.ErrorCode, name, t.ErrorMessage)
			}
		}
		errs = append(errs, results[i].Err)
	}
	return results, errors.Join(errs...)
}
