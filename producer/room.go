package producer

import "time"

// The time a broker takes to answer, queues on the way included, within which it
// may be given larger requests, and beyond which it gets smaller ones.
const (
	quickAnswer = 200 * time.Millisecond
	slowAnswer  = time.Second
)

// room is how many bytes of records a request to one broker may have. A request
// costs both sides much the same whatever is in it, so that large ones are cheap
// where many partitions have something to send; but one that takes long to reach
// a broker uses up the time it has for its answer. So the room grows while full
// requests are answered quickly.
type room struct {
	bytes       int
	least, most int
}

func newRoom(least, most int) room { return room{bytes: least, least: least, most: max(least, most)} }

// answered takes note of an answer to a request with so many bytes of records.
func (r *room) answered(used int, took time.Duration) {
	switch {
	case took > slowAnswer:
		r.bytes = max(r.bytes/2, r.least)
	case took < quickAnswer && used > r.bytes/2:
		r.bytes = min(2*r.bytes, r.most)
	}
}

// failed takes note that a connection failed, which may be for what was sent on
// it: some brokers close connections on which large requests come.
func (r *room) failed() { r.bytes = r.least }
