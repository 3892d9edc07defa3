package coordinator

import (
	"context"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

func (l *loop) alarms(at func(time.Time)) {
	if l.holder != nil {
		at(l.holder.lookAt)
	}
	if l.m.heartbeating() {
		at(l.answered.Add(l.sessionTimeout()))
		at(l.idleAt())
		if !l.beating {
			at(l.beatAt)
		}
	}
	if l.inDoubt() {
		at(l.answered.Add(l.sessionTimeout()))
	}
}

// inDoubt tells that the member has partitions, and that the coordinator, which it
// cannot join, may not know it any more after the session timeout.
func (l *loop) inDoubt() bool {
	return l.m.keeping() && !l.m.heartbeating() && l.holder == nil
}

func (l *loop) onTimer(due func(time.Time) bool) {
	if l.holder != nil && due(l.holder.lookAt) {
		l.look(l.holder)
	}
	heartbeating := l.m.heartbeating()
	switch {
	case !heartbeating && !l.inDoubt():
	case due(l.answered.Add(l.sessionTimeout())):
		l.client.ForgetCoordinator(cluster.GroupCoordinator, l.cfg.GroupID)
		l.m.sessionExpired(l.errSession())
	case !heartbeating:
	case due(l.idleAt()):
		l.pollExpired()
	case !l.beating && due(l.beatAt):
		l.beat()
	}
}

// alive notes a sign of life of the coordinator, which starts the session
// anew, and the wait for the next heartbeat.
func (l *loop) alive() {
	l.answered = time.Now()
	l.beatAt = l.answered.Add(l.cfg.HeartbeatInterval)
	l.misses = 0
}

// beat sends a heartbeat. It has two thirds of the session for the answer, so that
// there is time to ask once more on another connection: this one may be dead, and
// Kafka 0.9 forgets requests if it gets one at the same moment that it does not
// know.
func (l *loop) beat() {
	req := &protocol.HeartbeatRequest{
		GroupID:         l.cfg.GroupID,
		GenerationID:    l.m.generation,
		MemberID:        l.m.memberID,
		GroupInstanceID: optional(l.cfg.InstanceID),
	}
	l.beating = true
	sent := time.Now()
	ctx, cancel := context.WithDeadline(l.ctx, l.answered.Add(l.sessionTimeout()))
	l.spawn(func() func() {
		defer cancel()
		err := l.heartbeat(ctx, req, min(l.client.Config().RequestTimeout, l.sessionTimeout()*2/3))
		return func() { l.beaten(req.GenerationID, sent, err) }
	})
}

// beaten takes the outcome of a heartbeat.
func (l *loop) beaten(generation int32, sent time.Time, err error) {
	l.beating = false
	switch {
	case err == nil || protocol.CodeOf(err) == protocol.ErrRebalanceInProgress:
		l.answered, l.misses = sent, 0
		l.beatAt = sent.Add(l.cfg.HeartbeatInterval)
	default:
		l.misses++
		l.beatAt = time.Now().Add(l.backoff.Delay(l.misses))
		if generation == l.m.generation && coordination.Retriable(err) { // the rest is logged with its event
			l.warn("heartbeat failed", "error", err, "failures", l.misses)
		}
	}
	if err != nil {
		l.m.heartbeatFailed(err, generation)
	}
}

// heartbeat sends one heartbeat and waits for the answer. After timeout the
// connection is given up.
func (g *Group) heartbeat(ctx context.Context, req *protocol.HeartbeatRequest, timeout time.Duration) error {
	c, err := g.asker.Conn(ctx, cluster.UseCoordinator)
	if err != nil {
		return err
	}
	resp, err := beat[*protocol.HeartbeatResponse](ctx, g.asker, g.cfg.Meter, c, req, timeout)
	if err != nil {
		return err
	}
	return g.asker.Check(c, req.APIKey(), resp.ErrorCode)
}
