package consumer

import (
	"slices"

	"github.com/barnabas-go/kafka/record"
)

// response is the memory of one answer to a fetch, which chunks share.
type response struct {
	bytes int64
	users int // chunks that need it
}

// batch is one that was fetched.
type batch struct {
	record.Batch
	payload  []byte // its records, once they are decompressed
	expanded int64  // bytes of payload if it has memory of its own
}

// chunk is what one answer to a fetch has of one partition. Its batches are
// decoded from the first to the last, and handed out in that order.
type chunk struct {
	p        *partition
	response *response // nil once it is not needed
	batches  []batch
	decoded  int   // batches[:decoded] can be handed out
	taken    int   // batches[:taken] were handed out
	from     int64 // records before this offset are not wanted
	next     int64 // the offset after the chunk's last batch, handed out or not
	bytes    int64 // of raw batches
	err      error // comes after the batches; ends the partition's queue
	dropped  bool  // nobody wants it any more
}

// finished tells that all was handed out, but for err.
func (c *chunk) finished() bool { return c.taken == len(c.batches) }

// ready tells whether the application can take something: a batch, the error, or
// the end.
func (c *chunk) ready() bool { return c.taken < c.decoded || c.finished() }

// buffer accounts for the memory of what was fetched and not handed out. The
// fetcher's lock guards it.
type buffer struct {
	limit int64 // Config.FetchBufferBytes
	used  int64

	ready   []*partition // whose first chunk is ready, next one first
	todo    []*chunk     // to be decoded
	parked  []*chunk     // to be decoded when there is room
	workers int          // that are at it
	starved bool         // a node does not fetch for lack of room
}

// fetchRoom tells whether more may be fetched: only half the limit is for that,
// as what was fetched grows when it is decompressed. Something must always go on:
// if the application could take nothing, there is room.
func (b *buffer) fetchRoom() bool { return b.used < b.limit/2 || b.idle() }

// decodeRoom tells whether a chunk's next batch may be decompressed: if there is
// room, or if the application waits for just that.
func (b *buffer) decodeRoom(c *chunk) bool {
	return b.used < b.limit || len(b.ready) == 0 && c.p.head() == c && !c.p.paused
}

// idle tells that nothing is there or about to be there for the application.
func (b *buffer) idle() bool {
	return len(b.ready) == 0 && len(b.todo) == 0 && b.workers == 0 &&
		!slices.ContainsFunc(b.parked, func(c *chunk) bool { return !c.p.paused && !c.dropped })
}

// push appends a chunk to its partition's queue.
func (b *buffer) push(c *chunk) {
	c.p.queue = append(c.p.queue, c)
	if c.response != nil {
		c.response.users++
		c.p.buffered += c.bytes
	}
}

// offer puts a partition into the ready list if the application can take
// something from it.
func (b *buffer) offer(p *partition) {
	if c := p.head(); !p.queued && !p.paused && c != nil && c.ready() {
		p.queued = true
		b.ready = append(b.ready, p)
	}
}

// offerFirst is offer of a partition that is to be taken from next.
func (b *buffer) offerFirst(p *partition) {
	b.offer(p)
	if n := len(b.ready); p.queued && n > 1 && b.ready[n-1] == p {
		copy(b.ready[1:], b.ready)
		b.ready[0] = p
	}
}

// take returns the next partition to take from, nil if there is none, and takes
// it off the list.
func (b *buffer) take() *partition {
	for len(b.ready) > 0 {
		p := b.ready[0]
		b.ready[0] = nil
		b.ready = b.ready[1:]
		p.queued = false
		if c := p.head(); !p.dead && !p.paused && c != nil && c.ready() {
			return p
		}
	}
	b.ready = nil
	return nil
}

// expand accounts for batches of c that were decoded, up to the i-th.
func (b *buffer) expand(c *chunk, i int) {
	for k := c.decoded; k < i; k++ {
		b.used += c.batches[k].expanded
		c.p.buffered += c.batches[k].expanded
	}
	c.decoded = i
	if i == len(c.batches) && !slices.ContainsFunc(c.batches, func(f batch) bool { return f.expanded == 0 }) {
		b.leave(c) // all has memory of its own
	}
}

// consume accounts for batches of c that were handed out, up to the i-th.
func (b *buffer) consume(c *chunk, i int) {
	for k := c.taken; k < i; k++ {
		b.used -= c.batches[k].expanded
		c.p.buffered -= c.batches[k].expanded
		c.p.handedTime = c.batches[k].MaxTimestamp
		c.batches[k] = batch{}
	}
	c.taken = i
	if c.finished() {
		b.leave(c)
	}
}

// cut leaves only the batches of c before the i-th.
func (b *buffer) cut(c *chunk, i int) {
	for k := i; k < c.decoded; k++ {
		b.used -= c.batches[k].expanded
		c.p.buffered -= c.batches[k].expanded
	}
	c.decoded = min(c.decoded, i)
	clear(c.batches[i:])
	c.batches = c.batches[:i]
}

// leave tells that c does not need its response any more.
func (b *buffer) leave(c *chunk) {
	if c.response == nil {
		return
	}
	c.p.buffered -= c.bytes
	b.release(c.response)
	c.response = nil
}

// release tells that one user does not need r any more.
func (b *buffer) release(r *response) {
	if r.users--; r.users == 0 {
		b.used -= r.bytes
	}
}

// drop throws away what is buffered of a partition.
func (b *buffer) drop(p *partition) {
	b.dropChunks(p.queue)
	p.queue = nil
}

// dropChunks throws chunks away.
func (b *buffer) dropChunks(list []*chunk) {
	for _, c := range list {
		for k := c.taken; k < c.decoded; k++ {
			b.used -= c.batches[k].expanded
			c.p.buffered -= c.batches[k].expanded
		}
		b.leave(c)
		c.batches, c.dropped = nil, true
	}
}
