package coordinator

import (
	"context"
	"time"
)

// loop is what the goroutine of a Group does of the classic protocol.
type loop struct {
	*Group

	beating  bool      // a heartbeat is in flight
	beatAt   time.Time // when the next one is due
	answered time.Time // the coordinator's last sign of life
	misses   int       // heartbeats that failed, in a row
	holder   *holder   // of our JoinGroup or SyncGroup, nil if there is none
	held     bool      // the coordinator holds a request that nobody waits for any more
}

func (l *loop) perform(ctx context.Context, a action) {
	switch a {
	case doJoin:
		l.join(ctx)
	case doAssign:
		l.divide(ctx)
	case doSync:
		l.sync(ctx)
	case doLeave:
		l.leave(ctx)
	}
}

// cutShort notes that the coordinator may still hold the request.
func (l *loop) cutShort() {
	l.held = l.held || l.holder != nil
	l.holder = nil
}

func (l *loop) onMetadata() { l.checkCounts() }

func (l *loop) logEvent(ev *Event) {
	switch ev.Kind {
	case Revoke:
		l.log.Info("partitions are revoked before a rebalance", "reason", l.m.reason, "partitions", len(ev.Partitions))
	case Assign:
		l.log.Info("partitions are assigned", "partitions", ev.Partitions, "generation", l.m.generation, "assignor", l.m.protocol)
	case Lost:
		l.log.Warn("the membership is lost", "error", ev.Err, "partitions", len(ev.Partitions))
	case Failed:
		l.log.Error("the membership has failed", "error", ev.Err)
	}
}

func (l *loop) farewell(ctx context.Context) {
	l.logLeave(l.leaveGroup(ctx, l.m.leaver, l.m.leaving, l.held))
}
