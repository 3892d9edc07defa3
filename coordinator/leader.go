package coordinator

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/protocol"
)

// division is what the leader makes of the group.
type division struct {
	shares []protocol.SyncGroupRequestAssignment
	counts map[string]int // partitions of each topic that somebody subscribed to
	err    error
}

// divide runs the assignor.
func (l *loop) divide(ctx context.Context) {
	members, skip := l.members(), l.m.skipAssign
	assignor, name := l.assignor(l.m.protocol), l.m.protocol
	help(l.membership, func() division {
		if assignor == nil {
			return division{err: permanent{fmt.Errorf("the coordinator chose the assignor %q, which this member did not offer", name)}}
		}
		return l.divideAmong(ctx, assignor, members, skip)
	}, func(d division) {
		if d.err != nil {
			l.m.divideFailed(d.err)
			return
		}
		l.m.divided(d.shares, d.counts)
	})
}

// members returns what the members told when they joined. One whose
// subscription cannot be read gets nothing, so that it does not stop the others.
func (l *loop) members() []assignors.Member {
	members := make([]assignors.Member, 0, len(l.m.members))
	for _, m := range l.m.members {
		member := assignors.Member{ID: m.MemberID, Generation: -1}
		if m.GroupInstanceID != nil {
			member.InstanceID = *m.GroupInstanceID
		}
		s, err := protocol.DecodeConsumerSubscription(m.Metadata)
		if err != nil {
			l.log.Warn("a member of the group gets no partitions: its subscription cannot be read", "member", m.MemberID, "error", err)
		} else {
			member.Topics, member.UserData = s.Topics, s.UserData
			member.Owned, member.Generation = partitionsOf(s.OwnedPartitions), s.GenerationID
			if s.RackID != nil {
				member.Rack = *s.RackID
			}
		}
		members = append(members, member)
	}
	return members
}

// divideAmong assigns the partitions that the topics have now. If skip is set,
// the group keeps its assignment and the leader only watches the topics.
func (g *Group) divideAmong(ctx context.Context, a assignors.Assignor, members []assignors.Member, skip bool) division {
	topics, err := g.topics(ctx, members)
	if err != nil {
		return division{err: fmt.Errorf("the leader cannot assign: %w", err)}
	}
	d := division{counts: make(map[string]int)}
	for _, t := range topics {
		d.counts[t.Name] = len(t.Partitions)
	}
	if skip {
		return d
	}
	topics = slices.DeleteFunc(topics, func(t assignors.Topic) bool { return len(t.Partitions) == 0 })
	assignments, err := a.Assign(topics, members)
	if err != nil {
		return division{err: permanent{fmt.Errorf("assignor %s (partition.assignment.strategy) failed: %w", a.Name(), err)}}
	}
	if g.cfg.cooperative() {
		if err := handedOver(a, members, assignments); err != nil {
			return division{err: permanent{err}}
		}
	}
	d.shares, d.err = encodeShares(members, assignments)
	return d
}

// handedOver checks that an assignor of the application's obeys the cooperative
// protocol: nobody gets what another member still has.
func handedOver(a assignors.Assignor, members []assignors.Member, assignments map[string]assignors.Assignment) error {
	if a.Name() == assignors.CooperativeSticky().Name() {
		return nil // which knows more: whose claim is an old one
	}
	owner := make(map[cluster.TopicPartition]string)
	for i := range members {
		for topic, numbers := range members[i].Owned {
			for _, p := range numbers {
				owner[cluster.TopicPartition{Topic: topic, Partition: p}] = members[i].ID
			}
		}
	}
	for id, assignment := range assignments {
		for topic, numbers := range assignment.Partitions {
			for _, p := range numbers {
				tp := cluster.TopicPartition{Topic: topic, Partition: p}
				if was, owned := owner[tp]; owned && was != id {
					return fmt.Errorf("assignor %s (partition.assignment.strategy) gives %s to %s, though %s has it: under the %v protocol it must be left out until that member has given it up",
						a.Name(), tp, id, was, assignors.CooperativeProtocol)
				}
			}
		}
	}
	return nil
}

