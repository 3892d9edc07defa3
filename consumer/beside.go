package consumer

import (
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// A broker answers the requests of a connection one after the other, and may hold
// a fetch for FetchMaxWait. So that a seek need not wait for that, what the fetch
// under way does not know of is fetched beside it, over the connection for general
// use, where the broker does not wait for records.

// hasten notes that p is to be fetched from somewhere else than before, or again.
// The next kick has it done. The caller holds the lock.
func (f *fetcher) hasten(p *partition) {
	if n := f.nodes[p.node(time.Now())]; n != nil && n.running {
		n.beside = append(n.beside, p)
	}
}

// kickBeside starts the goroutine that fetches what a node's fetch under way does
// not know of, if there is something to fetch. The caller holds the lock.
func (f *fetcher) kickBeside(n *node, now time.Time) {
	if n.runsBeside || len(n.beside) == 0 || !f.buffer.fetchRoom() {
		return
	}
	share := f.share()
	if slices.ContainsFunc(n.beside, func(p *partition) bool { return p.fetchable(now, share) == free }) {
		n.runsBeside = true
		f.wg.Go(func() {
			for f.fetchBeside(n) {
			}
		})
	}
}

// fetchBeside does one fetch beside the node's own. It returns false, and the
// goroutine does not run any more, if there is nothing to fetch, or no room.
func (f *fetcher) fetchBeside(n *node) (again bool) {
	plan, version, resp := f.besidePlan(n), int16(0), (*protocol.FetchResponse)(nil)
	if len(plan.want) == 0 {
		return false
	}
	var session fetchSession
	if c, err := f.client.Conn(f.ctx, n.id, cluster.UseGeneral); err == nil {
		version, _ = c.Version(protocol.Fetch)
		req := f.newFetchRequest(session.full(plan.want, sessionless), version, plan.maxBytes, 0)
		if answer, err := c.Do(f.ctx, req); err == nil {
			resp = answer.(*protocol.FetchResponse)
		}
	}
	var parts []parsedPartition
	if resp != nil && resp.ErrorCode == protocol.ErrNone {
		parts = f.parse(&session, resp)
	} // else the node's own fetch meets the same, and sees to it
	f.mu.Lock()
	defer f.mu.Unlock()
	f.apply(parts)
	if !slices.ContainsFunc(parts, func(p parsedPartition) bool { return len(p.batches) > 0 }) {
		n.beside, n.runsBeside = nil, false // what comes now may wait
	}
	return n.runsBeside
}

// besidePlan returns the next fetch beside the node's own.
func (f *fetcher) besidePlan(n *node) fetchPlan {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	n.beside = slices.DeleteFunc(n.beside, func(p *partition) bool { return p.dead || p.node(now) != n.id })
	slices.SortFunc(n.beside, func(a, b *partition) int { return comparePartitions(a.TopicPartition, b.TopicPartition) })
	n.beside = slices.Compact(n.beside)
	plan, ok := f.plan(n.beside, nil, now)
	n.runsBeside = ok
	return plan
}
