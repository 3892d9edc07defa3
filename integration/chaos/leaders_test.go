package chaos

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// moveLeaders gives each partition's replicas another order, and makes the first
// of them the leader, until each node has led each partition.
func moveLeaders(ctx context.Context, s *scene) error {
	nodes := s.target.Nodes()
	for round := range len(nodes) {
		req := &protocol.AlterPartitionReassignmentsRequest{TimeoutMs: 30_000}
		elect := &protocol.ElectLeadersRequest{TimeoutMs: 30_000}
		partitionsOf := protocol.AlterPartitionReassignmentsRequestTopic{Name: s.topic}
		electOf := protocol.ElectLeadersRequestTopic{Topic: s.topic}
		for n := range partitions {
			first := (n + round) % len(nodes)
			partitionsOf.Partitions = append(partitionsOf.Partitions, protocol.AlterPartitionReassignmentsRequestPartition{
				PartitionIndex: int32(n), Replicas: slices.Concat(nodes[first:], nodes[:first]),
			})
			electOf.Partitions = append(electOf.Partitions, int32(n))
		}
		req.Topics = append(req.Topics, partitionsOf)
		elect.TopicPartitions = append(elect.TopicPartitions, electOf)
		if _, err := s.client.DoController(ctx, req); err != nil {
			return err
		}
		if err := s.awaitLeaders(ctx, elect, round); err != nil {
			return err
		}
		if err := s.load.awaitMore(ctx, 1); err != nil {
			return fmt.Errorf("after the leaders moved: %w", err)
		}
	}
	return nil
}

// awaitLeaders asks for the election until all leaders are the wanted ones.
func (s *scene) awaitLeaders(ctx context.Context, elect *protocol.ElectLeadersRequest, round int) error {
	nodes := s.target.Nodes()
	for {
		if _, err := s.client.DoController(ctx, elect); err != nil {
			return err
		}
		if err := s.client.Refresh(ctx); err != nil {
			return err
		}
		snapshot, done := s.client.Metadata().Snapshot(), true
		for n := range partitions {
			node, _, ok := snapshot.Leader(cluster.TopicPartition{Topic: s.topic, Partition: int32(n)})
			done = done && ok && node == nodes[(n+round)%len(nodes)]
		}
		if done {
			return nil
		}
		if err := pass(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("the leaders do not move: %w", err)
		}
	}
}
