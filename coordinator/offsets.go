package coordinator

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

// OffsetAndMetadata is a committed position.
type OffsetAndMetadata struct {
	// Offset is that of the next record to be read.
	Offset int64
	// LeaderEpoch is that of the last record that was read, -1 if not known; with
	// it the next reader finds out whether the log was truncated (KIP-320).
	LeaderEpoch int32
	// Metadata is the application's own text, up to the broker's
	// offset.metadata.max.bytes.
	Metadata string
}

// Offsets commits and fetches a group's offsets, for a member of the group or
// for a consumer that chose its partitions itself. It is safe for concurrent
// use.
type Offsets struct {
	client     *cluster.Client
	asker      coordination.Asker
	group      string
	generation func() Generation
	backoff    conn.Backoff

	mu    sync.Mutex
	queue []*commit // the first one is under way
}

// NewOffsets returns the offsets of a group. generation returns the identity to
// commit under, as [Group.Generation] does; nil stands for [NoGeneration], a
// consumer that chose its partitions itself.
func NewOffsets(client *cluster.Client, groupID string, generation func() Generation) *Offsets {
	if generation == nil {
		generation = func() Generation { return NoGeneration }
	}
	cfg := client.Config()
	return &Offsets{
		client:     client,
		asker:      askerOf(client, groupID),
		group:      groupID,
		generation: generation,
		backoff:    conn.Backoff{Base: cfg.RetryBackoff, Max: cfg.RetryBackoffMax},
	}
}

// store returns the connection to the broker that keeps the group's offsets: the
// coordinator or, where there is none, before Kafka 0.8.2, any. It is not the one
// that the coordinator may hold a JoinGroup on: a member that keeps partitions
// commits while it joins.
func (o *Offsets) store(ctx context.Context, api protocol.APIKey) (*conn.Conn, error) {
	c, err := o.asker.Conn(ctx, cluster.UseGeneral)
	if !lacks(err, protocol.FindCoordinator) {
		return c, err
	}
	node, ok := o.client.LeastLoadedNode()
	if !ok {
		return nil, err
	}
	if c, err = o.client.Conn(ctx, node, cluster.UseGeneral); err != nil {
		return nil, err
	}
	if _, ok := c.Version(api); !ok {
		return nil, c.Lacks("committed offsets", "0.8.1")
	}
	return c, nil
}

// retry calls try until it succeeds or fails for good, or until ctx ends; then
// the error tells the last failure, too.
func (o *Offsets) retry(ctx context.Context, what string, try func(context.Context) error) error {
	for failures := 1; ; failures++ {
		err := try(ctx)
		if err == nil || !coordination.Retriable(err) {
			return err
		}
		if ctx.Err() == nil {
			pause(ctx, o.backoff.Delay(failures))
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s of group %s: %w; the last failure: %w", what, o.group, context.Cause(ctx), err)
		}
	}
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sortedPartitions returns partitions once each, by topic and number.
func sortedPartitions(partitions iter.Seq[cluster.TopicPartition]) []cluster.TopicPartition {
	return slices.Compact(slices.SortedFunc(partitions, comparePartitions))
}

func comparePartitions(a, b cluster.TopicPartition) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}

// partitionError returns the error of one partition.
func partitionError(c *conn.Conn, api protocol.APIKey, tp cluster.TopicPartition, code protocol.ErrorCode) error {
	return &protocol.BrokerError{Code: code, Broker: c.Addr(), API: api, Topic: tp.Topic, Partition: tp.Partition}
}
