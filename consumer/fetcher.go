package consumer

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// fetcher gets records of the assigned partitions. For each broker that there is
// something to fetch from, a goroutine runs as long as there is: see node.go.
// Workers decode what came: see decode.go. A resolver finds positions: see
// reset.go. All share the table of partitions, under one lock.
type fetcher struct {
	cfg      *Config
	client   *cluster.Client
	offsets  offsetStore // nil without a group
	measures *measures
	log      *slog.Logger
	backoff  conn.Backoff
	workers  int // at most

	ctx    context.Context // of all goroutines
	cancel context.CancelFunc
	wg     sync.WaitGroup

	arrived chan struct{} // has a token if the application may find something
	resolve chan struct{} // has a token if the resolver may find something to do

	mu         sync.Mutex
	closed     bool
	partitions map[TopicPartition]*partition
	nodes      map[int32]*node
	buffer     buffer
	errs       []partitionError // for the application
	corrupt    int64            // batches that were passed over
	lastErr    error            // the last that was not for the application, nil after a success
	changed    chan struct{}    // closed when a position was found or given up
}

// partitionError is an error that waits for the application.
type partitionError struct {
	p   *partition // nil if it is not one of a partition
	err error
}

func newFetcher(cfg *Config, client *cluster.Client, offsets offsetStore, m *measures) *fetcher {
	common := client.Config()
	f := &fetcher{
		cfg:        cfg,
		client:     client,
		offsets:    offsets,
		measures:   m,
		log:        common.Logger,
		backoff:    conn.Backoff{Base: common.RetryBackoff, Max: common.RetryBackoffMax},
		workers:    runtime.GOMAXPROCS(0),
		arrived:    make(chan struct{}, 1),
		resolve:    make(chan struct{}, 1),
		partitions: make(map[TopicPartition]*partition),
		nodes:      make(map[int32]*node),
		changed:    make(chan struct{}),
		buffer:     buffer{limit: int64(cfg.FetchBufferBytes)},
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.wg.Go(f.resolver)
	return f
}

// wake puts a token into a channel of capacity one.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// spawn runs a goroutine that Close waits for, unless the fetcher is closed.
func (f *fetcher) spawn(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.wg.Go(do)
	}
}

// assign makes exactly the given partitions the assigned ones. Those that were
// there keep their positions and buffers.
func (f *fetcher) assign(list []TopicPartition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	keep := make(map[TopicPartition]*partition, len(list))
	var none []TopicPartition
	for _, tp := range list {
		p := f.partitions[tp]
		if p == nil {
			p = newPartition(tp)
			if !f.begin(p) {
				none = append(none, tp)
			}
		}
		keep[tp] = p
	}
	for tp, p := range f.partitions {
		if keep[tp] == nil {
			f.retire(p)
		}
	}
	f.partitions = keep
	f.noOffset(none)
	f.route(f.client.Metadata().Snapshot())
	wake(f.resolve)
}

// begin has the position of a new partition looked for. It returns false if there
// is nowhere to look. The caller holds the lock.
func (f *fetcher) begin(p *partition) bool {
	if f.offsets != nil {
		p.phase = needCommitted
		return true
	}
	target, ok := f.cfg.AutoOffsetReset.noCommitted()
	p.phase, p.target = needReset, target
	if !ok {
		p.phase = unpositioned
	}
	return ok
}

// list returns the partitions that which accepts, all if it is nil, by topic and
// number.
func (f *fetcher) list(which func(*partition) bool) []TopicPartition {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]TopicPartition, 0, len(f.partitions))
	for tp, p := range f.partitions {
		if which == nil || which(p) {
			list = append(list, tp)
		}
	}
	slices.SortFunc(list, comparePartitions)
	return list
}

// retire forgets a partition that is not assigned any more. The caller holds the
// lock.
func (f *fetcher) retire(p *partition) {
	p.dead = true
	f.buffer.drop(p)
	f.forgetErrors(p)
	f.roomMade()
}

// onMetadata takes new metadata: it is a listener of the cluster's.
func (f *fetcher) onMetadata(s *cluster.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.route(s)
	wake(f.resolve)
}

