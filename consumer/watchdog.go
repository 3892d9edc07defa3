package consumer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
)

// StallReason is why a partition makes no progress.
type StallReason int8

const (
	// StallUnknown: nothing that the consumer sees keeps records from coming.
	StallUnknown StallReason = iota
	// StallNoLeader: no broker leads the partition, as far as the metadata tell.
	StallNoLeader
	// StallNoPosition: the committed offset, or that of AutoOffsetReset, could not
	// be found out yet, the log could not be held against the position, or the
	// application has not sought after an error that asks for it.
	StallNoPosition
	// StallFetchFails: the broker answers with errors, or cannot be reached.
	StallFetchFails
	// StallBrokerSilent: the broker does not answer.
	StallBrokerSilent
	// StallUnreadable: the next batch cannot be read, and Poll has told so.
	StallUnreadable
	// StallApplication: records or an error are there, and the application does not
	// come back for them: a handler is slow, or stuck.
	StallApplication
	// StallBufferFull: records of other partitions that the application does not
	// come back for fill FetchBufferBytes.
	StallBufferFull
)

var stallReasons = [...]string{
	StallUnknown:      "unknown",
	StallNoLeader:     "the partition has no leader",
	StallNoPosition:   "the position is not known",
	StallFetchFails:   "fetches fail",
	StallBrokerSilent: "the broker does not answer",
	StallUnreadable:   "the next batch cannot be read",
	StallApplication:  "the application does not come back for what is there",
	StallBufferFull:   "the buffer is full of records of other partitions",
}

// String says the reason in words.
func (r StallReason) String() string {
	if r < 0 || int(r) >= len(stallReasons) {
		return "invalid"
	}
	return stallReasons[r]
}

// Stall is a partition that is assigned, not paused, and behind, or may be, and of
// which no record was handed out for Config.StallTimeout.
type Stall struct {
	Partition TopicPartition
	Reason    StallReason
	// Since is when its position moved last, or when it began to be behind.
	Since time.Time
	// Position and Lag are as the methods of Consumer tell them, -1 if not known.
	Position, Lag int64
	// Err is the failure behind it, nil if there is none.
	Err error
}

// String says what stalls, why, and since when.
func (s Stall) String() string {
	text := fmt.Sprintf("%s makes no progress since %s: %s", s.Partition, s.Since.Format(time.RFC3339), s.Reason)
	if s.Err != nil {
		text += ": " + s.Err.Error()
	}
	return text
}

// watch is what the watchdog knows of a partition.
type watch struct {
	pos     *position
	next    int64
	since   time.Time
	stalled bool
}

// Stalled returns the partitions that make no progress now, by topic and number:
// none for a consumer that is well, or if Config.StallTimeout is negative.
func (c *Consumer) Stalled() []Stall {
	f := c.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	var stalls []Stall
	for _, p := range f.partitions {
		if f.behind(p, now) && p.watch.stalled && p.watch.same(p) {
			stalls = append(stalls, f.stall(p, now))
		}
	}
	slices.SortFunc(stalls, func(a, b Stall) int { return comparePartitions(a.Partition, b.Partition) })
	return stalls
}

// watchdog looks for partitions that make no progress, until ctx ends.
func (c *Consumer) watchdog(ctx context.Context) {
	ticker := time.NewTicker(max(c.cfg.StallTimeout/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			begun, over := c.fetcher.watch(now, c.cfg.StallTimeout)
			c.report(begun, over, now)
		}
	}
}

// watch returns the partitions that stall from now on, and how many that did go on
// again.
func (f *fetcher) watch(now time.Time, timeout time.Duration) (begun []Stall, over int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.partitions {
		w := &p.watch
		if !f.behind(p, now) || !w.same(p) {
			if w.stalled {
				over++
			}
			*w = watch{pos: p.pos, next: p.pos.next.Load(), since: now}
		} else if !w.stalled && now.Sub(w.since) >= timeout {
			w.stalled = true
			begun = append(begun, f.stall(p, now))
		}
	}
	slices.SortFunc(begun, func(a, b Stall) int { return comparePartitions(a.Partition, b.Partition) })
	return begun, over
}

