package coordinator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

// requireStableSince is the version of OffsetFetch from which a client can ask
// for offsets that no open transaction may still change (KIP-447).
const requireStableSince = 7

// memberEpochSince is the version of OffsetFetch from which a member under the
// consumer protocol tells its epoch (KIP-848).
const memberEpochSince = 9

// Fetch returns the committed offsets of partitions. A partition is missing from
// the result if the group has never committed it, and then only: whatever keeps
// an offset from being known is an error. What may pass is tried again until ctx
// ends: a coordinator that moves or is not reachable, an open transaction that
// commits offsets. With an error, the result has what is known nevertheless.
func (o *Offsets) Fetch(ctx context.Context, partitions []cluster.TopicPartition) (map[cluster.TopicPartition]OffsetAndMetadata, error) {
	f := &fetch{
		missing: make(map[cluster.TopicPartition]struct{}, len(partitions)),
		offsets: make(map[cluster.TopicPartition]OffsetAndMetadata, len(partitions)),
	}
	for _, tp := range partitions {
		f.missing[tp] = struct{}{}
	}
	if len(f.missing) == 0 {
		return f.offsets, nil
	}
	err := o.retry(ctx, "fetch of offsets", func(ctx context.Context) error { return o.tryFetch(ctx, f) })
	return f.offsets, err
}

// fetch is one call of Fetch.
type fetch struct {
	missing map[cluster.TopicPartition]struct{} // not answered yet
	offsets map[cluster.TopicPartition]OffsetAndMetadata
	ids     topicIDs // of what is missing
}

// tryFetch asks for what is missing.
func (o *Offsets) tryFetch(ctx context.Context, f *fetch) error {
	broker, err := o.store(ctx, protocol.OffsetFetch)
	if err != nil {
		return err
	}
	version, _ := broker.Version(protocol.OffsetFetch)
	group := protocol.OffsetFetchRequestGroup{GroupID: o.group, MemberEpoch: -1}
	if g := o.generation(); g.epochs != nil && g.Protocol == "" && version >= memberEpochSince {
		group.MemberID, group.MemberEpoch = &g.MemberID, g.ID
	}
	f.ids = o.topicIDs(maps.Keys(f.missing))
	for _, tp := range sortedPartitions(maps.Keys(f.missing)) {
		if n := len(group.Topics); n == 0 || group.Topics[n-1].Name != tp.Topic {
			group.Topics = append(group.Topics, protocol.OffsetFetchRequestTopic{Name: tp.Topic, TopicID: f.ids[tp.Topic]})
		}
		topic := &group.Topics[len(group.Topics)-1]
		topic.PartitionIndexes = append(topic.PartitionIndexes, tp.Partition)
	}
	req := &protocol.OffsetFetchRequest{
		Groups:        []protocol.OffsetFetchRequestGroup{group},
		RequireStable: version >= requireStableSince,
	}
	resp, err := coordination.Ask[*protocol.OffsetFetchResponse](ctx, o.asker, broker, req, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(resp.Groups, func(g protocol.OffsetFetchResponseGroup) bool {
		return g.GroupID == o.group || g.GroupID == "" // versions before 8 do not name it
	})
	if i < 0 {
		return permanent{fmt.Errorf("broker %s left group %s out of its answer to %s", broker.Addr(), o.group, protocol.OffsetFetch)}
	}
	if resp.Groups[i].ErrorCode == protocol.ErrGroupIDNotFound {
		return nil // a group that does not exist has committed nothing; Kafka leaves the code out, kfake does not
	}
	if err := o.asker.Check(broker, protocol.OffsetFetch, resp.Groups[i].ErrorCode); err != nil {
		if group.MemberID != nil && NotEntitled(resp.Groups[i].ErrorCode) {
			return temporary{err} // the next heartbeat brings another epoch
		}
		return err
	}
	return o.fetched(broker, version, f, &resp.Groups[i])
}

// fetched takes a response: what it tells is no more missing. An error that no
// retry helps with goes before others.
func (o *Offsets) fetched(broker *conn.Conn, version int16, f *fetch, group *protocol.OffsetFetchResponseGroup) error {
	var passing error
	var final []error
	for _, t := range group.Topics {
		for i := range t.Partitions {
			p := &t.Partitions[i]
			tp := cluster.TopicPartition{Topic: f.ids.name(t.Name, t.TopicID), Partition: p.PartitionIndex}
			err := partitionError(broker, protocol.OffsetFetch, tp, p.ErrorCode)
			o.asker.Learn(p.ErrorCode)
			switch {
			case p.ErrorCode == protocol.ErrNone:
				f.take(tp, p)
			case version == 0 && p.ErrorCode == protocol.ErrUnknownTopicOrPartition:
				f.take(tp, p) // how ZooKeeper's offsets say that there is none
			case p.ErrorCode == protocol.ErrUnknownTopicOrPartition, !p.ErrorCode.Retriable():
				final = append(final, err)
			case p.ErrorCode == protocol.ErrUnknownTopicID:
				o.client.RequestUpdate() // the next try has the id of then
				passing = err
			default:
				passing = err
			}
		}
	}
	if len(final) > 0 {
		return permanent{errors.Join(final...)}
	}
	if passing == nil && len(f.missing) > 0 {
		return permanent{fmt.Errorf("broker %s left partitions out of its answer to %s", broker.Addr(), protocol.OffsetFetch)}
	}
	return passing
}

// take notes the answer for a partition that was asked for.
func (f *fetch) take(tp cluster.TopicPartition, p *protocol.OffsetFetchResponsePartition) {
	if _, asked := f.missing[tp]; !asked {
		return
	}
	delete(f.missing, tp)
	if p.CommittedOffset < 0 {
		return
	}
	offset := OffsetAndMetadata{Offset: p.CommittedOffset, LeaderEpoch: p.CommittedLeaderEpoch}
	if p.Metadata != nil {
		offset.Metadata = *p.Metadata
	}
	f.offsets[tp] = offset
}
