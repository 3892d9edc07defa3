package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/protocol"
)

// TestLogTruncated has a node that lacks the last records become the leader, by an
// unclean election, while records are produced and consumed. A consumer without a
// policy must be told from where to where the log was truncated. The members of a
// group must go back to there, so that they handle all that is in the log at the
// end.
func TestLogTruncated(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.FaultyTarget) {
		if target.Version() == kafkabroker.Embedded || !atLeast(target, 2, 4) {
			t.Log("it takes a real cluster, and unclean elections on demand, which came with Kafka 2.4")
			return
		}
		for _, m := range membershipsFor(t, target, len(consumerFaults)) {
			if !t.Run(m.name, func(t *testing.T) { loseRecords(t, target, m) }) {
				return
			}
		}
	})
}

func loseRecords(t *testing.T, target kafkabroker.FaultyTarget, m membership) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	direct := cluster.Config{BootstrapServers: target.BootstrapServers(), DisableAutoTopicCreation: true}
	s := newScene(t, ctx, target, direct)
	defer s.client.Close(ctx)
	s.topic = kafkabroker.UniqueName(t)
	if err := s.createUnclean(ctx); err != nil {
		t.Fatal(err)
	}
	s.load = startLoad(t, direct, s.topic, groupRate)
	s.load.lossy.Store(true)
	s.group = newGroup(t, direct, m, s.topic)
	s.group.again = true // where the log was truncated
	s.group.start(ctx)

	strict := make(chan *consumer.LogTruncationError, 1)
	go func() { strict <- s.readStrictly(ctx, t, direct) }()
	s.run(t, ctx, direct, truncate)
	select {
	case e := <-strict:
		t.Logf("the consumer without a policy was told: %v", e)
		if e == nil || e.To < 0 || e.To >= e.From {
			t.Errorf("the error is %+v", e)
		}
	case <-ctx.Done():
		t.Error("the consumer without a policy was told nothing")
	}
}

// createUnclean creates a topic on the first two nodes that takes records as long
// as one of them is there.
func (s *scene) createUnclean(ctx context.Context) error {
	enabled, one := "true", "1"
	topic := protocol.CreateTopicsRequestTopic{Name: s.topic, NumPartitions: -1, ReplicationFactor: -1, Configs: []protocol.CreateTopicsRequestConfig{
		{Name: "unclean.leader.election.enable", Value: &enabled}, {Name: "min.insync.replicas", Value: &one},
	}}
	for n := range int32(partitions) {
		topic.Assignments = append(topic.Assignments, protocol.CreateTopicsRequestAssignment{PartitionIndex: n, BrokerIDs: s.target.Nodes()[:2]})
	}
	resp, err := s.client.DoController(ctx, &protocol.CreateTopicsRequest{TimeoutMs: 30_000, Topics: []protocol.CreateTopicsRequestTopic{topic}})
	if err != nil {
		return err
	}
	for _, t := range resp.(*protocol.CreateTopicsResponse).Topics {
		if t.ErrorCode != protocol.ErrNone {
			return fmt.Errorf("create topic %s: %w", s.topic, t.ErrorCode)
		}
	}
	_, err = s.client.WaitTopic(ctx, s.topic)
	return err
}

// truncate has the second node miss what the first one takes alone, and lead when
// that one is gone.
func truncate(ctx context.Context, s *scene) error {
	first, second := s.target.Nodes()[0], s.target.Nodes()[1]
	if err := s.target.Pause(second); err != nil {
		return err
	}
	if err := s.awaitPartitions(ctx, func(p *cluster.Partition) bool { return p.Leader == first && slices.Equal(p.ISR, []int32{first}) }); err != nil {
		return fmt.Errorf("the paused node is in sync: %w", err)
	}
	if err := s.load.awaitMore(ctx, 2*groupRate); err != nil {
		return err
	}
	if _, err := s.group.awaitProgress(ctx, partitions); err != nil {
		return err
	}
	if err := s.target.Kill(first); err != nil {
		return err
	}
	if err := s.target.Resume(second); err != nil {
		return err
	}
	if err := s.awaitPartitions(ctx, func(p *cluster.Partition) bool { return p.Leader == second }); err != nil {
		return fmt.Errorf("the node that lacks records does not lead: %w", err)
	}
	return s.target.Restart(ctx, first)
}

// awaitPartitions waits until all partitions are as wanted, and has leaders elected
// uncleanly where there is none.
func (s *scene) awaitPartitions(ctx context.Context, wanted func(*cluster.Partition) bool) error {
	elect := &protocol.ElectLeadersRequest{ElectionType: protocol.UncleanElection, TimeoutMs: 5000,
		TopicPartitions: []protocol.ElectLeadersRequestTopic{{Topic: s.topic, Partitions: []int32{0, 1, 2, 3, 4, 5}}}}
	for {
		if err := s.client.Refresh(ctx); err != nil {
			return err
		}
		topic, _ := s.client.Metadata().Snapshot().Topic(s.topic)
		all, orphan := topic != nil && len(topic.Partitions) == partitions, false
		for i := range topic.Partitions {
			all = all && wanted(&topic.Partitions[i])
			orphan = orphan || topic.Partitions[i].Leader == cluster.NoNode
		}
		if all {
			return nil
		}
		if orphan {
			// An error is that of a moment: the controller moves, too.
			limited, cancel := context.WithTimeout(ctx, 5*time.Second)
			_, _ = s.client.DoController(limited, elect)
			cancel()
		}
		if err := pass(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// readStrictly reads the topic from its beginning until it is told of a truncation.
func (s *scene) readStrictly(ctx context.Context, t *testing.T, shared cluster.Config) *consumer.LogTruncationError {
	c, err := consumer.New(consumer.Config{Config: shared, AutoOffsetReset: consumer.ResetNone})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer c.Close(ctx)
	var all []cluster.TopicPartition
	for n := range int32(partitions) {
		all = append(all, cluster.TopicPartition{Topic: s.topic, Partition: n})
	}
	if err := errors.Join(c.Assign(all...), c.SeekToBeginning()); err != nil {
		t.Error(err)
		return nil
	}
	for {
		_, err := c.Poll(ctx)
		var truncated *consumer.LogTruncationError
		switch {
		case errors.As(err, &truncated):
			return truncated
		case err != nil:
			t.Errorf("the consumer without a policy: %v", err)
			return nil
		}
	}
}
