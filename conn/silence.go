package conn

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Overdue is how long a broker may take over what it answers at once before it is
// suspected to have stopped, or the network to have dropped the connection: neither
// closes it.
const Overdue = 3 * time.Second

// heard is the end of a connection that is read from. It notes when bytes come.
type heard struct {
	net.Conn
	opened time.Time
	last   atomic.Int64 // since opened
}

// Read reads what has come.
func (h *heard) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	if n > 0 {
		h.last.Store(int64(time.Since(h.opened)))
	}
	return n, err
}

// Silence returns for how long nothing has come from the broker. Who is owed a
// response tells by it one that is slow to come in from one that does not come.
func (c *Conn) Silence() time.Duration {
	return time.Since(c.heard.opened) - time.Duration(c.heard.last.Load())
}

// Doubt finds out whether it is only this connection over which nothing comes,
// though a response is owed: if the broker answers on a new one meanwhile, the network
// has dropped this one, and it is ended, so that what is in flight fails now instead
// of after RequestTimeout.
func (c *Conn) Doubt(ctx context.Context, silence time.Duration) {
	if c.owes() == nil {
		return // a throttled client does not ask
	}
	ctx, cancel := context.WithTimeout(ctx, Overdue)
	defer cancel()
	other, err := Dial(ctx, c.addr, c.cfg)
	if err != nil {
		return
	}
	other.Close()
	if s := c.Silence(); s >= silence {
		c.Abort(fmt.Errorf("%w: no response for %v, but the broker answers on another connection", ErrRequestTimeout, s.Round(time.Millisecond)))
	}
}

// Watch looks after a connection while a response is owed that brokers give at
// once, until stop is called. If nothing comes for Overdue, it asks elsewhere, if
// that is not nil, for a reason to end the connection; and so again, and has Doubts,
// unless what the broker has yet to answer before may take long. It has none the
// first time, since brokers take 5 s to give up on copying a committed offset to
// their followers (offsets.commit.timeout.ms).
func (c *Conn) Watch(ctx context.Context, elsewhere func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	timer := time.AfterFunc(Overdue, func() {
		defer close(over)
		c.watchSilence(ctx, elsewhere)
	})
	return func() {
		cancel()
		if !timer.Stop() {
			<-over
		}
	}
}

func (c *Conn) watchSilence(ctx context.Context, elsewhere func(context.Context) error) {
	ticker := time.NewTicker(Overdue)
	defer ticker.Stop()
	for looks := 0; c.Err() == nil && ctx.Err() == nil; {
		if c.Silence() >= Overdue {
			looks++
			if elsewhere != nil {
				if reason := elsewhere(ctx); reason != nil {
					c.Abort(reason)
					return
				}
			}
			if looks > 1 && c.owesPromptly() {
				c.Doubt(ctx, Overdue)
			}
		}
		select {
		case <-ticker.C:
		case <-c.done:
		case <-ctx.Done():
		}
	}
}

// owesPromptly tells whether the response that comes next is one that brokers give
// at once.
func (c *Conn) owesPromptly() bool {
	req := c.owes()
	if req == nil {
		return false
	}
	switch req.APIKey() {
	case protocol.ListOffsets:
		return !searches(req.(*protocol.ListOffsetsRequest))
	case protocol.ApiVersions, protocol.Metadata, protocol.FindCoordinator, protocol.InitProducerId, protocol.OffsetForLeaderEpoch,
		protocol.Heartbeat, protocol.ConsumerGroupHeartbeat, protocol.ShareGroupHeartbeat, protocol.LeaveGroup, protocol.OffsetCommit, protocol.OffsetFetch,
		protocol.AddPartitionsToTxn, protocol.AddOffsetsToTxn, protocol.TxnOffsetCommit, protocol.EndTxn:
		return true
	}
	return false
}

// searches tells whether a broker may have to look into old files.
func searches(req *protocol.ListOffsetsRequest) bool {
	for i := range req.Topics {
		for _, p := range req.Topics[i].Partitions {
			if p.Timestamp != protocol.LatestTimestamp && p.Timestamp != protocol.EarliestTimestamp {
				return true
			}
		}
	}
	return false
}

// owes returns the request whose response comes next, nil if none does.
func (c *Conn) owes() protocol.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call := c.inFlight.oldest(); call != nil {
		return call.Request
	}
	return nil
}
