package consumer

import (
	"errors"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// parsedPartition is one partition in the answer to a fetch.
type parsedPartition struct {
	asked   fetchPartition
	data    *protocol.FetchResponsePartition
	batches []batch
	next    int64
	// lastEpoch is the leader epoch of the batch before next, -1 if not known.
	lastEpoch int32
	err       error // what follows batches cannot be read
}

// parse takes the batches out of a response, and leader hints into the metadata.
// It is called without the lock.
func (f *fetcher) parse(session *fetchSession, resp *protocol.FetchResponse) []parsedPartition {
	var parts []parsedPartition
	for i := range resp.Responses {
		t := &resp.Responses[i]
		for k := range t.Partitions {
			data := &t.Partitions[k]
			asked, ok := session.asked(t.Topic, t.TopicID, data.PartitionIndex)
			if !ok {
				continue
			}
			part := parsedPartition{asked: asked, data: data}
			if data.ErrorCode == protocol.ErrNone {
				part.batches, part.next, part.lastEpoch, part.err = parseBatches(data.Records, asked.offset, data.AbortedTransactions)
			} else if l := data.CurrentLeader; l != nil {
				f.client.Metadata().UpdateLeader(asked.TopicPartition, l.LeaderID, l.LeaderEpoch, endpoints(resp.NodeEndpoints)...)
			}
			parts = append(parts, part)
		}
	}
	return parts
}

func endpoints(list []protocol.NodeEndpoint) []cluster.Node {
	nodes := make([]cluster.Node, len(list))
	for i, e := range list {
		nodes[i] = cluster.Node{ID: e.NodeID, Host: e.Host, Port: e.Port}
		if e.Rack != nil {
			nodes[i].Rack = *e.Rack
		}
	}
	return nodes
}

// apply takes what a response says of each partition that is still where it was
// when the request was made. It tells whether there is doubt that the broker
// meant that. The caller holds the lock.
func (f *fetcher) apply(parts []parsedPartition) (doubt bool) {
	memory := &response{users: 1}
	moved := false
	for i := range parts {
		part := &parts[i]
		p := f.partitions[part.asked.TopicPartition]
		if p == nil || p.phase != positioned || p.unchecked || p.fetchOffset != part.asked.offset {
			continue
		}
		if part.data.ErrorCode != protocol.ErrNone {
			doubt = f.partitionFailed(p, part.data.ErrorCode, part.asked.leaderEpoch) || doubt
			continue
		}
		if d := part.data.DivergingEpoch; d != nil {
			f.diverging(p, d.Epoch, d.EndOffset)
			continue
		}
		p.failures, p.err = 0, nil
		p.highWatermark = part.data.HighWatermark
		p.lastStableOffset = part.data.LastStableOffset
		p.logStartOffset = part.data.LogStartOffset
		moved = f.prefer(p, part.data.PreferredReadReplica) || moved
		f.accept(p, part, memory)
	}
	f.buffer.used += memory.bytes
	f.buffer.release(memory)
	if moved {
		f.route(f.client.Metadata().Snapshot())
	}
	return doubt
}

// prefer takes the advice of a leader to read from another replica (KIP-392), and
// tells whether there was one. The caller holds the lock.
func (f *fetcher) prefer(p *partition, replica int32) bool {
	if replica < 0 || replica == p.replica {
		return false
	}
	f.log.Debug("reading from another replica", "partition", p.TopicPartition, "node", replica, "leader", p.leader)
	p.replica = replica
	p.replicaUntil = time.Now().Add(f.client.Config().MetadataMaxAge)
	return true
}

// accept queues what was fetched of a partition. The caller holds the lock.
func (f *fetcher) accept(p *partition, part *parsedPartition, memory *response) {
	c := &chunk{p: p, batches: part.batches, from: part.asked.offset, next: part.next, err: chunkError(part, f.cfg)}
	if len(c.batches) == 0 && c.err == nil {
		if len(p.queue) == 0 {
			p.pos.next.Store(part.next)
		} else if part.next > p.fetchOffset {
			f.buffer.push(c)
		}
		p.fetched(part)
		return
	}
	if len(c.batches) > 0 {
		c.response = memory
		c.bytes = int64(len(part.data.Records))
		memory.bytes += c.bytes
	}
	p.fetched(part)
	f.buffer.push(c)
	f.decodeSoon(c)
}

// fetched moves on to the end of what was fetched.
func (p *partition) fetched(part *parsedPartition) {
	p.fetchOffset = part.next
	if part.lastEpoch >= 0 {
		p.fetchEpoch = part.lastEpoch
	}
}

// chunkError makes of what ended the parsing an error for the application.
func chunkError(part *parsedPartition, cfg *Config) error {
	var corrupt *record.CorruptError
	switch {
	case part.err == nil:
		return nil
	case errors.As(part.err, &corrupt):
		return &CorruptBatchError{part.asked.TopicPartition, corrupt}
	}
	return &RecordTooLargeError{part.asked.TopicPartition, part.next, cfg.MaxPartitionFetchBytes}
}

// partitionFailed handles an error that a broker answered for a partition. It
// tells whether to ask once more, outside of the session. The caller holds the
// lock.
func (f *fetcher) partitionFailed(p *partition, code protocol.ErrorCode, epoch int32) (doubt bool) {
	wasReplica := p.replica != cluster.NoNode
	p.replica = cluster.NoNode
	err := &protocol.BrokerError{Code: code, API: protocol.Fetch, Topic: p.Topic, Partition: p.Partition}
	if code == protocol.ErrOffsetOutOfRange && !wasReplica {
		return f.outOfRange(p)
	}
	if p.leaderEpoch != epoch && (code.Kind() == protocol.KindMetadata || code == protocol.ErrFencedLeaderEpoch || code == protocol.ErrUnknownLeaderEpoch) {
		return false // the metadata are newer already
	}
	if code.Kind() == protocol.KindAuthorization || !code.Retriable() && code != protocol.ErrUnknownServerError && !wasReplica {
		f.tell(p, err)
	}
	f.lastErr, p.err = err, err
	f.client.RequestUpdate()
	f.retryLater(p)
	f.log.Debug("fetch of a partition failed", "partition", p.TopicPartition, "error", err, "failures", p.failures)
	if wasReplica {
		f.route(f.client.Metadata().Snapshot())
	}
	return false
}

// outOfRange looks for another position, once what is buffered was handed out,
// and only if the broker says so twice: a position is too much to give up for an
// answer that might be to what the fetch session knew before. The caller holds
// the lock.
func (f *fetcher) outOfRange(p *partition) (doubt bool) {
	switch {
	case len(p.queue) > 0:
		f.retryLater(p)
	case p.doubted != p.fetchOffset:
		p.doubted = p.fetchOffset
		return true
	default:
		f.lost(p, p.fetchOffset)
	}
	return false
}

// lost looks for another position than offset, as AutoOffsetReset says. The
// caller holds the lock.
func (f *fetcher) lost(p *partition, offset int64) {
	if f.cfg.AutoOffsetReset == ResetNone {
		p.restart(unpositioned, 0, offset)
		f.tell(p, &OffsetOutOfRangeError{p.TopicPartition, offset})
		f.notify()
		return
	}
	p.restart(needReset, f.cfg.AutoOffsetReset.outOfRange(), offset)
	wake(f.resolve)
}