// topics returns all topics that members subscribed to, sorted, with the
// partitions of fresh metadata; topics that do not exist have none.
func (g *Group) topics(ctx context.Context, members []assignors.Member) ([]assignors.Topic, error) {
	names := make(map[string]struct{})
	for i := range members {
		for _, topic := range members[i].Topics {
			names[topic] = struct{}{}
		}
	}
	sorted := slices.Sorted(maps.Keys(names))
	g.client.AddTopics(sorted...)
	if !g.fresh(sorted) {
		if err := g.client.Refresh(ctx); err != nil {
			return nil, fmt.Errorf("no fresh metadata of the group's topics: %w", err)
		}
	}
	snapshot := g.client.Metadata().Snapshot()
	topics := make([]assignors.Topic, 0, len(sorted))
	for _, name := range sorted {
		topics = append(topics, topicOf(snapshot, name))
	}
	return topics, nil
}

// fresh tells whether the topics are known by metadata of just now, for which the
// client would not ask again before its back-off is over. A member that joins has
// looked up its topics before; to wait would have the whole group wait.
func (g *Group) fresh(topics []string) bool {
	metadata := g.client.Metadata()
	age, known := metadata.Age(), metadata.Snapshot()
	return age < g.client.Config().RetryBackoff && !slices.ContainsFunc(topics, func(name string) bool {
		topic, ok := known.Topic(name)
		return !ok || topic.Err != protocol.ErrNone
	})
}

func topicOf(s *cluster.Snapshot, name string) assignors.Topic {
	topic := assignors.Topic{Name: name}
	known, ok := s.Topic(name)
	if !ok {
		return topic
	}
	for _, p := range known.Partitions {
		partition := assignors.Partition{Partition: p.Partition}
		for _, replica := range p.Replicas {
			if node, ok := s.Node(replica); ok && node.Rack != "" {
				partition.Racks = append(partition.Racks, node.Rack)
			}
		}
		topic.Partitions = append(topic.Partitions, partition)
	}
	return topic
}

// encodeShares returns the assignment of each member, in the members' order.
func encodeShares(members []assignors.Member, assignments map[string]assignors.Assignment) ([]protocol.SyncGroupRequestAssignment, error) {
	shares := make([]protocol.SyncGroupRequestAssignment, 0, len(members))
	for i := range members {
		assignment := assignments[members[i].ID]
		message := protocol.ConsumerAssignment{UserData: assignment.UserData}
		for _, topic := range slices.Sorted(maps.Keys(assignment.Partitions)) {
			message.AssignedPartitions = append(message.AssignedPartitions,
				protocol.TopicPartitions{Topic: topic, Partitions: assignment.Partitions[topic]})
		}
		encoded, err := protocol.EncodeConsumerAssignment(&message, protocol.ConsumerProtocolVersion)
		if err != nil {
			return nil, permanent{err}
		}
		shares = append(shares, protocol.SyncGroupRequestAssignment{MemberID: members[i].ID, Assignment: encoded})
	}
	return shares, nil
}

// checkCounts has the leader rejoin if topics have gained or lost partitions. A
// topic that the brokers cannot tell of right now is left alone; one that others
// have struck off the client's list is put back.
func (l *loop) checkCounts() {
	snapshot := l.client.Metadata().Snapshot()
	var missing []string
	l.m.countsChanged(func(topic string) (int, bool) {
		known, ok := snapshot.Topic(topic)
		if !ok {
			missing = append(missing, topic)
			return 0, false
		}
		return len(known.Partitions), known.Err == protocol.ErrNone || known.Err == protocol.ErrUnknownTopicOrPartition
	})
	if len(missing) > 0 {
		l.client.AddTopics(missing...)
	}
}
