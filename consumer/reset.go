package consumer

import (
	"context"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
)

// resetTarget is what to set a position to.
type resetTarget int8

const (
	toEarliest resetTarget = iota + 1
	toLatest
	// toNearest goes to the first offset if the position is before it; otherwise
	// toNearestEnd sees to it that the position is not beyond the end.
	toNearest
	toNearestEnd
	// toTime goes to the first record that is not older than the partition's
	// targetTime, or than Config.ResetDuration if that has none; to the end if there
	// is no such record.
	toTime
)

var resetTargetNames = [...]string{toEarliest: "earliest", toLatest: "latest", toNearest: "nearest", toNearestEnd: "nearest", toTime: "time"}

// String returns the target as in auto.offset.reset.
func (t resetTarget) String() string { return resetTargetNames[t] }

// timestamp returns what to ask ListOffsets for.
func (f *fetcher) timestamp(p *partition) int64 {
	switch {
	case p.target == toEarliest || p.target == toNearest:
		return protocol.EarliestTimestamp
	case p.target != toTime:
		return protocol.LatestTimestamp
	case p.targetTime != noTime:
		return p.targetTime
	}
	return max(time.Now().Add(-f.cfg.ResetDuration).UnixMilli(), 0)
}

// noCommitted returns where to start without a committed offset; false if
// nowhere.
func (r OffsetReset) noCommitted() (resetTarget, bool) {
	switch r {
	case ResetNone:
		return 0, false
	case ResetEarliest:
		return toEarliest, true
	case ResetByDuration:
		return toTime, true
	}
	return toLatest, true
}

// outOfRange returns where to go from a position that is out of range. It is not
// called for ResetNone.
func (r OffsetReset) outOfRange() resetTarget {
	switch r {
	case ResetEarliest:
		return toEarliest
	case ResetLatest:
		return toLatest
	case ResetByDuration:
		return toTime
	}
	return toNearest
}

// next returns where a search for the target leads, given the offset found and
// the one that was out of range; again is true if another one must be found.
func (t resetTarget) next(found, from int64) (offset int64, again resetTarget) {
	switch {
	case t == toNearest && from >= found:
		return 0, toNearestEnd
	case t == toNearestEnd:
		return min(from, found), 0
	case t == toTime && found == noOffset:
		return 0, toLatest
	}
	return found, 0
}

// resolver finds positions for the partitions that need one. It runs until the
// fetcher is closed.
func (f *fetcher) resolver() {
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-f.resolve:
			f.resolvePositions()
		}
	}
}

// search is a partition whose position is looked for. If the partition has
// another one, or none, when it is found, the application went elsewhere
// meanwhile, or there is another leader to ask.
type search struct {
	p         *partition
	target    resetTarget
	timestamp int64 // to ask for
	from      int64
	node      int32 // the leader that is asked, NoNode if it is the group
	epoch     int32 // of the leader
}

// wanted tells that the position is still looked for. The caller holds the lock.
func (s *search) wanted() bool { return !s.p.dead && s.p.search == s }

// resolvePositions starts the searches that are due: one question for committed
// offsets, and two to each leader. None waits for another.
func (f *fetcher) resolvePositions() {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	var committed []*search
	resets, checks := make(map[int32][]*search), make(map[int32][]*search)
	for _, p := range f.partitions {
		if p.search != nil || now.Before(p.retryAt) {
			continue
		}
		s := &search{p, p.target, f.timestamp(p), p.resetFrom, p.leader, p.leaderEpoch}
		switch {
		case p.phase == needCommitted:
			s.node = cluster.NoNode
			committed = append(committed, s)
		case p.leader == cluster.NoNode:
			continue
		case p.phase == needReset:
			resets[p.leader] = append(resets[p.leader], s)
		case p.unchecked:
			checks[p.leader] = append(checks[p.leader], s)
		default:
			continue
		}
		p.search = s
	}
	if f.closed {
		return
	}
	if len(committed) > 0 {
		f.wg.Go(func() { f.findCommitted(committed) })
		f.connectAhead(committed)
	}
	for node, list := range resets {
		f.wg.Go(func() { f.findReset(node, list) })
	}
	for node, list := range checks {
		f.wg.Go(func() { f.validate(node, list) })
	}
}

