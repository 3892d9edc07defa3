package consumer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// OffsetAndTimestamp is a record's place in a partition and in time.
type OffsetAndTimestamp struct {
	Offset    int64
	Timestamp time.Time
	// LeaderEpoch of the record, -1 if not known.
	LeaderEpoch int32
}

// BeginningOffsets returns the first offset of each partition: of the oldest
// record that has not been deleted. The partitions need not be assigned. It tries
// until ctx ends.
func (c *Consumer) BeginningOffsets(ctx context.Context, partitions ...TopicPartition) (map[TopicPartition]int64, error) {
	return c.edgeOffsets(ctx, "BeginningOffsets", partitions, protocol.EarliestTimestamp)
}

// EndOffsets returns the end of each partition: the offset that the next record
// will get; with ReadCommitted, that of the first record of the earliest open
// transaction, if there is one. The partitions need not be assigned. It tries
// until ctx ends.
func (c *Consumer) EndOffsets(ctx context.Context, partitions ...TopicPartition) (map[TopicPartition]int64, error) {
	return c.edgeOffsets(ctx, "EndOffsets", partitions, protocol.LatestTimestamp)
}

func (c *Consumer) edgeOffsets(ctx context.Context, call string, partitions []TopicPartition, timestamp int64) (map[TopicPartition]int64, error) {
	wanted := make(map[TopicPartition]int64, len(partitions))
	for _, tp := range partitions {
		wanted[tp] = timestamp
	}
	answers, err := c.findOffsets(ctx, call, wanted)
	if err != nil {
		return nil, err
	}
	offsets := make(map[TopicPartition]int64, len(answers))
	for tp, a := range answers {
		offsets[tp] = a.offset
	}
	return offsets, nil
}

// OffsetsForTimes returns, for each partition, the first record that is not older
// than the given time; a partition without such a record is left out. The
// partitions need not be assigned. It tries until ctx ends. Brokers before Kafka
// 0.10.1 cannot be asked: then the error is a [*conn.FeatureError].
func (c *Consumer) OffsetsForTimes(ctx context.Context, times map[TopicPartition]time.Time) (map[TopicPartition]OffsetAndTimestamp, error) {
	wanted := make(map[TopicPartition]int64, len(times))
	for tp, t := range times {
		if t.UnixMilli() < 0 {
			return nil, fmt.Errorf("OffsetsForTimes: the time %v of %s is before 1970", t, tp)
		}
		wanted[tp] = t.UnixMilli()
	}
	answers, err := c.findOffsets(ctx, "OffsetsForTimes", wanted)
	if err != nil {
		return nil, err
	}
	found := make(map[TopicPartition]OffsetAndTimestamp, len(answers))
	for tp, a := range answers {
		if a.offset != noOffset {
			found[tp] = OffsetAndTimestamp{a.offset, time.UnixMilli(a.timestamp), a.leaderEpoch}
		}
	}
	return found, nil
}

// findOffsets asks the leaders of partitions for offsets until all have answered
// or ctx ends. wanted has a timestamp for each partition.
func (c *Consumer) findOffsets(ctx context.Context, call string, wanted map[TopicPartition]int64) (map[TopicPartition]offsetAnswer, error) {
	ctx, cancel := c.bind(ctx)
	defer cancel()
	answers := make(map[TopicPartition]offsetAnswer, len(wanted))
	var last error
	for failures := 0; ; failures++ {
		missing := make(map[TopicPartition]int64)
		for tp, t := range wanted {
			if _, ok := answers[tp]; !ok {
				missing[tp] = t
			}
		}
		if len(missing) == 0 {
			return answers, nil
		}
		if failures > 0 {
			if err := c.pause(ctx, failures, last); err != nil {
				return nil, c.failure(call, err)
			}
			c.client.RequestUpdate()
		}
		if last = c.findOffsetsOnce(ctx, missing, answers); last != nil && permanent(last) && ctx.Err() == nil {
			return nil, c.failure(call, last)
		}
	}
}

