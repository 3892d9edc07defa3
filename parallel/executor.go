package parallel

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/record"
)

// executor runs handlers. Records that wait for each other are in one lane; a lane
// with a record that nobody is at waits in ready, and workers take lanes from there.
type executor struct {
	cfg     *Config
	source  source
	tracker Tracker
	until   context.Context // Run's: when it ends, nothing is begun any more
	ctx     context.Context // of handlers: it has the values of Run's
	fail    context.CancelCauseFunc
	seed    maphash.Seed

	mu       sync.Mutex
	shares   map[cluster.TopicPartition]*share
	assigned int // partitions that the consumer has
	lanes    map[laneKey]*lane
	ready    []*lane
	workers  int
	stopped  bool // nothing is begun any more
}

// share is what the executor has of one partition, from when the consumer gets it
// until it gives it up.
type share struct {
	cluster.TopicPartition
	ctx     context.Context
	cancel  context.CancelCauseFunc
	running int
	paused  bool
	gone    bool
	idle    chan struct{} // closed once it is gone and nothing of it runs
}

// laneKey names the records that wait for each other. Keys of one hash do, too.
type laneKey struct {
	share *share
	hash  uint64
}

// lane is records of which one is handled at a time.
type lane struct {
	key    laneKey
	shared bool // others may come: it is in the executor's table
	tasks  []task
}

type task struct {
	rec record.Record
	ack Ack
}

// What ends the context of a handler.
var (
	errLost    = errors.New("the partition was lost to another member of the group")
	errDrained = errors.New("the handler took longer than DrainTimeout after its partition was given up")
)

func newExecutor(ctx context.Context, cfg *Config, fail context.CancelCauseFunc) *executor {
	return &executor{
		cfg:    cfg,
		until:  ctx,
		ctx:    context.WithoutCancel(ctx),
		fail:   fail,
		seed:   maphash.MakeSeed(),
		shares: make(map[cluster.TopicPartition]*share),
		lanes:  make(map[laneKey]*lane),
	}
}

// share returns that of a partition. The caller holds the lock.
func (e *executor) share(tp cluster.TopicPartition) *share {
	s := e.shares[tp]
	if s == nil {
		s = &share{TopicPartition: tp, idle: make(chan struct{})}
		s.ctx, s.cancel = context.WithCancelCause(e.ctx)
		e.shares[tp] = s
	}
	return s
}

// add takes records that were handed out.
func (e *executor) add(records []record.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range records {
		rec := &records[i]
		s := e.share(cluster.TopicPartition{Topic: rec.Topic, Partition: rec.Partition})
		e.queue(s, task{*rec, e.tracker.Add(rec)})
		if last := i+1 == len(records) || records[i+1].Partition != rec.Partition || records[i+1].Topic != rec.Topic; last {
			e.pause(s)
		}
	}
}

// queue appends a task to its lane. The caller holds the lock.
func (e *executor) queue(s *share, t task) {
	l := &lane{key: laneKey{share: s}}
	switch {
	case e.cfg.Order == ByKey && t.rec.Key != nil:
		l.key.hash, l.shared = maphash.Bytes(e.seed, t.rec.Key), true
	case e.cfg.Order == ByPartition:
		l.shared = true
	}
	if l.shared {
		if there := e.lanes[l.key]; there != nil {
			there.tasks = append(there.tasks, t)
			return
		}
		e.lanes[l.key] = l
	}
	l.tasks = append(l.tasks, t)
	e.ready = append(e.ready, l)
	if e.workers < e.cfg.Concurrency && !e.stopped {
		e.workers++
		go e.work()
	}
}

// work runs handlers until there is nothing to do.
func (e *executor) work() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.ready) > 0 && !e.stopped && e.until.Err() == nil {
		l := e.ready[0]
		e.ready[0] = nil
		e.ready = e.ready[1:]
		s := l.key.share
		if s.gone {
			e.forget(l)
			continue
		}
		t := l.tasks[0]
		l.tasks[0] = task{}
		l.tasks = l.tasks[1:]
		s.running++
		e.mu.Unlock()
		err := e.cfg.Handle(s.ctx, &t.rec)
		e.mu.Lock()
		s.running--
		e.finished(l, &t, err)
	}
	e.workers--
}

// finished takes the outcome of a handler. The caller holds the lock.
func (e *executor) finished(l *lane, t *task, err error) {
	s := l.key.share
	switch {
	case err == nil:
		t.ack.Done()
	case s.ctx.Err() == nil: // otherwise it was asked to stop, and the record comes again
		e.stopped = true
		e.fail(&HandlerError{Record: t.rec, Err: err})
	}
	if s.gone {
		e.forget(l)
		if s.running == 0 {
			close(s.idle)
			s.cancel(nil)
		}
		return
	}
	e.resume(s)
	if len(l.tasks) > 0 {
		e.ready = append(e.ready, l)
	} else {
		e.forget(l)
	}
}

// forget takes a lane out of the table. The caller holds the lock.
func (e *executor) forget(l *lane) {
	if l.shared {
		delete(e.lanes, l.key)
	}
}

// allowance is how many records of one partition may be pending before it is
// paused. Another poll brings no more than that again. The caller holds the lock.
func (e *executor) allowance() int { return max(e.cfg.MaxPending/max(e.assigned, 1)/2, 1) }

// pollSize is how many records to poll at most.
func (e *executor) pollSize() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return min(e.allowance(), pollAtOnce)
}

// pollAtOnce is how many records are polled at a time at most.
const pollAtOnce = 500

// pause has a partition wait that is too far ahead. The caller holds the lock. An
// error tells that the partition is not the consumer's any more.
func (e *executor) pause(s *share) {
	if !s.paused && e.tracker.Pending(s.TopicPartition) >= e.allowance() {
		s.paused = e.source.Pause(s.TopicPartition) == nil
	}
}

// resume ends pause at half of that. The caller holds the lock.
func (e *executor) resume(s *share) {
	if s.paused && e.tracker.Pending(s.TopicPartition) <= e.allowance()/2 {
		s.paused = false
		_ = e.source.Resume(s.TopicPartition)
	}
}

// retire has nothing of partitions begun any more, and returns the shares of which
// something still runs.
func (e *executor) retire(partitions []cluster.TopicPartition) (running []*share) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, tp := range partitions {
		s := e.shares[tp]
		if s == nil {
			continue
		}
		s.gone = true
		delete(e.shares, tp)
		if s.running > 0 {
			running = append(running, s)
		} else {
			s.cancel(nil)
		}
	}
	e.assigned = max(e.assigned-len(partitions), 0)
	return running
}

// grace is how long handlers whose contexts have ended are waited for.
const grace = time.Second

// settle waits for handlers, first in peace, then with their contexts ended.
func (e *executor) settle(running []*share) {
	if e.wait(running, e.cfg.DrainTimeout) {
		return
	}
	for _, s := range running {
		s.cancel(errDrained)
	}
	e.wait(running, grace)
}

func (e *executor) wait(running []*share, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for _, s := range running {
		select {
		case <-s.idle:
		case <-timer.C:
			return false
		}
	}
	return true
}

// stop has nothing begun any more.
func (e *executor) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped = true
}