// findCommitted asks the group for committed offsets.
func (f *fetcher) findCommitted(list []*search) {
	partitions := make([]TopicPartition, len(list))
	for i, s := range list {
		partitions[i] = s.p.TopicPartition
	}
	ctx, cancel := context.WithTimeout(f.ctx, f.client.Config().RequestTimeout)
	defer cancel()
	offsets, err := f.offsets.Fetch(ctx, partitions)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.searchFailed(list, err)
		return
	}
	var none []TopicPartition
	for _, s := range list {
		if !s.wanted() {
			continue
		}
		if o, ok := offsets[s.p.TopicPartition]; ok {
			f.found(s.p, o)
		} else if target, ok := f.cfg.AutoOffsetReset.noCommitted(); ok {
			s.p.restart(needReset, target, noOffset)
		} else {
			s.p.restart(unpositioned, 0, noOffset)
			none = append(none, s.p.TopicPartition)
		}
	}
	f.noOffset(none)
	f.kick()
	wake(f.resolve)
}

// found takes a committed offset. The caller holds the lock, and starts fetching.
func (f *fetcher) found(p *partition, o coordinator.OffsetAndMetadata) {
	p.seek(o.Offset, o.LeaderEpoch)
	f.hasten(p)
	p.committed = o.Offset
	f.log.Debug("starting at the committed offset", "partition", p.TopicPartition, "offset", o.Offset)
	f.notify()
}

// noOffset tells the application of partitions without a position. The caller
// holds the lock.
func (f *fetcher) noOffset(list []TopicPartition) {
	if len(list) == 0 {
		return
	}
	slices.SortFunc(list, comparePartitions)
	f.tell(f.partitions[list[0]], &NoOffsetError{list, f.cfg.GroupID})
	f.notify()
}

// findReset asks a leader for offsets.
func (f *fetcher) findReset(node int32, list []*search) {
	queries := make([]offsetQuery, len(list))
	for i, s := range list {
		queries[i] = offsetQuery{s.p.TopicPartition, s.epoch, s.timestamp}
	}
	found, err := f.listOffsets(f.ctx, node, queries)
	f.mu.Lock()
	defer f.mu.Unlock()
	fresh := 0
	for _, s := range list {
		if !s.wanted() {
			continue
		}
		answer, ok := found[s.p.TopicPartition]
		switch {
		case err != nil:
			f.searchFailed([]*search{s}, err)
		case !ok || answer.err != nil:
			f.searchFailed([]*search{s}, answer.err)
		default:
			f.reset(s, answer)
			if s.from == noOffset {
				fresh++
			}
		}
	}
	f.kick()
	if fresh > 0 {
		f.log.Info("positions are set where there was none", "partitions", fresh, "node", node, "group", f.cfg.GroupID)
	}
	wake(f.resolve)
}

// reset sets a position to what was found. The caller holds the lock, and starts
// fetching.
func (f *fetcher) reset(s *search, answer offsetAnswer) {
	p := s.p
	offset, again := s.target.next(answer.offset, s.from)
	if again != 0 {
		p.restart(needReset, again, s.from)
		return
	}
	if s.from != noOffset {
		f.log.Warn("the position was out of range and is reset", "partition", p.TopicPartition,
			"from", s.from, "to", offset, "policy", s.target, "group", f.cfg.GroupID)
	} else {
		f.log.Debug("the position is set", "partition", p.TopicPartition, "to", offset, "policy", s.target, "group", f.cfg.GroupID)
	}
	p.seek(offset, answer.leaderEpoch)
	f.hasten(p)
	p.unchecked = p.unchecked && p.leaderEpoch != s.epoch // the leader itself has just told
	f.notify()
}

// searchFailed has the positions looked for again after a pause. The caller holds
// the lock.
func (f *fetcher) searchFailed(list []*search, err error) {
	if f.closed {
		return
	}
	for _, s := range list {
		if !s.wanted() {
			continue
		}
		s.p.search = nil
		if err != nil {
			s.p.err = err
		}
		if err != nil && permanent(err) {
			f.tell(s.p, err)
			err = nil // one is enough
		}
		f.retryLater(s.p)
	}
	if err != nil {
		f.lastErr = err
	}
	f.client.RequestUpdate()
}

// notify wakes who waits for a position. The caller holds the lock.
func (f *fetcher) notify() {
	close(f.changed)
	f.changed = make(chan struct{})
}
