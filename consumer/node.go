package consumer

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// node is a broker to fetch from. The fetcher's lock guards it, but for session,
// want, done and patience, which are its goroutine's own.
type node struct {
	id         int32
	partitions []*partition // by topic and number
	running    bool         // its goroutine runs
	ahead      bool         // it was connected to before there was something to fetch
	beside     []*partition // what its fetch under way does not know of: see beside.go
	runsBeside bool         // a goroutine fetches that
	failures   int          // in a row
	retryAt    time.Time
	err        error              // of the last fetch, nil after a success
	answered   time.Time          // when it last did, or was first asked
	stop       context.CancelFunc // ends the fetch under way

	session fetchSession
	want    []fetchPartition // memory of its plans
	done    chan *conn.Call
	// patience is how much longer than it was asked to wait the node is given for its
	// next answer, if that is more than usual, before the connection is in doubt.
	patience time.Duration
}

// node returns the node with an id. The caller holds the lock.
func (f *fetcher) node(id int32) *node {
	n := f.nodes[id]
	if n == nil {
		n = &node{id: id, done: make(chan *conn.Call, 1), stop: func() {}}
		f.nodes[id] = n
	}
	return n
}

// kick starts the goroutines of nodes that there may be something to fetch from.
// The caller holds the lock.
func (f *fetcher) kick() {
	for _, n := range f.nodes {
		f.kickNode(n)
	}
}

// kickNode starts the goroutine of a node if there is something to fetch from it.
// The caller holds the lock.
func (f *fetcher) kickNode(n *node) {
	now := time.Now()
	if f.closed || now.Before(n.retryAt) {
		return
	}
	if n.running {
		f.kickBeside(n, now)
		return
	}
	if !f.buffer.fetchRoom() {
		f.buffer.starved = true
		return
	}
	share := f.share()
	if !slices.ContainsFunc(n.partitions, func(p *partition) bool { return p.fetchable(now, share) == free }) {
		return
	}
	n.running, n.answered = true, now
	f.wg.Go(func() { f.run(n) })
}

// connectAhead connects to the leaders that will be fetched from, while the group is
// asked for committed offsets: a member has its first record so much sooner. The
// caller holds the lock.
func (f *fetcher) connectAhead(list []*search) {
	for _, s := range list {
		n := f.nodes[s.p.leader]
		if n == nil || n.ahead || n.running {
			continue
		}
		n.ahead = true
		f.wg.Go(func() {
			if _, err := f.client.Conn(f.ctx, n.id, cluster.UseFetch); err != nil {
				f.log.Debug("connecting ahead of the first fetch failed, which will try again", "node", n.id, "error", err)
			}
		})
	}
}

// run fetches from a node until there is nothing to fetch or no room.
func (f *fetcher) run(n *node) {
	for {
		ctx, cancel := context.WithCancel(f.ctx)
		f.mu.Lock()
		n.stop = cancel
		f.mu.Unlock()
		again := f.fetchOnce(ctx, n)
		cancel()
		if !again {
			return
		}
	}
}

// halted notes that a node's goroutine does not run any more. The caller holds the
// lock.
func (f *fetcher) halted(n *node) {
	n.running = false
	if f.closed {
		f.wg.Go(func() { f.endSession(n) })
	}
}

// endSessionTimeout bounds the farewell to a broker: Close waits for it, also where
// the broker is silent.
const endSessionTimeout = 250 * time.Millisecond

// endSession tells a broker that the fetch session is not needed any more, so that
// it has room for another (KIP-227). Otherwise it would keep it until others press
// for room: so it is no matter if that fails. The connection for general use is not
// held up by a fetch.
func (f *fetcher) endSession(n *node) {
	if n.session.id == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), endSessionTimeout)
	defer cancel()
	c, err := f.client.Conn(ctx, n.id, cluster.UseGeneral)
	if err == nil {
		version, _ := c.Version(protocol.Fetch)
		_, err = c.Do(ctx, f.newFetchRequest(sessionRequest{id: n.session.id, epoch: sessionless}, version, 0, 0))
	}
	if err != nil {
		f.log.Debug("a fetch session could not be ended", "node", n.id, "error", err)
	}
}

