package coordinator

import (
	"context"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

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

// beat sends a heartbeat of either protocol, one try, and has it measured.
func beat[R protocol.Response](ctx context.Context, a coordination.Asker, m Meter, c *conn.Conn, req protocol.Request, timeout time.Duration) (R, error) {
	sent := time.Now()
	m.HeartbeatSent()
	resp, err := coordination.Ask[R](ctx, a, c, req, timeout)
	if err == nil {
		m.HeartbeatAnswered(time.Since(sent))
	}
	return resp, err
}
