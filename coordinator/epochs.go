package coordinator

import (
	"sync"

	"github.com/barnabas-go/kafka/cluster"
)

// epochs are those of one membership from joining to the end, generations of the
// group under the classic protocol: the member's now, and for each partition the
// one in which the member got it. By them a commit that the coordinator finds
// stale is told from one that only was overtaken by the member's next epoch, and
// one of what is another's by now is not even tried. They are shared by those who
// commit.
type epochs struct {
	mu    sync.Mutex
	now   int32
	ended bool
	since map[cluster.TopicPartition]int32
	next  chan struct{} // closed with the next epoch, or at the end
}

func newEpochs() *epochs {
	return &epochs{since: make(map[cluster.TopicPartition]int32), next: make(chan struct{})}
}

// enter notes the member's epoch.
func (e *epochs) enter(epoch int32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if epoch != e.now {
		e.now = epoch
		e.tell()
	}
}

// tell wakes those who wait for the next epoch. The caller holds the lock.
func (e *epochs) tell() {
	close(e.next)
	e.next = make(chan struct{})
}

// after returns a channel that is closed as soon as the epoch is not the given one
// any more, or the membership is over.
func (e *epochs) after(epoch int32) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now == epoch && !e.ended {
		return e.next
	}
	over := make(chan struct{})
	close(over)
	return over
}

// end notes that the membership is over.
func (e *epochs) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	e.tell()
}

// assign notes which partitions the member has from now on.
func (e *epochs) assign(partitions []cluster.TopicPartition) {
	e.mu.Lock()
	defer e.mu.Unlock()
	since := make(map[cluster.TopicPartition]int32, len(partitions))
	for _, tp := range partitions {
		epoch, kept := e.since[tp]
		if !kept {
			epoch = e.now
		}
		since[tp] = epoch
	}
	e.since = since
}

// revoke notes which of them are gone.
func (e *epochs) revoke(partitions []cluster.TopicPartition) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, tp := range partitions {
		delete(e.since, tp)
	}
}

// lacks returns a partition that the member does not have, if there is one.
func (e *epochs) lacks(offsets map[cluster.TopicPartition]OffsetAndMetadata) (tp cluster.TopicPartition, lacks bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for tp := range offsets {
		if _, has := e.since[tp]; !has || e.ended {
			return tp, true
		}
	}
	return tp, false
}

// renew returns g with the member's epoch of now, if what was read under g may
// still be committed: the member has had the partitions all the time.
func (e *epochs) renew(g Generation, offsets map[cluster.TopicPartition]OffsetAndMetadata) (Generation, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return g, false
	}
	for tp := range offsets {
		if since, has := e.since[tp]; !has || since > g.ID {
			return g, false
		}
	}
	g.ID = e.now
	return g, true
}
