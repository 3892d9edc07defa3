package coordinator

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

// commit is one call of Commit or CommitAsync.
type commit struct {
	ctx        context.Context
	generation Generation
	offsets    map[cluster.TopicPartition]OffsetAndMetadata // not committed yet
	ids        topicIDs                                     // of when the call was made, as the offsets are
	done       func(error)
	refused    error // why it must not be made
}

// Commit commits offsets and waits for the outcome. What may pass is tried again
// until ctx ends: a coordinator that moves or is not reachable, a topic that the
// broker does not know yet. A *CommitFailedError tells that the group has
// rebalanced; other errors wrap a [protocol.BrokerError] for each partition that
// failed, and then the others may have been committed. No offsets: no request.
//
// A member commits what is assigned to it: if one of the partitions is not, or is
// given to another while the commit is tried, none is committed, as what the other
// has read may be further on. What it keeps over a rebalance is committed when that
// is over.
//
// Commits of one Offsets are sent one after the other, in the order of the
// calls, so that an old one never overwrites a new one.
func (o *Offsets) Commit(ctx context.Context, offsets map[cluster.TopicPartition]OffsetAndMetadata) error {
	outcome := make(chan error, 1)
	o.CommitAsync(ctx, offsets, func(err error) { outcome <- err })
	select {
	case err := <-outcome:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-outcome: // it may tell more
		return err
	default:
		return fmt.Errorf("commit of group %s: %w", o.group, context.Cause(ctx))
	}
}

// CommitAsync is Commit without waiting. done, if not nil, is called with the
// outcome, from another goroutine; the next commit waits until it returns. It is
// the generation at the time of the call under which the commit is made. While
// the coordinator is out of reach, commits queue up until their ctx ends: wait
// for one before the next.
func (o *Offsets) CommitAsync(ctx context.Context, offsets map[cluster.TopicPartition]OffsetAndMetadata, done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	c := &commit{ctx: ctx, generation: o.generation(), offsets: maps.Clone(offsets), ids: o.topicIDs(maps.Keys(offsets)), done: done}
	if e := c.generation.epochs; e != nil { // after generation, which ends what it does not fit to
		if tp, lacks := e.lacks(offsets); lacks {
			c.refused = fmt.Errorf("%s is not, or not any more, assigned to this member", tp)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, c)
	if len(o.queue) == 1 {
		go o.work()
	}
}

// work makes the commits of the queue until it is empty.
func (o *Offsets) work() {
	for c := o.first(); c != nil; c = o.following() {
		c.done(o.commit(c))
	}
}

func (o *Offsets) first() *commit {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.queue[0]
}

// following drops the first commit and returns the next, nil if there is none.
func (o *Offsets) following() *commit {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue[0] = nil
	o.queue = o.queue[1:]
	if len(o.queue) == 0 {
		o.queue = nil
		return nil
	}
	return o.queue[0]
}

// commit makes one commit.
func (o *Offsets) commit(c *commit) error {
	if len(c.offsets) == 0 {
		return nil
	}
	if c.generation.Unjoined || c.refused != nil {
		return &CommitFailedError{Group: o.group, Generation: c.generation, Err: c.refused}
	}
	for tp, offset := range c.offsets {
		if offset.Offset < 0 {
			return fmt.Errorf("commit of group %s: offset %d of %s is negative", o.group, offset.Offset, tp)
		}
	}
	return o.retry(c.ctx, "commit", func(ctx context.Context) error { return o.tryCommit(ctx, c) })
}

// tryCommit sends what is left of a commit. One that is overtaken by the member's
// next generation is sent again as soon as that is known.
func (o *Offsets) tryCommit(ctx context.Context, c *commit) error {
	for {
		tried := c.generation
		err := o.sendCommit(ctx, c)
		var overtaken *overtakenError
		if !errors.As(err, &overtaken) {
			return err
		}
		if c.generation.ID == tried.ID {
			wait, cancel := context.WithTimeout(ctx, o.backoff.Max)
			select {
			case <-tried.epochs.after(tried.ID):
			case <-wait.Done():
			}
			cancel()
		}
		if ctx.Err() != nil {
			return temporary{err}
		}
		if !c.renew() {
			return &CommitFailedError{Group: o.group, Generation: c.generation, Err: overtaken.error}
		}
	}
}

func (o *Offsets) sendCommit(ctx context.Context, c *commit) error {
	broker, err := o.store(ctx, protocol.OffsetCommit)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil { // the broker may have been waited for
		return &CommitFailedError{Group: o.group, Generation: c.generation, Err: err}
	}
	resp, err := coordination.Ask[*protocol.OffsetCommitResponse](ctx, o.asker, broker, o.commitRequest(c), 0)
	if err != nil {
		return err
	}
	return o.committed(broker, c, resp)
}

func (o *Offsets) commitRequest(c *commit) *protocol.OffsetCommitRequest {
	req := &protocol.OffsetCommitRequest{
		GroupID:                   o.group,
		GenerationIDOrMemberEpoch: c.generation.ID,
		MemberID:                  c.generation.MemberID,
		GroupInstanceID:           optional(c.generation.InstanceID),
		RetentionTimeMs:           -1,
	}
	for _, tp := range sortedPartitions(maps.Keys(c.offsets)) {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Name != tp.Topic {
			req.Topics = append(req.Topics, protocol.OffsetCommitRequestTopic{Name: tp.Topic, TopicID: c.ids[tp.Topic]})
		}
		offset, topic := c.offsets[tp], &req.Topics[len(req.Topics)-1]
		topic.Partitions = append(topic.Partitions, protocol.OffsetCommitRequestPartition{
			PartitionIndex:       tp.Partition,
			CommittedOffset:      offset.Offset,
			CommittedLeaderEpoch: offset.LeaderEpoch,
			CommitTimestamp:      -1,
			CommittedMetadata:    &offset.Metadata,
		})
	}
	return req
}

// committed takes a response: what was committed is struck off. An error that no
// retry helps with goes before others.
func (o *Offsets) committed(broker *conn.Conn, c *commit, resp *protocol.OffsetCommitResponse) error {
	var passing error
	var final []error
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			tp := cluster.TopicPartition{Topic: c.ids.name(t.Name, t.TopicID), Partition: p.PartitionIndex}
			err := partitionError(broker, protocol.OffsetCommit, tp, p.ErrorCode)
			o.asker.Learn(p.ErrorCode)
			switch {
			case p.ErrorCode == protocol.ErrNone:
				delete(c.offsets, tp)
			case overtaken(p.ErrorCode) && c.renew():
				return &overtakenError{err}
			case NotEntitled(p.ErrorCode):
				return &CommitFailedError{Group: o.group, Generation: c.generation, Err: err}
			case p.ErrorCode == protocol.ErrUnknownTopicID && !o.unknownID(tp.Topic, t.TopicID),
				p.ErrorCode == protocol.ErrUnknownTopicOrPartition && o.deleted(tp.Topic):
				final = append(final, err)
			case p.ErrorCode.Retriable():
				passing = err
			default:
				final = append(final, err)
			}
		}
	}
	if len(final) > 0 {
		return permanent{errors.Join(final...)}
	}
	if passing == nil && len(c.offsets) > 0 {
		return permanent{fmt.Errorf("broker %s left partitions out of its answer to %s", broker.Addr(), protocol.OffsetCommit)}
	}
	return passing
}

