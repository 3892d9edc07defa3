package coordinator

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
)

// work is what the goroutine of a membership has.
type work struct {
	machine machine
	driver  driver

	outcomes chan func()    // of what other goroutines did
	helpers  sync.WaitGroup // those goroutines

	cancelAction context.CancelFunc // of the action under way
	actionSeq    int                // its standing.seq
	pauseUntil   time.Time          // if the action is pause
	onceLeft     []func()           // waiting for the member to have left

	timer  *time.Timer
	told   *Event    // the last one logged
	warned time.Time // when warn last warned
}

// driver does what is a protocol's own: a loop or a consumerLoop.
type driver interface {
	// perform starts an action other than doPause, in a goroutine of its own.
	perform(ctx context.Context, a action)
	// cutShort notes that an action was.
	cutShort()
	// alarms tells when onTimer must be called.
	alarms(at func(time.Time))
	onTimer(due func(time.Time) bool)
	onMetadata()
	logEvent(ev *Event)
	// farewell tells the coordinator at the end that the member leaves, one try.
	farewell(ctx context.Context)
}

// idleWait is how long the goroutine sleeps when nothing is due.
const idleWait = time.Hour

// start begins the work.
func (g *membership) start(m machine, d driver) {
	g.machine, g.driver = m, d
	g.outcomes, g.cancelAction = make(chan func()), func() {}
	g.publish()
	go g.run()
}

func (g *membership) run() {
	defer close(g.done)
	defer close(g.events)
	defer g.helpers.Wait()
	defer g.cancel()
	defer g.client.Metadata().AddListener(func(*cluster.Snapshot) { wake(g.metadata) })()
	g.timer = time.NewTimer(time.Hour)
	defer g.timer.Stop()
	for {
		g.advance()
		g.timer.Reset(time.Until(g.deadline()))
		offer, done := g.eventChannels()
		select {
		case <-g.closing:
			g.leaveForGood(g.closeCtx)
			return
		case command := <-g.commands:
			command()
		case offer <- g.machine.common().event:
			g.machine.eventDelivered()
		case <-done:
			g.machine.eventDone()
		case outcome := <-g.outcomes:
			outcome()
		case <-g.metadata:
			g.driver.onMetadata()
		case <-g.back:
			g.idle.Store(false)
			g.machine.polled()
		case <-g.timer.C:
			g.onTimer(time.Now())
		}
	}
}

// eventChannels returns the channel on which an event is to be sent, or the one
// that tells that the application is done with it; nil for what is not due.
func (g *membership) eventChannels() (offer chan<- *Event, done <-chan struct{}) {
	switch s := g.machine.common(); {
	case s.event == nil:
		return nil, nil
	case s.delivered:
		return nil, s.event.done
	}
	return g.events, nil
}

// advance begins what the member wants next, cuts short what it does not want
// any more, and publishes where it stands.
func (g *membership) advance() {
	s := g.machine.common()
	for {
		g.cutShort()
		action := g.machine.next()
		if action == doNothing {
			break
		}
		g.begin(action)
	}
	g.publish()
	if s.event != nil && s.event != g.told {
		g.told = s.event
		g.driver.logEvent(s.event)
	}
	if s.busy != doLeave && s.leaving == "" {
		for _, f := range g.onceLeft {
			f()
		}
		g.onceLeft = nil
	}
}

// cutShort cancels the action under way if the member has no use for it any
// more.
func (g *membership) cutShort() {
	if g.actionSeq != g.machine.common().seq {
		g.cancelAction()
		g.driver.cutShort()
	}
}

// begin starts an action; pause needs no goroutine.
func (g *membership) begin(a action) {
	s := g.machine.common()
	g.actionSeq = s.seq
	var ctx context.Context
	ctx, g.cancelAction = context.WithCancel(g.ctx)
	if a != doPause {
		g.driver.perform(ctx, a)
		return
	}
	failed := "joining the group failed"
	if g.machine.where() != Joining && g.machine.where() != Unjoined {
		failed = "heartbeat failed"
	}
	delay := g.backoff.Delay(s.failures)
	g.warn(failed, "error", s.err, "failures", s.failures, "retry_in", delay)
	g.pauseUntil = time.Now().Add(delay)
}

// help runs do in a goroutine, and then apply with what it returned in the
// membership's, unless the member has changed its mind meanwhile.
func help[T any](g *membership, do func() T, apply func(T)) {
	seq := g.machine.common().seq
	g.spawn(func() func() {
		outcome := do()
		return func() {
			if seq == g.machine.common().seq {
				apply(outcome)
			}
		}
	})
}

// spawn runs do in a goroutine, and then what it returned in the membership's.
func (g *membership) spawn(do func() func()) {
	g.helpers.Go(func() {
		outcome := do()
		select {
		case g.outcomes <- outcome:
		case <-g.ctx.Done():
		}
	})
}

// deadline returns when something must be done without being asked.
func (g *membership) deadline() time.Time {
	next := time.Now().Add(idleWait)
	at := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if g.machine.common().busy == doPause {
		at(g.pauseUntil)
	}
	g.driver.alarms(at)
	return next
}

// onTimer does what is due.
func (g *membership) onTimer(now time.Time) {
	due := func(t time.Time) bool { return !now.Before(t) }
	if g.machine.common().busy == doPause && due(g.pauseUntil) {
		g.machine.pauseOver()
	}
	g.driver.onTimer(due)
}

// idleAt is when the application must have polled.
func (g *membership) idleAt() time.Time { return g.polledAt().Add(g.maxIdle) }

// pollExpired leaves the group if the application has not come back this very
// moment: whoever sees idle set after it polled wakes the goroutine.
func (g *membership) pollExpired() {
	g.idle.Store(true)
	if time.Since(g.polledAt()) < g.maxIdle {
		g.idle.Store(false)
		return
	}
	g.machine.pollExpired(g.errPollInterval())
}

// publish lets the other goroutines see where the member stands.
func (g *membership) publish() {
	g.state.Store(int32(g.machine.where()))
	commits := g.machine.common().commits
	if old := g.generation.Load(); old == nil || *old != commits {
		g.generation.Store(&commits)
	}
}

// warnInterval is the time between two warnings of failures that pass.
const warnInterval = 10 * time.Second

// warn logs a failure that passes; at debug level if another was logged just
// before.
func (g *membership) warn(message string, args ...any) {
	level := slog.LevelDebug
	if now := time.Now(); now.Sub(g.warned) >= warnInterval {
		g.warned, level = now, slog.LevelWarn
	}
	g.log.Log(g.ctx, level, message, args...)
}

// leaveForGood ends the membership. Leaving is tried once, within ctx.
func (g *membership) leaveForGood(ctx context.Context) {
	s := g.machine.common()
	s.departure = g.departure
	g.machine.unsubscribe("the consumer is being closed")
	g.cutShort()
	defer g.publish()
	if s.leaving == "" && s.busy != doLeave {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(g.ctx, cancel)
	defer stop()
	g.log.Info("leaving the group", "reason", s.leaving)
	g.driver.farewell(ctx)
	g.machine.left()
}
