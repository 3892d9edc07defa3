package coordinator

import (
	"context"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// consumerLoop is what the goroutine of a ConsumerGroup does of the consumer
// protocol.
type consumerLoop struct {
	*ConsumerGroup

	interval time.Duration // between heartbeats, as the coordinator wants it
	beatAt   time.Time     // when the next one is due
	joinedAt time.Time

	naming   bool      // names of topics are being asked for
	nameAt   time.Time // when they may be asked for again
	nameless int       // tries that did not find all, in a row
}

func (l *consumerLoop) perform(ctx context.Context, a action) {
	switch a {
	case doBeat:
		l.beat(ctx)
	case doLeave:
		l.leave(ctx)
	}
}

func (l *consumerLoop) cutShort() {}

func (l *consumerLoop) alarms(at func(time.Time)) {
	if !l.naming && len(l.m.unnamed()) > 0 {
		at(l.nameAt)
	}
	if l.m.epoch > 0 {
		at(l.idleAt())
		if l.m.busy == doNothing {
			at(l.beatAt)
		}
	}
}

func (l *consumerLoop) onTimer(due func(time.Time) bool) {
	l.name()
	switch {
	case l.m.epoch == 0:
	case due(l.idleAt()):
		l.pollExpired()
	case l.m.busy == doNothing && due(l.beatAt):
		l.m.beatDue()
	}
}

func (l *consumerLoop) onMetadata() {
	l.nameAt = time.Time{}
	l.name()
}

func (l *consumerLoop) logEvent(ev *Event) {
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

func (l *consumerLoop) farewell(ctx context.Context) {
	_, err := l.ask(ctx, l.m.farewell(), 0)
	l.logLeave(err)
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
