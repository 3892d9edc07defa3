package producer

// sendable tells whether the partition, which is first in the list of s, has a
// batch to send there.
func (pt *partition) sendable(s *sink) bool {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if !pt.canSend(s) {
		pt.pass(s)
		return false
	}
	return true
}

func (pt *partition) canSend(s *sink) bool {
	return pt.sink == s && pt.place == ready && !pt.blocked() && pt.queue.all()[0].state == sealed
}

// pass is leave where there is nothing to send: what was ready has been given up
// meanwhile. Records may have come after it that are to linger.
func (pt *partition) pass(s *sink) {
	pt.leave(s)
	pt.arrange()
}

// leave takes note that s has taken the partition from its list.
func (pt *partition) leave(s *sink) {
	if pt.sink == s && pt.place == ready {
		pt.place = nowhere
	}
}

// take hands the first batch to s, which has the partition taken from its list.
// It is nil if there is none to send. A batch of more than room bytes does not
// fit into the request, unless it is the first, nor does a second batch of the
// partition, which brokers refuse; then nothing is taken.
func (pt *partition) take(s *sink, id producerID, room int, first bool) (b *batch, fits bool) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if !pt.canSend(s) {
		pt.pass(s)
		return nil, true
	}
	b = pt.queue.all()[0]
	turn := turn{s, s.requests}
	if pt.lastTurn == turn || s.size(b) > room && !first {
		return nil, false
	}
	pt.lastTurn = turn
	pt.leave(s)
	pt.queue.pop()
	if !pt.number(b, id) {
		pt.producer.identity.discard(id.id)
		pt.queue.unpop(b)
		pt.arrange()
		return nil, true
	}
	b.state = flying
	b.attempts++
	pt.inFlight = append(pt.inFlight, b)
	pt.sentOn = s
	pt.arrange()
	return b, true
}

// refuse fails the first batch, which there is no way to send.
func (pt *partition) refuse(s *sink, err error) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if !pt.canSend(s) {
		pt.pass(s)
		return
	}
	pt.leave(s)
	pt.give(pt.queue.all()[0], err, false)
}

// noteError remembers why the first batch waits.
func (pt *partition) noteError(s *sink, err error) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if pt.canSend(s) {
		pt.queue.all()[0].lastErr = err
	}
}