// fetchOnce does one fetch. It returns false, and the node's goroutine does not
// run any more, if there was nothing to do or the node failed.
func (f *fetcher) fetchOnce(ctx context.Context, n *node) (again bool) {
	c, err := f.client.Conn(ctx, n.id, cluster.UseFetch)
	if err != nil {
		return f.nodeFailed(ctx, n, err)
	}
	version, _ := c.Version(protocol.Fetch) // without it the request fails, and tells why
	f.mu.Lock()
	plan, ok := f.plan(n.partitions, n.want, time.Now())
	n.want = plan.want
	n.beside = nil
	if !ok {
		f.halted(n)
		f.mu.Unlock()
		return false
	}
	f.mu.Unlock()
	if ctx.Err() != nil {
		return true // the partitions have changed
	}
	sent := n.session.next(plan.want, version >= 13)
	begun := time.Now()
	resp, err := f.exchange(ctx, n, c, f.newFetchRequest(sent, version, plan.maxBytes, plan.wait))
	if err != nil {
		n.session.failed()
		return f.nodeFailed(ctx, n, err)
	}
	f.received(n, sent.epoch, resp, time.Since(begun))
	return true
}

// logEach is which of a node's failures in a row are logged as warnings: the
// first, and then each so many.
const logEach = 20

// nodeFailed makes the node wait out a back-off, and has metadata looked up.
// It returns true if the failure was that the fetch is not wanted any more.
func (f *fetcher) nodeFailed(ctx context.Context, n *node, err error) (again bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil && !f.closed {
		return true
	}
	f.halted(n)
	if f.closed {
		return false
	}
	n.failures++
	f.lastErr, n.err = err, err
	delay := f.backoff.Delay(n.failures)
	n.retryAt = time.Now().Add(delay)
	level := slog.LevelDebug
	if n.failures%logEach == 1 {
		level = slog.LevelWarn
	}
	f.log.Log(ctx, level, "fetch failed", "node", n.id, "error", err, "failures", n.failures, "retry_in", delay)
	f.client.RequestUpdate()
	for _, p := range n.partitions {
		p.replica = cluster.NoNode
	}
	if permanent(err) && len(n.partitions) > 0 {
		f.tell(n.partitions[0], err)
	}
	time.AfterFunc(delay, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.route(f.client.Metadata().Snapshot())
	})
	return false
}

// received takes the answer to a fetch.
func (f *fetcher) received(n *node, epoch int32, resp *protocol.FetchResponse, took time.Duration) {
	n.session.answered(epoch, resp)
	if resp.ErrorCode != protocol.ErrNone {
		f.requestRefused(n, resp.ErrorCode)
		return
	}
	parts := f.parse(&n.session, resp)
	f.measures.fetched(n.id, took, resp, parts)
	f.mu.Lock()
	defer f.mu.Unlock()
	n.failures, n.err = 0, nil
	n.answered = time.Now()
	n.retryAt = time.Time{}
	f.lastErr = nil
	if f.apply(parts) {
		n.session.failed()
	}
}

// requestRefused handles an error of a whole request: mostly that the session is
// gone, which needs no pause but the second time in a row.
func (f *fetcher) requestRefused(n *node, code protocol.ErrorCode) {
	f.log.Debug("fetch refused", "node", n.id, "error", code)
	f.mu.Lock()
	defer f.mu.Unlock()
	n.failures++
	if code.Kind() == protocol.KindSession && n.failures == 1 {
		return
	}
	f.client.RequestUpdate()
	for _, p := range n.partitions {
		p.err = &protocol.BrokerError{Code: code, API: protocol.Fetch, Partition: -1}
		f.retryLater(p)
	}
	if !code.Retriable() && code != protocol.ErrUnknownServerError && len(n.partitions) > 0 {
		f.tell(n.partitions[0], &protocol.BrokerError{Code: code, API: protocol.Fetch, Partition: -1})
	}
}

// sortedPartitions returns the partitions by topic and number.
func sortedPartitions(table map[TopicPartition]*partition) []*partition {
	return slices.SortedFunc(maps.Values(table), func(a, b *partition) int {
		return comparePartitions(a.TopicPartition, b.TopicPartition)
	})
}

func comparePartitions(a, b TopicPartition) int {
	return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}
