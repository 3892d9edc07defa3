package coordinator

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// consumerLoop is the goroutine of a ConsumerGroup: it drives the member.
type consumerLoop struct {
	*ConsumerGroup
	m *consumerMember

	outcomes chan func()    // of what other goroutines did
	helpers  sync.WaitGroup // those goroutines

	cancelAction context.CancelFunc // of the action under way
	actionSeq    int                // its consumerMember.seq
	pauseUntil   time.Time          // if the action is pause
	onceLeft     []func()           // waiting for the member to have left

	interval time.Duration // between heartbeats, as the coordinator wants it
	beatAt   time.Time     // when the next one is due
	joinedAt time.Time

	naming   bool      // names of topics are being asked for
	nameAt   time.Time // when they may be asked for again
	nameless int       // tries that did not find all, in a row

	timer  *time.Timer
	told   *Event    // the last one logged
	warned time.Time // when warn last warned
}

func newConsumerLoop(g *ConsumerGroup) *consumerLoop {
	return &consumerLoop{ConsumerGroup: g, m: newConsumerMember(g.cfg, newMemberID()), outcomes: make(chan func()), cancelAction: func() {}}
}

func (l *consumerLoop) run() {
	defer close(l.done)
	defer close(l.events)
	defer l.helpers.Wait()
	defer l.cancel()
	defer l.client.Metadata().AddListener(func(*cluster.Snapshot) { wake(l.metadata) })()
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
			command()
		case offer <- l.m.event:
			l.m.eventDelivered()
		case <-done:
			l.m.eventDone()
		case outcome := <-l.outcomes:
			outcome()
		case <-l.metadata:
			l.nameAt = time.Time{}
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
func (l *consumerLoop) eventChannels() (offer chan<- *Event, done <-chan struct{}) {
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
func (l *consumerLoop) advance() {
	l.name()
	for {
		if l.actionSeq != l.m.seq {
			l.cancelAction()
		}
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

// onLeft calls f once the member has left the group, if it is about to.
func (l *consumerLoop) onLeft(f func()) { l.onceLeft = append(l.onceLeft, f) }

// begin starts an action in a goroutine of its own; pause needs none.
func (l *consumerLoop) begin(a action) {
	l.actionSeq = l.m.seq
	var ctx context.Context
	ctx, l.cancelAction = context.WithCancel(l.ctx)
	switch a {
	case doPause:
		delay := l.backoff.Delay(l.m.failures)
		l.warn("a heartbeat of the group failed", "error", l.m.err, "failures", l.m.failures, "retry_in", delay)
		l.pauseUntil = time.Now().Add(delay)
	case doBeat:
		l.beat(ctx)
	case doLeave:
		l.leave(ctx)
	}
}

// spawn runs do in a goroutine, and then what it returned in the loop's.
func (l *consumerLoop) spawn(do func() func()) {
	l.helpers.Go(func() {
		outcome := do()
		select {
		case l.outcomes <- outcome:
		case <-l.ctx.Done():
		}
	})
}

// act is spawn for an action: its outcome counts only if the member has not
// changed its mind meanwhile.
func (l *consumerLoop) act(do func() func()) {
	seq := l.m.seq
	l.spawn(func() func() {
		outcome := do()
		return func() {
			if seq == l.m.seq {
				outcome()
			}
		}
	})
}

// deadline returns when the loop must do something by itself.
func (l *consumerLoop) deadline() time.Time {
	next := time.Now().Add(idleWait)
	earlier := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if l.m.busy == doPause {
		earlier(l.pauseUntil)
	}
	if !l.naming && len(l.m.unnamed()) > 0 {
		earlier(l.nameAt)
	}
	if l.m.epoch > 0 {
		earlier(l.polledAt().Add(l.cfg.RebalanceTimeout))
		if l.m.busy == doNothing {
			earlier(l.beatAt)
		}
	}
	return next
}

// onTimer does what is due.
func (l *consumerLoop) onTimer(now time.Time) {
	due := func(t time.Time) bool { return !now.Before(t) }
	if l.m.busy == doPause && due(l.pauseUntil) {
		l.m.pauseOver()
	}
	if l.m.epoch == 0 {
		return
	}
	switch {
	case due(l.polledAt().Add(l.cfg.RebalanceTimeout)):
		l.pollExpired()
	case l.m.busy == doNothing && due(l.beatAt):
		l.m.beatDue()
	}
}

// pollExpired leaves the group if the application has not come back this very
// moment: whoever sees idle set after it polled wakes the loop.
func (l *consumerLoop) pollExpired() {
	l.idle.Store(true)
	if time.Since(l.polledAt()) < l.cfg.RebalanceTimeout {
		l.idle.Store(false)
		return
	}
	l.m.pollExpired(l.errPollInterval())
}

// publish lets the other goroutines see where the member stands.
func (l *consumerLoop) publish() {
	l.state.Store(int32(l.m.state()))
	if old := l.generation.Load(); old == nil || *old != l.m.commits {
		commits := l.m.commits
		l.generation.Store(&commits)
	}
}

// warn logs a failure that passes; at debug level if another was logged just
// before.
func (l *consumerLoop) warn(message string, args ...any) {
	level := slog.LevelDebug
	if now := time.Now(); now.Sub(l.warned) >= warnInterval {
		l.warned, level = now, slog.LevelWarn
	}
	l.log.Log(l.ctx, level, message, args...)
}

func (l *consumerLoop) logEvent() {
	ev := l.m.event
	if ev == nil || ev == l.told {
		return
	}
	l.told = ev
	switch ev.Kind {
	case Revoke:
		l.log.Info("partitions are revoked", "partitions", ev.Partitions, "epoch", l.m.epoch)
	case Assign:
		l.log.Info("partitions are assigned", "partitions", ev.Partitions, "epoch", l.m.epoch)
	case Lost:
		l.log.Warn("the membership is lost", "error", ev.Err, "partitions", len(ev.Partitions))
	case Failed:
		l.log.Error("the membership has failed", "error", ev.Err)
	}
}

// name finds names for the topics of the target: in the metadata that are there,
// else by asking a broker.
func (l *consumerLoop) name() {
	unnamed := l.m.unnamed()
	if len(unnamed) == 0 {
		l.nameless = 0
		return
	}
	names := make(map[wire.UUID]string)
	snapshot := l.client.Metadata().Snapshot()
	for _, id := range unnamed {
		if topic, ok := snapshot.TopicByID(id); ok {
			names[id] = topic.Name
		}
	}
	l.m.learn(names)
	if len(names) == len(unnamed) || l.naming || time.Now().Before(l.nameAt) {
		return
	}
	l.naming = true
	l.nameless++
	ids := l.m.unnamed()
	ctx, cancel := context.WithTimeout(l.ctx, l.client.Config().RequestTimeout)
	l.spawn(func() func() {
		defer cancel()
		names, err := l.askNames(ctx, ids)
		return func() {
			l.naming = false
			l.nameAt = time.Now().Add(l.backoff.Delay(l.nameless))
			l.m.learn(names)
			if rest := l.m.unnamed(); len(rest) > 0 {
				l.warn("topics of the assignment are not known yet", "topic_ids", rest, "error", err)
			}
		}
	})
}

// askNames asks any broker for the names of topics. Those that it does not know,
// it may know later, or they were deleted.
func (l *consumerLoop) askNames(ctx context.Context, ids []wire.UUID) (map[wire.UUID]string, error) {
	req := &protocol.MetadataRequest{Topics: make([]protocol.MetadataRequestTopic, len(ids))}
	for i, id := range ids {
		req.Topics[i].TopicID = id
	}
	resp, err := l.client.DoAny(ctx, req)
	if err != nil {
		return nil, err
	}
	names := make(map[wire.UUID]string, len(ids))
	for _, t := range resp.(*protocol.MetadataResponse).Topics {
		switch {
		case t.ErrorCode != protocol.ErrNone:
			err = t.ErrorCode
		case t.Name != nil:
			names[t.TopicID] = *t.Name
		}
	}
	return names, err
}
