package coordinator

import (
	"context"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// patientBeats is how many intervals a heartbeat may take before its connection is
// given up, but no less than leastPatience: brokers end a session after nine
// intervals by default, and there shall be time for another try.
const (
	patientBeats  = 3
	leastPatience = 10 * time.Second
)

// A member that expects its first partitions sends expectBeats heartbeats in an
// interval, for expectFor intervals.
const (
	expectBeats = 10
	expectFor   = 2
)

// beat sends the member's heartbeat.
func (l *consumerLoop) beat(ctx context.Context) {
	req := l.m.heartbeat()
	if req.MemberEpoch == protocol.JoinMemberEpoch {
		l.log.Info("joining the group", "member", req.MemberID, "topics", len(req.SubscribedTopicNames), "pattern", l.m.wanted.pattern)
	}
	sent := time.Now()
	timeout := min(l.client.Config().RequestTimeout, max(patientBeats*l.interval, leastPatience))
	type outcome struct {
		resp *protocol.ConsumerGroupHeartbeatResponse
		err  error
	}
	help(l.membership, func() outcome {
		resp, err := l.ask(ctx, req, timeout)
		return outcome{resp, err}
	}, func(o outcome) { l.beaten(req, sent, o.resp, o.err) })
}

// beaten takes the outcome of a heartbeat.
func (l *consumerLoop) beaten(req *protocol.ConsumerGroupHeartbeatRequest, sent time.Time, resp *protocol.ConsumerGroupHeartbeatResponse, err error) {
	if err != nil {
		l.m.beatFailed(err)
		return
	}
	l.interval = max(time.Duration(resp.HeartbeatIntervalMs)*time.Millisecond, time.Millisecond)
	l.m.beaten(resp)
	l.name()
	joined := req.MemberEpoch == protocol.JoinMemberEpoch && l.m.epoch > 0
	if joined {
		l.joinedAt = sent
	}
	l.beatAt = sent.Add(l.wait())
	if joined {
		l.log.Info("joined the group", "member", l.m.id, "epoch", l.m.epoch, "heartbeat_interval", l.interval)
	}
}

// wait returns the time to the next heartbeat. A member that has joined and got
// nothing yet asks often for a while: others have to give up what it shall have,
// and brokers since Kafka 4.3 make assignments only so often
// (group.consumer.assignment.interval.ms).
func (l *consumerLoop) wait() time.Duration {
	if l.m.expecting() && time.Since(l.joinedAt) < expectFor*l.interval {
		return l.interval / expectBeats
	}
	return l.interval
}

// ask sends a heartbeat, one try. After timeout the connection is given up.
func (g *ConsumerGroup) ask(ctx context.Context, req *protocol.ConsumerGroupHeartbeatRequest, timeout time.Duration) (*protocol.ConsumerGroupHeartbeatResponse, error) {
	c, err := g.asker.Conn(ctx, cluster.UseCoordinator)
	var resp *protocol.ConsumerGroupHeartbeatResponse
	if err == nil {
		resp, err = beat[*protocol.ConsumerGroupHeartbeatResponse](ctx, g.asker, g.cfg.Meter, c, req, timeout)
	}
	if lacks(err, protocol.FindCoordinator, protocol.ConsumerGroupHeartbeat) {
		return nil, noConsumerGroups(err)
	}
	if err != nil {
		return nil, err
	}
	return resp, g.refusal(c, resp)
}

// refusal returns the error of an answer. Brokers before 4.0 have the first version
// of the API, but do not allow it.
func (g *ConsumerGroup) refusal(c *conn.Conn, resp *protocol.ConsumerGroupHeartbeatResponse) error {
	if resp.ErrorCode == protocol.ErrNone {
		return nil
	}
	if version, _ := c.Version(protocol.ConsumerGroupHeartbeat); version < 1 && resp.ErrorCode == protocol.ErrUnsupportedVersion {
		return fmt.Errorf("%w: %s", c.Lacks(protocolFeature, "4.0"), howToEnable)
	}
	g.asker.Learn(resp.ErrorCode)
	err := &protocol.BrokerError{Code: resp.ErrorCode, Broker: c.Addr(), API: protocol.ConsumerGroupHeartbeat, Partition: -1}
	if resp.ErrorMessage != nil {
		err.Message = *resp.ErrorMessage
	}
	return err
}

// leave tells the coordinator that the member leaves. Whatever the outcome, the
// member is out: without heartbeats the coordinator will notice.
func (l *consumerLoop) leave(ctx context.Context) {
	l.log.Info("leaving the group", "reason", l.m.leaving, "member", l.m.id)
	req := l.m.farewell()
	timeout := l.client.Config().RequestTimeout
	help(l.membership, func() error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		_, err := l.ask(ctx, req, 0)
		return err
	}, func(err error) {
		l.logLeave(err)
		l.m.left()
	})
}

func (l *consumerLoop) logLeave(err error) {
	if err != nil && protocol.CodeOf(err) != protocol.ErrUnknownMemberID {
		l.log.Warn("leaving the group failed; the coordinator will notice after the broker's group.consumer.session.timeout.ms", "error", err)
	}
}
