package coordinator

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

const (
	// lookInterval is how often the member looks whether the broker that holds its
	// request is the coordinator still. One that hangs cannot tell, and the request
	// may take as long as the slowest member.
	lookInterval = 3 * time.Second
	// lookTimeout bounds a look.
	lookTimeout = 10 * time.Second
)

// holder is a coordinator that holds a request back. Meanwhile it reads nothing
// from the connection.
type holder struct {
	node   int32
	lookAt time.Time
}

// askPatiently sends the coordinator a request that it may hold back, one try,
// and has apply called in the loop.
func askPatiently[R protocol.Response](l *loop, ctx context.Context, req protocol.Request, timeout time.Duration, apply func(*conn.Conn, R, error)) {
	type link struct {
		node int32
		conn *conn.Conn
		err  error
	}
	type outcome struct {
		resp R
		err  error
	}
	help(l.membership, func() link {
		node, err := l.asker.Find(ctx)
		if err != nil {
			return link{err: err}
		}
		c, err := l.asker.ConnTo(ctx, node, cluster.UseCoordinator)
		return link{node, c, err}
	}, func(to link) {
		if to.err != nil {
			apply(nil, *new(R), to.err)
			return
		}
		l.holder = &holder{to.node, time.Now().Add(lookInterval)}
		l.answered = time.Now() // to have a member wait is to know it
		help(l.membership, func() outcome {
			resp, err := coordination.AskPatiently[R](ctx, l.asker, to.conn, req, timeout)
			return outcome{resp, err}
		}, func(o outcome) {
			l.holder = nil
			l.answered = time.Now()
			apply(to.conn, o.resp, o.err)
		})
	})
}

// look asks the other brokers who the coordinator is.
func (l *loop) look(h *holder) {
	h.lookAt = time.Now().Add(math.MaxInt64)
	ctx, cancel := context.WithTimeout(l.ctx, lookTimeout)
	l.spawn(func() func() {
		defer cancel()
		l.asker.Forget()
		node, err := l.asker.Find(ctx)
		return func() {
			h.lookAt = time.Now().Add(lookInterval)
			if l.holder == h && err == nil && node != h.node {
				l.m.holderGone(fmt.Errorf("the coordinator has moved from node %d to node %d", h.node, node))
			}
		}
	})
}
