package consumer

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// overdue is how long after the wait that it was asked for a broker is given
// before it is suspected to be stuck: it may have stopped without closing its
// connections. Then metadata tell who leads its partitions now.
const overdue = 2 * time.Second

// exchange sends a fetch and waits for the answer. The connection is given up if
// that is overdue when the node's partitions are found to be elsewhere: who knows
// whether anything comes over it by the time that the node leads some again. Or if the
// node leads them still and answers on another connection: then the network has
// dropped this one. A broker that is only slow is given twice the time for the next
// answer.
func (f *fetcher) exchange(ctx context.Context, n *node, c *conn.Conn, req *protocol.FetchRequest) (*protocol.FetchResponse, error) {
	wait := time.Duration(req.MaxWaitMs) * time.Millisecond
	begun := time.Now()
	c.Go(req, 0, n.done)
	timer := time.NewTimer(wait + overdue)
	defer timer.Stop()
	patience := wait + max(2*overdue, n.patience)
	for {
		select {
		case call := <-n.done:
			if call.Err != nil {
				return nil, call.Err
			}
			n.patience = 2 * (time.Since(begun) - wait)
			return call.Response.(*protocol.FetchResponse), nil
		case <-timer.C:
			f.client.RequestUpdate()
			if time.Since(begun) >= patience && c.Silence() >= patience {
				n.patience, patience = 2*(patience-wait), math.MaxInt64
				f.wg.Go(func() { c.Doubt(ctx, overdue) })
			}
			timer.Reset(overdue)
		case <-ctx.Done():
			n.done = make(chan *conn.Call, 1) // the old one is the late answer's
			if took := time.Since(begun); took >= wait+overdue {
				c.Abort(fmt.Errorf("%w: no answer to a fetch for %v, and there is nothing to fetch from this broker any more",
					conn.ErrRequestTimeout, took.Round(time.Millisecond)))
			}
			return nil, ctx.Err()
		}
	}
}

// ask sends a leader a request of a search and waits for the answer. Whoever
// leads in its place meanwhile is asked without waiting for this one.
func (f *fetcher) ask(ctx context.Context, leader int32, req protocol.Request) (protocol.Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.suspect(ctx)
	return f.client.Do(ctx, leader, req)
}

// suspect has metadata looked up every so often until ctx ends.
func (f *fetcher) suspect(ctx context.Context) {
	time.AfterFunc(overdue, func() {
		if ctx.Err() == nil {
			f.client.RequestUpdate()
			f.suspect(ctx)
		}
	})
}
