package coordination

import (
	"context"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/conn"
)

// overdue is how long a coordinator may take over a connection, or over what it
// answers at once, before others are asked who the coordinator is now: it may have
// stopped without closing its connections.
const overdue = 3 * time.Second

// watch looks after a connection over which an answer is owed, until it is told to
// stop. If nothing comes over it for long, it is given up as soon as another node is
// the coordinator, rather than after RequestTimeout; or if the coordinator answers
// on a new one: then what lies between has dropped it. That is not tried before the
// second look, since it takes brokers 5 s to give up on copying an offset to their
// followers (offsets.commit.timeout.ms).
func (a Asker) watch(ctx context.Context, c *conn.Conn) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	timer := time.AfterFunc(overdue, func() {
		defer close(over)
		for looks := 0; ctx.Err() == nil; {
			if c.Silence() >= overdue {
				if reason := a.look(ctx, c, looks > 0); reason != nil {
					c.Abort(reason)
					return
				}
				looks++
			}
			pause(ctx, overdue)
		}
	})
	return func() {
		cancel()
		if !timer.Stop() {
			<-over
		}
	}
}

// look returns why a silent connection is to be given up, nil if it is not.
func (a Asker) look(ctx context.Context, c *conn.Conn, probe bool) error {
	silence := c.Silence().Round(time.Millisecond)
	a.Forget()
	id, err := a.Find(ctx)
	if err != nil {
		return nil // nobody knows
	}
	node, known := a.Client.Metadata().Broker(id)
	switch {
	case !known:
		return nil
	case node.Addr() != c.Addr():
		return fmt.Errorf("%w: no response for %v, and the coordinator is node %v now", conn.ErrRequestTimeout, silence, node)
	case !probe:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, overdue)
	defer cancel()
	if a.Client.Probe(ctx, id) != nil || c.Silence() < overdue {
		return nil
	}
	return fmt.Errorf("%w: no response for %v, but the broker answers on another connection", conn.ErrRequestTimeout, silence)
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
