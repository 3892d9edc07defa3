package producer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/network"
)

// sink sends to one broker. It knows the partitions that the broker leads and
// that have something to send, so that its work grows with these and not with
// the number of partitions there are.
type sink struct {
	producer *Producer
	node     int32
	wake     chan struct{} // of capacity 1: something was added to a list
	stall    stall
	measures *network.Node

	mu        sync.Mutex
	ready     queue[*partition]
	lingering queue[lingerer]

	// Of the sink's goroutine:
	conn     *conn.Conn
	version  int16 // of Produce on conn
	room     room
	answers  chan *conn.Call
	inFlight []*request // in the order they were sent
	requests int64      // made so far
	failures int        // to connect, in a row
	// overdueAt is when an answer that is owed is worth another look.
	overdueAt time.Time
}

// lingerer is a partition that waits for more records.
type lingerer struct {
	partition *partition
	until     time.Time
}

func newSink(p *Producer, node int32) *sink {
	return &sink{
		producer: p,
		node:     node,
		version:  batchVersion,
		room:     newRoom(p.cfg.MaxRequestSize, p.largestRequest),
		wake:     make(chan struct{}, 1),
		measures: p.measures.network.Node(node),
		answers:  make(chan *conn.Call, p.cfg.Config.MaxInFlight),
	}
}

// addReady and addLingering wake the sink's goroutine for the first in a list: of
// what is behind others it takes note when it comes to these.

func (s *sink) addReady(pt *partition) {
	s.mu.Lock()
	s.ready.push(pt)
	first := s.ready.len() == 1
	s.mu.Unlock()
	if first {
		s.notify()
	}
}

func (s *sink) addLingering(pt *partition, until time.Time) {
	s.mu.Lock()
	s.lingering.push(lingerer{pt, until})
	first := s.lingering.len() == 1
	s.mu.Unlock()
	if first {
		s.notify()
	}
}

// notify wakes the sink's goroutine.
func (s *sink) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run sends until ctx ends, and then gives up what is in flight.
func (s *sink) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		s.send(ctx)
		timer.Reset(min(s.untilLingered(), s.untilOverdue()))
		select {
		case <-ctx.Done():
		case call := <-s.answers:
			s.answered(call)
		case <-s.wake:
		case <-timer.C:
		}
		s.checkOverdue()
	}
	s.drop()
}

// send fills the connection with requests, as far as there is something to
// send.
func (s *sink) send(ctx context.Context) {
	for len(s.inFlight) < s.producer.cfg.Config.MaxInFlight {
		s.promote()
		if !s.hasReady() {
			s.stall.end()
			return
		}
		s.stall.begin()
		if !s.connected(ctx) {
			return
		}
		id, err := s.producer.producerID(ctx)
		if err != nil {
			s.refuse(ctx, err)
			return
		}
		batches := s.take(id)
		if len(batches) == 0 {
			continue
		}
		s.request(batches)
		s.stall.end()
	}
	if s.hasReady() || s.hasLingering() {
		s.stall.begin()
	}
}

// errNoConnection tells that a broker takes its time to accept a connection. One
// that has stopped does not refuse it either.
var errNoConnection = fmt.Errorf("no connection within %v", overdueAfter)

// connected makes sure of a connection. What was in flight on the last one must
// be known to have failed first.
func (s *sink) connected(ctx context.Context) bool {
	if s.conn != nil && s.conn.Err() == nil {
		return true
	}
	if len(s.inFlight) > 0 {
		return false
	}
	limited, cancel := context.WithTimeoutCause(ctx, overdueAfter, errNoConnection)
	defer cancel()
	c, err := s.producer.client.Conn(limited, s.node, cluster.UseProduce)
	if err != nil {
		s.producer.client.RequestUpdate() // the partitions may move to a broker that does better
		if limited.Err() != nil {
			s.lastError(err) // the attempt goes on: what is ready may be elsewhere, though
			s.notify()
			return false
		}
		s.refuse(ctx, err)
		return false
	}
	s.conn, s.version, s.failures = c, produceVersion(c), 0
	return true
}

