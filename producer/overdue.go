package producer

import (
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/conn"
)

// overdueAfter is how long a broker may owe an answer before others are asked
// whether it leads its partitions still. A broker that lives may take that long
// to copy to its followers, so this is no failure yet.
const overdueAfter = 2 * time.Second

// checkOverdue looks after a broker that owes an answer for long: it may have
// stopped without closing its connections, and others lead its partitions by
// now. Then the connection is given up, rather than after RequestTimeout, for
// what it has in flight is to be sent to these. Sequence numbers keep out what
// would be written twice; without them only the timeout may do so.
func (s *sink) checkOverdue() {
	if s.untilOverdue() > 0 {
		return
	}
	s.overdueAt = time.Now().Add(overdueAfter)
	s.producer.client.RequestUpdate()
	if !s.producer.cfg.DisableIdempotence && s.replaced() {
		oldest := s.inFlight[0].call
		s.conn.Abort(fmt.Errorf("%w: no response for %v, and another broker leads a partition that it was sent records of",
			conn.ErrRequestTimeout, time.Since(oldest.Started).Round(time.Millisecond)))
	}
}

// untilOverdue returns the time until checkOverdue has something to do.
func (s *sink) untilOverdue() time.Duration {
	if len(s.inFlight) == 0 {
		return time.Hour
	}
	due := s.inFlight[0].call.Started.Add(overdueAfter)
	if s.overdueAt.After(due) {
		due = s.overdueAt
	}
	return time.Until(due)
}

// replaced tells whether a partition in flight has another leader.
func (s *sink) replaced() bool {
	for _, r := range s.inFlight {
		for _, b := range r.batches {
			if b.partition.ledElsewhere(s) {
				return true
			}
		}
	}
	return false
}

func (pt *partition) ledElsewhere(than *sink) bool {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	return pt.sink != nil && pt.sink != than
}
