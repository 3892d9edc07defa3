package coordinator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

const (
	// joinGrace is what a JoinGroup may take longer than the coordinator waits
	// for the other members.
	joinGrace = 5 * time.Second
	// maxReason is the longest reason that brokers accept, in bytes.
	maxReason = 255
)

// join sends JoinGroup, which the coordinator holds until it has all members.
func (l *loop) join(ctx context.Context) {
	l.log.Info("joining the group", "reason", l.m.joinedBy, "member", l.m.memberID, "topics", len(l.m.joinTopics))
	req, err := l.joinRequest()
	if err != nil {
		l.m.joinFailed(err, "")
		return
	}
	timeout := max(l.cfg.RebalanceTimeout+joinGrace, l.client.Config().RequestTimeout)
	begun := time.Now()
	askPatiently(l, ctx, req, timeout, func(c *conn.Conn, resp *protocol.JoinGroupResponse, err error) {
		if lacks(err, protocol.FindCoordinator, protocol.JoinGroup) {
			err = noGroups(err)
		}
		if err != nil {
			l.m.joinFailed(err, "")
			return
		}
		if err := l.asker.Check(c, req.APIKey(), resp.ErrorCode); err != nil {
			if resp.ErrorCode == protocol.ErrInvalidSessionTimeout && l.shortenSession(c) {
				err = temporary{err}
			}
			l.m.joinFailed(l.refusal(err), resp.MemberID)
			return
		}
		l.held = false
		l.cfg.Meter.Joined(time.Since(begun))
		l.alive()
		l.m.joined(resp)
		l.log.Info("joined the group", "generation", l.m.generation, "member", l.m.memberID, "assignor", l.m.protocol, "leader", l.m.leader)
	})
}

// noGroups is the error of a broker without groups.
func noGroups(err error) error {
	var u *conn.UnsupportedError
	errors.As(err, &u)
	return &conn.FeatureError{Feature: "groups that share partitions (Subscribe with GroupID)", Since: "0.9", Broker: u.Broker}
}

// refusal adds to the coordinator's refusal to let the member join what it has
// asked for.
func (l *loop) refusal(err error) error {
	if coordination.Retriable(err) {
		return err
	}
	names := make([]string, len(l.cfg.Assignors))
	for i, a := range l.cfg.Assignors {
		names[i] = a.Name()
	}
	return fmt.Errorf("join group %s with session timeout %v and assignors %s: %w",
		l.cfg.GroupID, l.sessionTimeout(), strings.Join(names, ","), err)
}

// joinRequest returns the request that tells the member's subscription, once
// for each assignor.
func (l *loop) joinRequest() (*protocol.JoinGroupRequest, error) {
	req := &protocol.JoinGroupRequest{
		GroupID:            l.cfg.GroupID,
		SessionTimeoutMs:   int32(l.sessionTimeout().Milliseconds()),
		RebalanceTimeoutMs: int32(l.cfg.RebalanceTimeout.Milliseconds()),
		MemberID:           l.m.memberID,
		GroupInstanceID:    optional(l.cfg.InstanceID),
		ProtocolType:       consumerProtocol,
		Reason:             optional(truncate(l.m.joinedBy, maxReason)),
	}
	owned := groupByTopic(l.m.claimed)
	for _, a := range l.cfg.Assignors {
		metadata, err := protocol.EncodeConsumerSubscription(&protocol.ConsumerSubscription{
			Topics:          l.m.joinTopics,
			UserData:        a.UserData(l.m.joinTopics),
			OwnedPartitions: owned,
			GenerationID:    l.m.commits.ID,
			RackID:          optional(l.cfg.Rack),
		}, protocol.ConsumerProtocolVersion)
		if err != nil {
			return nil, permanent{err}
		}
		req.Protocols = append(req.Protocols, protocol.JoinGroupRequestProtocol{Name: a.Name(), Metadata: metadata})
	}
	return req, nil
}

// groupByTopic returns sorted partitions by topic.
func groupByTopic(sorted []cluster.TopicPartition) []protocol.TopicPartitions {
	var list []protocol.TopicPartitions
	for _, tp := range sorted {
		if n := len(list); n == 0 || list[n-1].Topic != tp.Topic {
			list = append(list, protocol.TopicPartitions{Topic: tp.Topic})
		}
		last := &list[len(list)-1]
		last.Partitions = append(last.Partitions, tp.Partition)
	}
	return list
}

