package coordinator

import "time"

// Meter is told what a membership asks of the coordinator. It is called from several
// goroutines, and must not block.
type Meter interface {
	// HeartbeatSent tells of a heartbeat that goes out.
	HeartbeatSent()
	// HeartbeatAnswered tells how long the answer to one took.
	HeartbeatAnswered(took time.Duration)
	// Joined tells how long it took to join a group of the classic protocol.
	Joined(took time.Duration)
	// Synced tells how long it took to get the assignment that followed.
	Synced(took time.Duration)
}

// unmetered is the Meter of those who want none.
type unmetered struct{}

func (unmetered) HeartbeatSent()                  {}
func (unmetered) HeartbeatAnswered(time.Duration) {}
func (unmetered) Joined(time.Duration)            {}
func (unmetered) Synced(time.Duration)            {}