// deleted tells that the metadata have a topic as one that is not there: the
// coordinator is not just later than others to know it.
func (o *Offsets) deleted(topic string) bool {
	t, known := o.client.Metadata().Snapshot().Topic(topic)
	return known && t.Err == protocol.ErrUnknownTopicOrPartition
}

// check tells why a commit must not be sent, or not again: the member has lost a
// partition since. A coordinator that knows the member by the same id from its next
// membership might apply it.
func (c *commit) check() error {
	e := c.generation.epochs
	if e == nil {
		return nil
	}
	if _, ok := e.renew(c.generation, c.offsets); !ok {
		return errors.New("the member has not had all of these partitions since the commit was made")
	}
	return nil
}

// renew takes the member's epoch of now, which may not have been known when the
// commit was made, for the next try; false if the commit must not be made any
// more.
func (c *commit) renew() bool {
	if c.generation.epochs == nil {
		return false
	}
	next, ok := c.generation.epochs.renew(c.generation, c.offsets)
	c.generation = next
	return ok
}

// overtakenError is that of a commit that may succeed under the member's next
// generation.
type overtakenError struct{ error }

func (e *overtakenError) Unwrap() error { return e.error }

// overtaken tells the codes of a commit that may only mean that the member has
// gone on since the commit was made, or is about to.
func overtaken(code protocol.ErrorCode) bool {
	return code == protocol.ErrStaleMemberEpoch || code == protocol.ErrIllegalGeneration || code == protocol.ErrRebalanceInProgress
}

// NotEntitled tells the codes of a commit that mean: not a member, or not of this
// generation.
func NotEntitled(code protocol.ErrorCode) bool {
	switch code {
	case protocol.ErrUnknownMemberID, protocol.ErrIllegalGeneration, protocol.ErrRebalanceInProgress,
		protocol.ErrFencedInstanceID, protocol.ErrStaleMemberEpoch, protocol.ErrFencedMemberEpoch:
		return true
	}
	return false
}