// sync sends SyncGroup, which the coordinator holds until the leader's came; that
// carries what each member gets.
func (l *loop) sync(ctx context.Context) {
	req := &protocol.SyncGroupRequest{
		GroupID:         l.cfg.GroupID,
		GenerationID:    l.m.generation,
		MemberID:        l.m.memberID,
		GroupInstanceID: optional(l.cfg.InstanceID),
		ProtocolType:    optional(consumerProtocol),
		ProtocolName:    optional(l.m.protocol),
		Assignments:     l.m.shares,
	}
	begun := time.Now()
	askPatiently(l, ctx, req, 0, func(c *conn.Conn, resp *protocol.SyncGroupResponse, err error) {
		if err == nil {
			err = l.asker.Check(c, req.APIKey(), resp.ErrorCode)
		}
		var assignment *protocol.ConsumerAssignment
		if err == nil {
			assignment, err = readAssignment(c, req, resp)
		}
		if err != nil {
			l.m.syncFailed(err)
			return
		}
		l.cfg.Meter.Synced(time.Since(begun))
		l.alive()
		l.assigned(assignment)
	})
}

// readAssignment returns the assignment in a SyncGroup response.
func readAssignment(c *conn.Conn, req *protocol.SyncGroupRequest, resp *protocol.SyncGroupResponse) (*protocol.ConsumerAssignment, error) {
	if t, p := resp.ProtocolType, resp.ProtocolName; t != nil && *t != consumerProtocol || p != nil && *p != *req.ProtocolName {
		return nil, permanent{fmt.Errorf("broker %s assigned by another protocol than the member has joined with", c.Addr())}
	}
	if len(resp.Assignment) == 0 { // of a leader that left this member out
		return &protocol.ConsumerAssignment{}, nil
	}
	assignment, err := protocol.DecodeConsumerAssignment(resp.Assignment)
	if err != nil {
		return nil, fmt.Errorf("the group's leader made an assignment that cannot be read: %w", err)
	}
	return assignment, nil
}

// assigned takes the member's assignment.
func (l *loop) assigned(a *protocol.ConsumerAssignment) {
	share := assignors.Assignment{Partitions: partitionsOf(a.AssignedPartitions), UserData: a.UserData}
	var partitions []cluster.TopicPartition
	for topic, numbers := range share.Partitions {
		if !slices.Contains(l.m.joinTopics, topic) {
			l.m.fail(fmt.Errorf("the group's leader assigned topic %s, to which this member has not subscribed: its assignor %q (partition.assignment.strategy) is at fault",
				topic, l.m.protocol))
			return
		}
		for _, p := range numbers {
			partitions = append(partitions, cluster.TopicPartition{Topic: topic, Partition: p})
		}
	}
	partitions = sortedPartitions(slices.Values(partitions))
	if assignor := l.assignor(l.m.protocol); assignor != nil {
		assignor.OnAssignment(share, l.m.generation, l.m.memberID)
	}
	l.m.synced(partitions)
}

func partitionsOf(list []protocol.TopicPartitions) assignors.Partitions {
	partitions := make(assignors.Partitions, len(list))
	for _, t := range list {
		partitions[t.Topic] = append(partitions[t.Topic], t.Partitions...)
	}
	return partitions
}

// leave sends LeaveGroup. Whatever the outcome, the member is out: without
// heartbeats the coordinator will notice.
func (l *loop) leave(ctx context.Context) {
	l.log.Info("leaving the group", "reason", l.m.leaving, "member", l.m.leaver)
	id, reason, held := l.m.leaver, l.m.leaving, l.held
	timeout := l.client.Config().RequestTimeout
	help(l.membership, func() error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return l.leaveGroup(ctx, id, reason, held)
	}, func(err error) {
		l.logLeave(err)
		l.m.left()
	})
}

// leaveGroup sends LeaveGroup, one try. While the coordinator holds a request
// of the usual connection, it does not read on there: held makes this take
// another.
func (g *Group) leaveGroup(ctx context.Context, id, reason string, held bool) error {
	use := cluster.UseCoordinator
	if held {
		use = cluster.UseGeneral
	}
	c, err := g.asker.Conn(ctx, use)
	if err != nil {
		return err
	}
	req := &protocol.LeaveGroupRequest{
		GroupID: g.cfg.GroupID,
		Members: []protocol.LeaveGroupRequestMember{{MemberID: id, Reason: optional(truncate(reason, maxReason))}},
	}
	resp, err := coordination.Ask[*protocol.LeaveGroupResponse](ctx, g.asker, c, req, 0)
	if err != nil {
		return err
	}
	for _, m := range resp.Members {
		if err := g.asker.Check(c, req.APIKey(), m.ErrorCode); err != nil {
			return err
		}
	}
	return g.asker.Check(c, req.APIKey(), resp.ErrorCode)
}

func (l *loop) logLeave(err error) {
	if err != nil && protocol.CodeOf(err) != protocol.ErrUnknownMemberID {
		l.log.Warn("leaving the group failed; the coordinator will notice after SessionTimeout (session.timeout.ms)",
			"error", err, "session_timeout", l.sessionTimeout())
	}
}

// permanent is an error that no retry helps with.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }
func (permanent) Retriable() bool { return false }

// truncate cuts s to n bytes at most, not within a character.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