// pause waits before another try, so that a broker which refuses at once is not
// asked in a hot loop.
func (s *sink) pause(ctx context.Context) {
	timer := time.NewTimer(s.producer.backoff.Delay(s.failures))
	defer timer.Stop()
	select {
	case <-timer.C:
		s.notify()
	case <-ctx.Done():
	}
}

// promote makes those ready that have lingered for long enough: all of them,
// where lingering adapts and the broker owes no answer, or a flush is on.
func (s *sink) promote() {
	now := time.Now()
	all := s.producer.eager() || s.producer.lingerAdapts && len(s.inFlight) == 0
	for {
		s.mu.Lock()
		if s.lingering.len() == 0 || !all && s.lingering.all()[0].until.After(now) {
			s.mu.Unlock()
			return
		}
		next := s.lingering.pop()
		s.mu.Unlock()
		next.partition.lingered(s, next.until)
	}
}

// untilLingered returns the time until promote has something to do.
func (s *sink) untilLingered() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lingering.len() == 0 || len(s.inFlight) >= s.producer.cfg.Config.MaxInFlight {
		return time.Hour
	}
	return time.Until(s.lingering.all()[0].until)
}

// hasReady tells whether a partition has something to send, passing over those
// that have not, or not here.
func (s *sink) hasReady() bool {
	for {
		s.mu.Lock()
		if s.ready.len() == 0 {
			s.mu.Unlock()
			return false
		}
		pt := s.ready.all()[0]
		s.mu.Unlock()
		if pt.sendable(s) {
			return true
		}
		s.popReady()
	}
}

func (s *sink) hasLingering() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lingering.len() > 0
}

func (s *sink) popReady() *partition {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready.len() == 0 {
		return nil
	}
	return s.ready.pop()
}

// usualBatches are those of a request, if not many partitions have little each.
const usualBatches = 16

// take takes one batch each from as many partitions as a request may hold. A
// partition with more goes to the end of the list, so that all get their turn.
func (s *sink) take(id producerID) []*batch {
	s.requests++
	room := s.room.bytes
	s.mu.Lock()
	turns := s.ready.len()
	s.mu.Unlock()
	batches := make([]*batch, 0, min(turns, usualBatches))
	for range turns {
		pt := s.popReady()
		if pt == nil {
			break
		}
		b, fits := pt.take(s, id, room, len(batches) == 0)
		if !fits {
			s.mu.Lock()
			s.ready.unpop(pt)
			s.mu.Unlock()
			break
		}
		if b != nil {
			batches = append(batches, b)
			room -= s.size(b)
		}
	}
	return batches
}

// refuse handles that there is no connection, or no producer id: the records that
// are ready fail if no other try would bring one, and wait otherwise.
func (s *sink) refuse(ctx context.Context, err error) {
	var temporary interface{ Retriable() bool }
	if ctx.Err() != nil {
		return
	}
	if !errors.As(err, &temporary) || temporary.Retriable() {
		s.failures++
		s.lastError(err)
		s.pause(ctx)
		return
	}
	for pt := s.popReady(); pt != nil; pt = s.popReady() {
		pt.refuse(s, err)
	}
}

// lastError tells the batches that are ready why they wait, for the error that
// they get if they do so for too long.
func (s *sink) lastError(err error) {
	s.mu.Lock()
	waiting := slices.Clone(s.ready.all())
	s.mu.Unlock()
	for _, pt := range waiting {
		pt.noteError(s, err)
	}
}

// drop gives up what is in flight, when the producer closes.
func (s *sink) drop() {
	if s.conn != nil && len(s.inFlight) > 0 {
		s.conn.Close()
	}
	for len(s.inFlight) > 0 {
		s.answered(<-s.answers)
	}
}