// findOffsetsOnce asks each leader once, all at the same time, and adds what they
// answer. It returns one of the errors.
func (c *Consumer) findOffsetsOnce(ctx context.Context, wanted map[TopicPartition]int64, answers map[TopicPartition]offsetAnswer) error {
	byLeader := make(map[int32][]offsetQuery)
	for tp, timestamp := range wanted {
		if _, err := c.client.WaitTopic(ctx, tp.Topic); err != nil {
			return err
		}
		node, epoch, err := leader(c.client.Metadata().Snapshot(), tp)
		if err != nil {
			return err
		}
		byLeader[node] = append(byLeader[node], offsetQuery{tp, epoch, timestamp})
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var errs []error
	for node, queries := range byLeader {
		wg.Go(func() {
			found, err := c.fetcher.listOffsets(ctx, node, queries)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
			for tp, a := range found {
				if a.err == nil {
					answers[tp] = a
				}
				errs = append(errs, a.err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// leader returns who leads a partition of a known topic, or why nobody does.
func leader(s *cluster.Snapshot, tp TopicPartition) (node, epoch int32, err error) {
	node, epoch, ok := s.Leader(tp)
	if ok {
		return node, epoch, nil
	}
	code := protocol.ErrUnknownTopicOrPartition
	if topic, ok := s.Topic(tp.Topic); ok {
		if _, ok := topic.Partition(tp.Partition); ok {
			code = protocol.ErrLeaderNotAvailable
		}
	}
	return cluster.NoNode, 0, &protocol.BrokerError{Code: code, API: protocol.Metadata, Topic: tp.Topic, Partition: tp.Partition}
}

// offsetQuery asks for an offset of a partition by time.
type offsetQuery struct {
	TopicPartition
	leaderEpoch int32
	timestamp   int64 // in milliseconds, or one of protocol's constants
}

// offsetAnswer is the offset found, noOffset if there is none.
type offsetAnswer struct {
	offset      int64
	timestamp   int64
	leaderEpoch int32
	err         error
}

// listOffsets asks a leader once.
func (f *fetcher) listOffsets(ctx context.Context, node int32, queries []offsetQuery) (map[TopicPartition]offsetAnswer, error) {
	if slices.ContainsFunc(queries, func(q offsetQuery) bool { return q.timestamp >= 0 }) {
		if err := f.knowsTimes(ctx, node); err != nil {
			return nil, err
		}
	}
	req := &protocol.ListOffsetsRequest{
		ReplicaID:      -1,
		IsolationLevel: f.cfg.IsolationLevel,
		TimeoutMs:      int32(f.client.Config().RequestTimeout.Milliseconds()),
	}
	index := make(map[string]int)
	for _, q := range queries {
		i, ok := index[q.Topic]
		if !ok {
			i = len(req.Topics)
			index[q.Topic] = i
			req.Topics = append(req.Topics, protocol.ListOffsetsRequestTopic{Name: q.Topic})
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, protocol.ListOffsetsRequestPartition{
			PartitionIndex: q.Partition, CurrentLeaderEpoch: q.leaderEpoch, Timestamp: q.timestamp, MaxNumOffsets: 1,
		})
	}
	resp, err := f.ask(ctx, node, req)
	if err != nil {
		return nil, err
	}
	return listOffsetsAnswers(resp.(*protocol.ListOffsetsResponse)), nil
}

// knowsTimes returns an error if a node cannot be asked for offsets by time.
func (f *fetcher) knowsTimes(ctx context.Context, node int32) error {
	c, err := f.client.Conn(ctx, node, cluster.UseGeneral)
	if err != nil {
		return err
	}
	if version, ok := c.Version(protocol.ListOffsets); ok && version == 0 {
		return c.Lacks("offsets by time", "0.10.1")
	}
	return nil
}

func listOffsetsAnswers(resp *protocol.ListOffsetsResponse) map[TopicPartition]offsetAnswer {
	answers := make(map[TopicPartition]offsetAnswer)
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			a := offsetAnswer{offset: p.Offset, timestamp: p.Timestamp, leaderEpoch: p.LeaderEpoch}
			if p.ErrorCode != protocol.ErrNone {
				a.err = &protocol.BrokerError{Code: p.ErrorCode, API: protocol.ListOffsets, Topic: t.Name, Partition: p.PartitionIndex}
			} else if len(p.OldStyleOffsets) > 0 {
				a.offset = p.OldStyleOffsets[0]
			}
			answers[TopicPartition{Topic: t.Name, Partition: p.PartitionIndex}] = a
		}
	}
	return answers
}

// pause waits before something is tried again. The error is that of the context,
// with the reason why nothing came of it.
func (c *Consumer) pause(ctx context.Context, failures int, last error) error {
	timer := time.NewTimer(c.fetcher.backoff.Delay(failures))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return because(context.Cause(ctx), last)
	}
}

// because joins the end of a context with the reason why nothing came of what it
// bounded, if that is known.
func because(err, reason error) error {
	switch {
	case reason == nil:
		return err
	case errors.Is(reason, err):
		return reason // it tells both
	case errors.Is(reason, context.Canceled), errors.Is(reason, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("%w; the last problem was: %w", err, reason)
}
