package coordinator

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// loop is the goroutine of a Group: it drives the member.
type loop struct {
	*Group
	m *member

	outcomes chan func()    // of what other goroutines did
	helpers  sync.WaitGroup // those goroutines

	cancelAction context.CancelFunc // of the action under way
	actionSeq    int                // its member.seq
	pauseUntil   time.Time          // if the action is pause
	onceLeft     []func()           // waiting for the member to have left

	beating  bool      // a heartbeat is in flight
	beatAt   time.Time // when the next one is due
	answered time.Time // the coordinator's last sign of life
	misses   int       // heartbeats that failed, in a row
	holder   *holder   // of our JoinGroup or SyncGroup, nil if there is none
	held     bool      // the coordinator holds a request that nobody waits for any more

	timer  *time.Timer
	told   *Event    // the last one logged
	warned time.Time // when warn last warned
}

func newLoop(g *Group) *loop {
	return &loop{Group: g, m: newMember(g.cfg.InstanceID, g.cfg.cooperative()), outcomes: make(chan func()), cancelAction: func() {}}
}

func (l *loop) run() {
	defer close(l.done)
	defer close(l.events)
	defer l.helpers.Wait()
	defer l.cancel()
	defer l.client.Metadata().AddListener(l.onMetadata)()
	l.timer = time.NewTimer(time.Hour)
	defer l.timer.Stop()
	for {
		l.advance()
		l.timer.Reset(time.Until(l.deadline()))
		offer, done := l.eventChannels()
		select {
		case <-l.closing:
			l.close(l.closeCtx)
			return
		case command := <-l.commands:
			command(l)
		case offer <- l.m.event:
			l.m.eventDelivered()
		case <-done:
			l.m.eventDone()
		case outcome := <-l.outcomes:
			outcome()
		case <-l.metadata:
			l.checkCounts()
		case <-l.back:
			l.idle.Store(false)
			l.m.polled()
		case <-l.timer.C:
			l.onTimer(time.Now())
		}
	}
}

// eventChannels returns the channel on which an event is to be sent, or the one
// that tells that the application is done with it; nil for what is not due.
func (l *loop) eventChannels() (offer chan<- *Event, done <-chan struct{}) {
	switch ev := l.m.event; {
	case ev == nil:
		return nil, nil
	case l.m.delivered:
		return nil, ev.done
	}
	return l.events, nil
}

// advance begins what the member wants next, cuts short what it does not want
// any more, and publishes where it stands.
func (l *loop) advance() {
	for {
		l.cutShort()
		action := l.m.next()
		if action == doNothing {
			break
		}
		l.begin(action)
	}
	l.publish()
	l.logEvent()
	if l.m.busy != doLeave && l.m.leaving == "" {
		for _, f := range l.onceLeft {
			f()
		}
		l.onceLeft = nil
	}
}

// cutShort cancels the action under way if the member has no use for it any
// more. The coordinator may still hold its request.
func (l *loop) cutShort() {
	if l.actionSeq == l.m.seq {
		return
	}
	l.cancelAction()
	l.held = l.held || l.holder != nil
	l.holder = nil
}

// onLeft calls f once the member has left the group, if it is about to.
func (l *loop) onLeft(f func()) { l.onceLeft = append(l.onceLeft, f) }

// begin starts an action in a goroutine of its own; pause needs none.
func (l *loop) begin(a action) {
	l.actionSeq = l.m.seq
	var ctx context.Context
	ctx, l.cancelAction = context.WithCancel(l.ctx)
	switch a {
	case doPause:
		delay := l.backoff.Delay(l.m.failures)
		l.warn("joining the group failed", "error", l.m.err, "failures", l.m.failures, "retry_in", delay)
		l.pauseUntil = time.Now().Add(delay)
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

// help runs do in a goroutine, and then apply with what it returned in the
// loop's, unless the member has changed its mind meanwhile.
func help[T any](l *loop, do func() T, apply func(T)) {
	seq := l.m.seq
	l.spawn(func() func() {
		outcome := do()
		return func() {
			if seq == l.m.seq {
				apply(outcome)
			}
		}
	})
}

// spawn runs do in a goroutine, and then what it returned in the loop's.
func (l *loop) spawn(do func() func()) {
	l.helpers.Go(func() {
		outcome := do()
		select {
		case l.outcomes <- outcome:
		case <-l.ctx.Done():
		}
	})
}

// publish lets the other goroutines see where the member stands.
func (l *loop) publish() {
	l.state.Store(int32(l.m.state))
	if old := l.generation.Load(); old == nil || *old != l.m.commits {
		commits := l.m.commits
		l.generation.Store(&commits)
	}
}

// warnInterval is the time between two warnings of failures that pass.
const warnInterval = 10 * time.Second

// warn logs a failure that passes; at debug level if another was logged just
// before.
func (l *loop) warn(message string, args ...any) {
	level := slog.LevelDebug
	if now := time.Now(); now.Sub(l.warned) >= warnInterval {
		l.warned, level = now, slog.LevelWarn
	}
	l.log.Log(l.ctx, level, message, args...)
}

func (l *loop) logEvent() {
	ev := l.m.event
	if ev == nil || ev == l.told {
		return
	}
	l.told = ev
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

// close ends the membership. Leaving is tried once, within ctx.
func (l *loop) close(ctx context.Context) {
	l.m.unsubscribe("the consumer is being closed")
	l.cutShort()
	defer l.publish()
	if l.m.leaving == "" && l.m.busy != doLeave {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(l.ctx, cancel)
	defer stop()
	l.log.Info("leaving the group", "reason", l.m.leaving)
	l.logLeave(l.leaveGroup(ctx, l.m.leaver, l.m.leaving, l.held))
	l.m.left()
}
