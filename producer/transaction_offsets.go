package producer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

// sendOffsets commits offsets of a group within the transaction.
func (t *transactions) sendOffsets(ctx context.Context, tx *Tx, offsets map[cluster.TopicPartition]coordinator.OffsetAndMetadata, group coordinator.GroupMetadata) error {
	if err := t.acquire(ctx); err != nil {
		return err
	}
	defer t.release()
	if err := tx.usable(); err != nil {
		return err
	}
	if len(offsets) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(tx.ctx, cancel)()
	err := t.tryOffsets(ctx, offsets, group)
	if err == nil {
		return nil
	}
	if failed := t.failure(tx); failed != nil {
		return failed // which is why ctx has ended
	}
	return t.refused(fmt.Errorf("SendOffsets of group %s: %w", group.GroupID, err))
}

func (t *transactions) tryOffsets(ctx context.Context, offsets map[cluster.TopicPartition]coordinator.OffsetAndMetadata, group coordinator.GroupMetadata) error {
	if group.Unjoined {
		return &coordinator.CommitFailedError{Group: group.GroupID, Generation: group.Generation}
	}
	t.mu.Lock()
	t.state.added = true
	v2 := t.state.v2
	t.mu.Unlock()
	if !v2 {
		if err := t.retry(ctx, func(ctx context.Context) error { return t.addGroup(ctx, group.GroupID) }); err != nil {
			return err
		}
	}
	left := maps.Clone(offsets)
	return t.retry(ctx, func(ctx context.Context) error { return t.commitOffsets(ctx, left, group, v2) })
}

// addGroup makes a group part of the transaction.
func (t *transactions) addGroup(ctx context.Context, group string) error {
	id := t.producerID()
	req := &protocol.AddOffsetsToTxnRequest{TransactionalID: t.id, ProducerID: id.id, ProducerEpoch: id.epoch, GroupID: group}
	resp, c, err := ask[*protocol.AddOffsetsToTxnResponse](ctx, t, req)
	if err != nil {
		return err
	}
	return t.coordinator().Check(c, protocol.AddOffsetsToTxn, resp.ErrorCode)
}

// commitOffsets sends the coordinator of the group what is left of some offsets.
func (t *transactions) commitOffsets(ctx context.Context, left map[cluster.TopicPartition]coordinator.OffsetAndMetadata, group coordinator.GroupMetadata, v2 bool) error {
	at := coordination.Asker{Client: t.producer.client, Kind: cluster.GroupCoordinator, Key: group.GroupID}
	c, err := at.Conn(ctx, cluster.UseCoordinator)
	if err != nil {
		return err
	}
	if version, _ := c.Version(protocol.TxnOffsetCommit); version < memberVersion && group.ID >= 0 {
		return c.Lacks("offsets of a group's member in a transaction (KIP-447)", "2.5")
	}
	id := t.producerID()
	var req protocol.Request = offsetsRequest(t.id, id, left, group)
	if !v2 {
		req = protocol.AtMost(req, lastTxnOffsetCommitV1)
	}
	resp, err := coordination.Ask[*protocol.TxnOffsetCommitResponse](ctx, at, c, req, 0)
	if err != nil {
		t.mu.Lock()
		t.state.strayed(false)
		t.mu.Unlock()
		return err
	}
	return offsetsCommitted(at, c.Addr(), resp, left, group)
}

func offsetsRequest(transactionalID string, id producerID, offsets map[cluster.TopicPartition]coordinator.OffsetAndMetadata, group coordinator.GroupMetadata) *protocol.TxnOffsetCommitRequest {
	req := protocol.NewTxnOffsetCommitRequest()
	req.TransactionalID, req.GroupID = transactionalID, group.GroupID
	req.ProducerID, req.ProducerEpoch = id.id, id.epoch
	if group.ID >= 0 {
		req.GenerationID, req.MemberID = group.ID, group.MemberID
		if group.InstanceID != "" {
			req.GroupInstanceID = &group.InstanceID
		}
	}
	byName := func(a, b cluster.TopicPartition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	}
	for _, tp := range slices.SortedFunc(maps.Keys(offsets), byName) {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Name != tp.Topic {
			req.Topics = append(req.Topics, protocol.TxnOffsetCommitRequestTopic{Name: tp.Topic})
		}
		o, topic := offsets[tp], &req.Topics[len(req.Topics)-1]
		topic.Partitions = append(topic.Partitions, protocol.TxnOffsetCommitRequestPartition{
			PartitionIndex:       tp.Partition,
			CommittedOffset:      o.Offset,
			CommittedLeaderEpoch: o.LeaderEpoch,
			CommittedMetadata:    &o.Metadata,
		})
	}
	return req
}

// offsetsCommitted takes an answer: what was committed is struck off. An error
// that no retry helps with goes before others.
func offsetsCommitted(at coordination.Asker, broker string, resp *protocol.TxnOffsetCommitResponse, left map[cluster.TopicPartition]coordinator.OffsetAndMetadata, group coordinator.GroupMetadata) error {
	var passing, final error
	for i := range resp.Topics {
		for _, p := range resp.Topics[i].Partitions {
			tp := cluster.TopicPartition{Topic: resp.Topics[i].Name, Partition: p.PartitionIndex}
			err := &protocol.BrokerError{Code: p.ErrorCode, Broker: broker, API: protocol.TxnOffsetCommit, Topic: tp.Topic, Partition: tp.Partition}
			switch {
			case p.ErrorCode == protocol.ErrNone:
				delete(left, tp)
			case coordinator.NotEntitled(p.ErrorCode):
				return &coordinator.CommitFailedError{Group: group.GroupID, Generation: group.Generation, Err: err}
			case p.ErrorCode.Retriable():
				passing = err
				at.Learn(p.ErrorCode)
			case final == nil:
				final = err
			}
		}
	}
	switch {
	case final != nil:
		return final
	case passing == nil && len(left) > 0:
		return errors.New("broker " + broker + " left partitions out of its answer to TxnOffsetCommit")
	}
	return passing
}
