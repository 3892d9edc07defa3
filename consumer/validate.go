package consumer

import (
	"context"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// A leader that was elected out of sync lacks records of the former, and writes
// others at their offsets. So after a change of leaders, and at a committed
// offset, the leader is asked where its log ends for the epoch of the record
// before the position: if that is before the position, the log was truncated
// (KIP-320).

// check tells whether the leader must be asked: unless it wrote the record before
// the position itself.
func (p *partition) check() {
	p.unchecked = p.phase == positioned && p.fetchEpoch >= 0 && p.leaderEpoch >= 0 && p.fetchEpoch != p.leaderEpoch
}

// epochEnd is where an epoch ends in a leader's log.
type epochEnd struct {
	epoch  int32 // the largest that the leader has up to the one asked for, -1 if it does not know
	offset int64 // the first after it
	err    error
}

// validate asks a leader whether it has what was fetched.
func (f *fetcher) validate(node int32, list []*search) {
	ends, able, err := f.endsOfEpochs(f.ctx, node, list)
	if able && err == nil && f.ahead(list) {
		err = f.refresh() // for who asks a leader of the past has another search then
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range list {
		if !s.wanted() {
			continue
		}
		end, ok := ends[s.p.TopicPartition]
		switch {
		case err != nil:
			f.searchFailed([]*search{s}, err)
		case !able:
			s.p.search, s.p.unchecked = nil, false
		case !ok || end.err != nil:
			f.searchFailed([]*search{s}, end.err)
		default:
			f.diverging(s.p, end.epoch, end.offset)
		}
	}
	f.kick()
	wake(f.resolve)
}

// ahead tells whether what was fetched is of an epoch that is yet to come.
func (f *fetcher) ahead(list []*search) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(list, func(s *search) bool { return s.wanted() && s.p.fetchEpoch > s.epoch })
}

func (f *fetcher) refresh() error {
	ctx, cancel := context.WithTimeout(f.ctx, f.client.Config().RequestTimeout)
	defer cancel()
	return f.client.Refresh(ctx)
}

// endsOfEpochs asks a leader where its log ends for the epochs of what was
// fetched. able is false if it is older than Kafka 2.3, of which consumers cannot
// ask that.
func (f *fetcher) endsOfEpochs(ctx context.Context, node int32, list []*search) (ends map[TopicPartition]epochEnd, able bool, err error) {
	const forConsumers = 3
	c, err := f.client.Conn(ctx, node, cluster.UseGeneral)
	if err != nil {
		return nil, false, err
	}
	if version, ok := c.Version(protocol.OffsetForLeaderEpoch); !ok || version < forConsumers {
		return nil, false, nil
	}
	resp, err := f.ask(ctx, node, f.epochsRequest(list))
	if err != nil {
		return nil, false, err
	}
	ends = make(map[TopicPartition]epochEnd, len(list))
	for _, t := range resp.(*protocol.OffsetForLeaderEpochResponse).Topics {
		for _, p := range t.Partitions {
			end := epochEnd{epoch: p.LeaderEpoch, offset: p.EndOffset}
			if p.ErrorCode != protocol.ErrNone {
				end.err = &protocol.BrokerError{Code: p.ErrorCode, API: protocol.OffsetForLeaderEpoch, Topic: t.Topic, Partition: p.Partition}
			}
			ends[TopicPartition{Topic: t.Topic, Partition: p.Partition}] = end
		}
	}
	return ends, true, nil
}

func (f *fetcher) epochsRequest(list []*search) *protocol.OffsetForLeaderEpochRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	req := &protocol.OffsetForLeaderEpochRequest{ReplicaID: -1}
	index := make(map[string]int)
	for _, s := range list {
		i, ok := index[s.p.Topic]
		if !ok {
			i = len(req.Topics)
			index[s.p.Topic] = i
			req.Topics = append(req.Topics, protocol.OffsetForLeaderEpochRequestTopic{Topic: s.p.Topic})
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, protocol.OffsetForLeaderEpochRequestPartition{
			Partition: s.p.Partition, CurrentLeaderEpoch: s.epoch, LeaderEpoch: s.p.fetchEpoch,
		})
	}
	return req
}

// diverging takes it that the leader has offsets before end of what is up to
// epoch, which is that of the last fetched record or an earlier one. What is
// buffered is handed out first. The caller holds the lock.
func (f *fetcher) diverging(p *partition, epoch int32, end int64) {
	p.search = nil
	switch {
	case epoch >= 0 && end >= p.fetchOffset:
		p.fetchEpoch, p.unchecked = epoch, false
		f.hasten(p)
		p.failures = 0
	case len(p.queue) > 0:
		p.unchecked = true
		f.retryLater(p)
	default:
		f.truncated(p, epoch, end)
	}
}

// truncated goes to where the leader's log parts from what was read. Within one
// epoch a log is not truncated: there the position is just out of range, as a
// committed offset is that was of another topic of this name. One of an epoch that is
// yet to come is of such a topic, even if it is in range. The caller holds the lock.
func (f *fetcher) truncated(p *partition, epoch int32, end int64) {
	from := p.fetchOffset
	switch {
	case epoch >= 0 && epoch == p.leaderEpoch:
		f.lost(p, from)
	case f.cfg.AutoOffsetReset == ResetNone:
		p.restart(unpositioned, 0, from)
		f.tell(p, &LogTruncationError{p.TopicPartition, from, end, epoch})
		f.notify()
	case p.fetchEpoch > p.leaderEpoch:
		f.topicCreatedAnew(p)
		wake(f.resolve)
	case epoch < 0 || end < 0:
		f.lost(p, from)
	default:
		f.log.Warn("the log was truncated: records that were read are gone, and the position is reset to where it differs",
			"partition", p.TopicPartition, "from", from, "to", end, "epoch", epoch, "leader_epoch", p.leaderEpoch, "group", f.cfg.GroupID)
		p.seek(end, epoch)
		p.unchecked = false
		f.hasten(p)
		f.notify()
	}
}
