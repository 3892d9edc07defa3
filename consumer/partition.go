package consumer

import (
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// phase tells what is known of a partition's position.
type phase uint8

const (
	// needCommitted: the group is to be asked for the committed offset.
	needCommitted phase = iota
	// needReset: the leader is to be asked for the offset that target names.
	needReset
	// positioned: the position is known, and fetching goes on from it.
	positioned
	// unpositioned: there is none, and the application was told to seek.
	unpositioned
)

// What stands for an offset or a time that is not known.
const (
	noOffset int64 = -1
	noTime   int64 = -1
)

// position is where the application is in a partition. A seek replaces it, so
// that whoever still hands out records of before moves what nobody looks at.
type position struct {
	next  atomic.Int64 // offset of the next record to hand out
	epoch atomic.Int32 // leader epoch of the last record handed out, -1 if not known

	// held is the first record that Poll has handed out and that the application
	// has not come back from, noOffset if there is none; heldEpoch is what epoch was
	// before it. The fetcher's lock guards them.
	held      int64
	heldEpoch int32
}

func newPosition(offset int64, epoch int32) *position {
	pos := &position{held: noOffset}
	pos.next.Store(offset)
	pos.epoch.Store(epoch)
	return pos
}

// release notes that the application has come back from the records before o. The
// caller holds the fetcher's lock.
func (pos *position) release(o OffsetAndMetadata) {
	switch {
	case o.Offset >= pos.next.Load():
		pos.held = noOffset
	case pos.held != noOffset && o.Offset > pos.held:
		pos.held, pos.heldEpoch = o.Offset, o.LeaderEpoch
	}
}

// partition is an assigned partition: where the application is, where fetching
// is, and the chunks in between. It does no I/O. The fetcher's lock guards it.
type partition struct {
	TopicPartition

	phase      phase
	target     resetTarget // if phase is needReset
	targetTime int64       // if target is toTime: in ms since 1970, noTime for that of Config.ResetDuration
	resetFrom  int64       // the offset that was out of range, noOffset if there was none
	search     *search     // somebody has been asked for the position, nil if not
	pos        *position
	paused     bool

	// Where to fetch: topicID is zero if not known, node NoNode without a leader.
	topicID     wire.UUID
	leader      int32
	leaderEpoch int32
	// replica is what the leader wants this rack to read from until replicaUntil
	// (KIP-392); NoNode if that is the leader.
	replica      int32
	replicaUntil time.Time

	fetchOffset int64    // the next to fetch
	fetchEpoch  int32    // leader epoch of the record before it, -1 if not known
	unchecked   bool     // the log may have been truncated before fetchOffset: see validate.go
	doubted     int64    // a fetchOffset that the broker found out of range once
	queue       []*chunk // what was fetched, in order
	buffered    int64    // bytes of memory behind queue
	queued      bool     // in the fetcher's ready list
	dead        bool     // taken away
	failures    int      // fetches, or searches for the position, that failed in a row
	unreadable  int      // batches in a row that could not be read
	retryAt     time.Time
	told        bool // an error of the partition waits for the application

	err        error // of the last fetch or search that failed, nil after a success
	handedTime int64 // timestamp of the last batch that was handed out, noTime if not known
	watch      watch // the watchdog's

	highWatermark    int64
	lastStableOffset int64
	logStartOffset   int64
	committed        int64 // what the group is known to have, noOffset if nothing
}

func newPartition(tp TopicPartition) *partition {
	return &partition{
		TopicPartition:   tp,
		targetTime:       noTime,
		resetFrom:        noOffset,
		doubted:          noOffset,
		pos:              newPosition(noOffset, -1),
		fetchEpoch:       -1,
		handedTime:       noTime,
		leader:           cluster.NoNode,
		leaderEpoch:      -1,
		replica:          cluster.NoNode,
		highWatermark:    noOffset,
		lastStableOffset: noOffset,
		logStartOffset:   noOffset,
		committed:        noOffset,
	}
}

// node returns which broker to fetch from, NoNode if none is known.
func (p *partition) node(now time.Time) int32 {
	if p.replica != cluster.NoNode && now.Before(p.replicaUntil) {
		return p.replica
	}
	return p.leader
}

// seek makes offset the position; epoch is that of the record before, -1 if not
// known. Chunks must have been dropped.
func (p *partition) seek(offset int64, epoch int32) {
	p.phase = positioned
	p.pos = newPosition(offset, epoch)
	p.fetchFrom(offset, epoch)
	p.resetFrom = noOffset
	p.settled()
}

// restart makes the position wanted anew. Chunks must have been dropped.
func (p *partition) restart(phase phase, target resetTarget, from int64) {
	p.phase, p.target, p.targetTime, p.resetFrom = phase, target, noTime, from
	p.pos = newPosition(noOffset, -1)
	p.fetchFrom(noOffset, -1)
	p.settled()
}

// fetchFrom sets what is to be fetched next; epoch is that of the record before.
func (p *partition) fetchFrom(offset int64, epoch int32) {
	p.fetchOffset, p.fetchEpoch = offset, epoch
	p.check()
}

// settled forgets failures.
func (p *partition) settled() {
	p.failures, p.unreadable = 0, 0
	p.doubted = noOffset
	p.retryAt = time.Time{}
	p.told = false
	p.search = nil
	p.err = nil
}

// position returns the offset of the next record to hand out; ok is false as
// long as it is not known.
func (p *partition) position() (offset int64, ok bool) {
	return p.pos.next.Load(), p.phase == positioned
}

// holdBack tells why a partition that has a position is not fetched now.
type holdBack uint8

const (
	free    holdBack = iota
	unready          // paused, without a valid position, or in its back-off
	full             // it has its share of the buffer
)

// fetchable tells whether the partition is to be fetched now.
func (p *partition) fetchable(now time.Time, share int64) holdBack {
	switch {
	case p.phase != positioned || p.unchecked || p.paused || now.Before(p.retryAt) || p.broken():
		return unready
	case p.buffered >= share:
		return full
	}
	return free
}

// broken tells that an error ends the queue: there is nothing to fetch before
// the application got it.
func (p *partition) broken() bool {
	return len(p.queue) > 0 && p.queue[len(p.queue)-1].err != nil
}

// head returns the oldest chunk, nil if there is none.
func (p *partition) head() *chunk {
	if len(p.queue) == 0 {
		return nil
	}
	return p.queue[0]
}

// consumed returns what of the partition may be committed without being asked
// for: the position, but no record that the application was handed and has not
// come back from. hand is the position of one that the body of a loop has.
func (p *partition) consumed(hand *position) (o OffsetAndMetadata, ok bool) {
	o = OffsetAndMetadata{Offset: p.pos.next.Load(), LeaderEpoch: p.pos.epoch.Load()}
	switch {
	case p.pos.held != noOffset:
		o.Offset, o.LeaderEpoch = p.pos.held, p.pos.heldEpoch
	case p.pos == hand:
		o.Offset--
	}
	return o, p.phase == positioned
}
