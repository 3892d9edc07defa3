package coordinator

import (
	"fmt"
	"sync"

	"github.com/barnabas-go/kafka/cluster"
)

// EventKind is what an Event is about.
type EventKind uint8

const (
	// Revoke takes the Partitions: under the eager protocol all that the member
	// has, before a rebalance, otherwise those that others shall have. They are the
	// member's until Done: commits still work. What is not named stays.
	Revoke EventKind = iota + 1
	// Assign gives the Partitions, which are all that the member has from now on.
	// There may be none. Those that it had before stay as they are.
	Assign
	// Lost takes the Partitions, which are all that the member had, since it was
	// put out of the group: others may have them already, and commits fail. Err
	// tells why. The member joins again by itself.
	Lost
	// Failed ends the membership: Err tells what to change. Partitions are those
	// that the member had; they are lost. Nothing more happens until
	// [Group.Subscribe] is called again.
	Failed
)

var eventKindNames = [...]string{Revoke: "revoke", Assign: "assign", Lost: "lost", Failed: "failed"}

// String returns the kind in lower case.
func (k EventKind) String() string {
	if k == 0 || int(k) >= len(eventKindNames) {
		return fmt.Sprintf("event %d", uint8(k))
	}
	return eventKindNames[k]
}

// Event is what a member must know of before the protocol goes on.
type Event struct {
	Kind EventKind
	// Partitions are sorted by topic and number.
	Partitions []cluster.TopicPartition
	// Err is set if Kind is Lost or Failed.
	Err error

	done chan struct{}
	once sync.Once
}

func newEvent(kind EventKind, partitions []cluster.TopicPartition, err error) *Event {
	return &Event{Kind: kind, Partitions: partitions, Err: err, done: make(chan struct{})}
}

// Done lets the protocol go on. More than one call is fine.
func (e *Event) Done() { e.once.Do(func() { close(e.done) }) }
