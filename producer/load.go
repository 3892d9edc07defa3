package producer

import (
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/partitioner"
)

// stall is the time in which a broker takes nothing although there is something
// to send: there is no connection, or too much is in flight on it.
type stall struct{ since atomic.Int64 } // nanoseconds since 1970, 0 while there is none

func (s *stall) begin() {
	if s.since.Load() == 0 {
		s.since.Store(time.Now().UnixNano())
	}
}

func (s *stall) end() {
	if s.since.Load() != 0 {
		s.since.Store(0)
	}
}

// duration is 0 while the broker takes what comes.
func (s *stall) duration() time.Duration {
	since := s.since.Load()
	if since == 0 {
		return 0
	}
	return max(time.Since(time.Unix(0, since)), 1)
}

// load tells partitioners what waits for a partition.
func (l *layout) load(n int32) partitioner.Load {
	if n < 0 || int(n) >= len(l.partitions) {
		return partitioner.Load{}
	}
	pt := l.partitions[n]
	pt.mu.Lock()
	defer pt.mu.Unlock()
	var load partitioner.Load
	for _, b := range pt.queue.all() {
		load.Bytes += int64(b.reserved)
	}
	for _, b := range pt.inFlight {
		load.Bytes += int64(b.reserved)
	}
	if pt.sink != nil {
		load.Stalled = pt.sink.stall.duration()
	}
	if pt.queue.len() > 0 { // what waits for longer than it lingers waits for an answer
		load.Stalled = max(load.Stalled, time.Since(pt.queue.all()[0].created)-pt.producer.lingerFor)
	}
	return load
}