// route gives each partition to the node it is to be fetched from. The caller
// holds the lock.
func (f *fetcher) route(s *cluster.Snapshot) {
	now := time.Now()
	for _, n := range f.nodes {
		n.partitions = n.partitions[:0]
	}
	for _, p := range sortedPartitions(f.partitions) {
		before := p.node(now)
		f.locate(p, s)
		if id := p.node(now); id != cluster.NoNode {
			n := f.node(id)
			n.partitions = append(n.partitions, p)
			if id != before {
				f.hasten(p)
			}
		}
	}
	for id, n := range f.nodes {
		if len(n.partitions) == 0 && !n.running {
			delete(f.nodes, id)
		} else if len(n.partitions) == 0 {
			n.stop() // what is under way is not wanted any more
		}
	}
	f.kick()
}

// locate takes a partition's leader and topic id from the metadata. The caller
// holds the lock.
func (f *fetcher) locate(p *partition, s *cluster.Snapshot) {
	id, leader, epoch := wire.UUID{}, cluster.NoNode, int32(-1)
	if t, ok := s.Topic(p.Topic); ok {
		id = t.ID
		if t.Err == protocol.ErrTopicAuthorizationFailed || t.Err == protocol.ErrInvalidTopicException {
			f.tell(p, &protocol.BrokerError{Code: t.Err, API: protocol.Metadata, Topic: p.Topic, Partition: -1})
		}
		if node, e, ok := s.Leader(p.TopicPartition); ok {
			leader, epoch = node, e
		}
	}
	if leader != p.leader || epoch != p.leaderEpoch || id != p.topicID {
		p.replica = cluster.NoNode
		p.retryAt = time.Time{}
		if p.search != nil && p.search.node != cluster.NoNode {
			p.search = nil // there is another to ask
		}
	}
	if _, ok := s.Node(p.replica); !ok {
		p.replica = cluster.NoNode
	}
	if !p.topicID.IsZero() && !id.IsZero() && id != p.topicID && p.phase == positioned {
		f.topicCreatedAnew(p)
	}
	if !id.IsZero() {
		p.topicID = id
	}
	p.leader = leader
	if epoch != p.leaderEpoch {
		p.leaderEpoch = epoch
		p.check()
	}
}

// topicCreatedAnew starts at the beginning of a topic that has the name of one
// that was deleted: offsets of that mean nothing, even if they are in range. The
// caller holds the lock.
func (f *fetcher) topicCreatedAnew(p *partition) {
	offset, _ := p.position()
	f.log.Warn("the topic was deleted and created anew", "partition", p.TopicPartition, "position", offset)
	f.buffer.drop(p)
	if f.cfg.AutoOffsetReset == ResetDefault {
		p.restart(needReset, toEarliest, offset)
		return
	}
	f.lost(p, offset)
}

// tell leaves an error of a partition for the application, unless one waits
// already. The caller holds the lock.
func (f *fetcher) tell(p *partition, err error) {
	if p.told || p.dead {
		return
	}
	p.told = true
	f.errs = append(f.errs, partitionError{p, err})
	wake(f.arrived)
}

// report leaves an error for the application that is not one of a partition.
func (f *fetcher) report(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, partitionError{nil, err})
	wake(f.arrived)
}

// forgetErrors takes back what waits for the application. The caller holds the
// lock.
func (f *fetcher) forgetErrors(p *partition) {
	kept := f.errs[:0]
	for _, e := range f.errs {
		if e.p != p {
			kept = append(kept, e)
		}
	}
	clear(f.errs[len(kept):])
	f.errs = kept
	p.told = false
}

// takeError returns an error for the application, nil if there is none. The
// caller holds the lock.
func (f *fetcher) takeError() error {
	if len(f.errs) == 0 {
		return nil
	}
	e := f.errs[0]
	f.errs = f.errs[1:]
	if e.p != nil {
		e.p.told = false
	}
	return e.err
}

// retryLater puts a partition into its back-off. The caller holds the lock.
func (f *fetcher) retryLater(p *partition) {
	p.failures++
	delay := f.backoff.Delay(p.failures)
	p.retryAt = time.Now().Add(delay)
	time.AfterFunc(delay, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.kick()
		wake(f.resolve)
	})
}

// roomMade lets go on what waits for room, if there is some. The caller holds
// the lock.
func (f *fetcher) roomMade() {
	if f.buffer.used < f.buffer.limit {
		f.unpark()
	}
	if f.buffer.starved && f.buffer.fetchRoom() {
		f.buffer.starved = false
		f.kick()
	}
}

// close ends all goroutines and fetch sessions; it does not wait for them.
func (f *fetcher) close() {
	f.mu.Lock()
	f.closed = true
	for _, n := range f.nodes {
		if !n.running {
			f.halted(n)
		}
	}
	f.mu.Unlock()
	f.cancel()
	wake(f.arrived)
}