// same tells that the partition is where it was.
func (w *watch) same(p *partition) bool { return w.pos == p.pos && w.next == p.pos.next.Load() }

// behind tells whether there is something to be read of a partition, or may be.
// The caller holds the lock.
func (f *fetcher) behind(p *partition, now time.Time) bool {
	if p.paused {
		return false
	}
	offsets, ok := p.lag(f.cfg.IsolationLevel)
	return !ok || p.unchecked || offsets > 0 || p.leader == cluster.NoNode || p.err != nil ||
		f.silent(p, now) || f.failing(p, now) || f.crowdedOut(p, now)
}

// silent tells that a broker owes the answer to a fetch for longer than it may. The
// caller holds the lock.
func (f *fetcher) silent(p *partition, now time.Time) bool {
	n := f.nodes[p.node(now)]
	return n != nil && n.running && n.failures == 0 && now.Sub(n.answered) > f.cfg.FetchMaxWait+overdue
}

// failing tells that fetches from the partition's broker fail. The caller holds the
// lock.
func (f *fetcher) failing(p *partition, now time.Time) bool {
	n := f.nodes[p.node(now)]
	return n != nil && n.failures > 0
}

// crowdedOut tells that a partition is not fetched for lack of room. The caller
// holds the lock.
func (f *fetcher) crowdedOut(p *partition, now time.Time) bool {
	n := f.nodes[p.node(now)]
	return n != nil && !n.running && f.buffer.starved && len(p.queue) == 0
}

// stall tells why a partition makes no progress. The caller holds the lock.
func (f *fetcher) stall(p *partition, now time.Time) Stall {
	s := Stall{Partition: p.TopicPartition, Since: p.watch.since, Position: noOffset, Lag: noOffset, Err: p.err}
	if offset, ok := p.position(); ok {
		s.Position = offset
	}
	if offsets, ok := p.lag(f.cfg.IsolationLevel); ok {
		s.Lag = offsets
	}
	head := p.head()
	switch {
	case head != nil && head.ready() || p.told || p.pos.held != noOffset:
		s.Reason = StallApplication
	case p.leader == cluster.NoNode:
		s.Reason = StallNoLeader
	case p.phase != positioned || p.unchecked:
		s.Reason = StallNoPosition
	case p.unreadable > 0:
		s.Reason = StallUnreadable
	case f.failing(p, now):
		s.Reason = StallFetchFails
		if s.Err == nil {
			s.Err = f.nodes[p.node(now)].err
		}
	case p.failures > 0:
		s.Reason = StallFetchFails
	case f.silent(p, now):
		s.Reason = StallBrokerSilent
	case f.buffer.starved || len(f.buffer.parked) > 0:
		s.Reason = StallBufferFull
	}
	return s
}

// report tells of partitions that stall: the log of one for each reason, and the
// application of all.
func (c *Consumer) report(begun []Stall, over int, now time.Time) {
	count := make(map[StallReason]int)
	for _, s := range begun {
		count[s.Reason]++
	}
	for _, s := range begun {
		if n := count[s.Reason]; n > 0 {
			count[s.Reason] = 0
			c.log.Warn("partitions make no progress", "reason", s.Reason.String(), "partitions", n, "one", s.Partition.String(),
				"position", s.Position, "lag", s.Lag, "for", now.Sub(s.Since).Round(time.Millisecond), "error", s.Err, "group", c.cfg.GroupID)
		}
	}
	if over > 0 {
		c.log.Info("partitions make progress again", "partitions", over, "group", c.cfg.GroupID)
	}
	if len(begun) > 0 && c.cfg.OnStall != nil {
		c.cfg.OnStall(begun)
	}
}
