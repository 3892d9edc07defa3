package chaos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

const (
	// groupRate is how many records a second and partition a group has to handle.
	groupRate = 500
	// resumeWithin is how soon after a fault each partition must be read again.
	resumeWithin = 10 * time.Second
	// metadataMaxAge is how soon a group knows of new partitions.
	metadataMaxAge = 15 * time.Second
)

// consumerFaults each break something that a group depends on, and mend it again,
// before the sessions of members end. So no record may come again that is committed,
// unless the group's offsets are what is broken.
var consumerFaults = []struct {
	name   string
	happen func(ctx context.Context, s *scene) error
	where  place
	since  []int
	alter  func(*group)
}{
	{"leader killed", killLeader, everywhere, nil, nil},
	{"connections cut", resetConnections, inCI, nil, nil},
	{"partitions added", addPartitions, inCI, nil, nil},
	{"group deleted", deleteGroup, everywhere, []int{1, 1}, againAllowed},
	{"topic recreated", recreateTopic, inCI, nil, againAllowed},
	{"leader silent", silence(20 * time.Second), inCI, nil, nil},
	{"coordinator killed", killCoordinator, inCI, nil, nil},
	{"leaders moved", moveLeaders, inCI, []int{2, 4}, nil},
	{"rolling restart", restartAll, inCI, nil, nil},
	{"coordinator silent", silenceCoordinator, onDemand, nil, nil},
	{"requests to a node held", hold(kafkatest.Requests), onDemand, nil, nil},
	{"responses of a node held", hold(kafkatest.Responses), onDemand, nil, nil},
	{"slow node", slowNode, onDemand, nil, nil},
	{"all nodes down for 20 s", allDown(20 * time.Second), onDemand, nil, nil},
}

// place tells where a fault is tried.
type place int

const (
	everywhere place = iota
	inCI             // on real brokers
	onDemand         // on real brokers, with CHAOS_MODES
)

func (p place) tried(target kafkabroker.Target) bool {
	return p == everywhere || target.Version() != kafkabroker.Embedded && (p == inCI || os.Getenv("CHAOS_MODES") != "")
}

// TestConsumerFaults has one fault after the other come over a group of two members
// at work, which commit what they have handled, for each kind of membership. Each
// record that is in the log at the end must have been handled, and soon after the
// fault each partition must be read again.
func TestConsumerFaults(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.FaultyTarget) {
		for i, fault := range consumerFaults {
			if !fault.where.tried(target) || !atLeast(target, fault.since...) {
				continue
			}
			for _, m := range membershipsFor(t, target, i) {
				if !t.Run(fault.name+", "+m.name, func(t *testing.T) { endure(t, target, m, fault.happen, fault.alter) }) {
					return // the cluster may still be broken
				}
			}
		}
	})
}

// againAllowed is for faults that offsets do not outlive.
func againAllowed(g *group) { g.again = true }

// endure has a fault come over a group, that alter may have made another one.
func endure(t *testing.T, target kafkabroker.FaultyTarget, m membership, happen func(context.Context, *scene) error, alter func(*group)) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	direct := cluster.Config{BootstrapServers: target.BootstrapServers(), DisableAutoTopicCreation: true}
	s := newScene(t, ctx, target, direct)
	defer s.client.Close(ctx)
	s.addTopic(t, ctx, direct)
	proxied := direct
	proxied.Dialer, proxied.MetadataMaxAge = s.proxy, metadataMaxAge
	s.group = newGroup(t, proxied, m, s.topic)
	if alter != nil {
		alter(s.group)
	}
	s.load = startLoad(t, direct, s.topic, groupRate)
	s.group.start(ctx)
	s.run(t, ctx, direct, happen)
}

// run has a fault come over the group once it is at work, and looks at what
// becomes of it.
func (s *scene) run(t *testing.T, ctx context.Context, direct cluster.Config, happen func(context.Context, *scene) error) {
	unwatch := s.group.watch(ctx, direct)
	defer func() {
		s.group.end()
		if err := unwatch(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.group.awaitProgress(ctx, partitions); err != nil {
		t.Error(err)
	} else if err := happen(ctx, s); err != nil {
		t.Error(err)
	} else if took, err := s.group.awaitProgress(ctx, partitions); err != nil || took > resumeWithin {
		t.Errorf("after the fault each partition was read again after %v: %v", took, err)
	} else {
		t.Logf("after the fault each partition was read again within %v", took.Round(time.Millisecond))
	}
	expected := sum(s.load.finish(ctx))
	if t.Failed() {
		return
	}
	if s.load.lossy.Load() || s.load.recreated.Load() {
		expected = 0
	}
	if err := s.group.check(ctx, direct, expected); err != nil {
		t.Error(err)
	}
}

func (s *scene) coordinator(ctx context.Context) (int32, error) {
	s.client.ForgetCoordinator(cluster.GroupCoordinator, s.group.cfg.GroupID)
	return s.client.Coordinator(ctx, cluster.GroupCoordinator, s.group.cfg.GroupID)
}

func killCoordinator(ctx context.Context, s *scene) error {
	node, err := s.coordinator(ctx)
	if err != nil {
		return err
	}
	if err := s.target.Kill(node); err != nil {
		return err
	}
	if err := pass(ctx, 15*time.Second); err != nil {
		return err
	}
	return s.target.Restart(ctx, node)
}

func silenceCoordinator(ctx context.Context, s *scene) error {
	node, err := s.coordinator(ctx)
	if err != nil {
		return err
	}
	if err := s.target.Pause(node); err != nil {
		return err
	}
	if err := pass(ctx, 20*time.Second); err != nil {
		return err
	}
	return s.target.Resume(node)
}

// deleteGroup deletes the group when its members have left: they begin anew.
func deleteGroup(ctx context.Context, s *scene) error {
	s.group.end()
	name := s.group.cfg.GroupID
	if err := s.removeStatic(ctx); err != nil {
		return err
	}
	resp, err := s.client.DoCoordinator(ctx, cluster.GroupCoordinator, name, &protocol.DeleteGroupsRequest{GroupsNames: []string{name}})
	if err != nil {
		return err
	}
	for _, r := range resp.(*protocol.DeleteGroupsResponse).Results {
		if r.ErrorCode != protocol.ErrNone {
			return fmt.Errorf("delete group %s: %w", name, r.ErrorCode)
		}
	}
	s.group.start(ctx)
	return nil
}

// removeStatic removes the static members that have left, and stay in the group
// until their sessions end.
func (s *scene) removeStatic(ctx context.Context) error {
	req := &protocol.LeaveGroupRequest{GroupID: s.group.cfg.GroupID}
	for n := range groupMembers {
		if cfg := s.group.config(n); cfg.GroupInstanceID != "" {
			req.Members = append(req.Members, protocol.LeaveGroupRequestMember{GroupInstanceID: &cfg.GroupInstanceID})
		}
	}
	if len(req.Members) == 0 {
		return nil
	}
	resp, err := s.client.DoCoordinator(ctx, cluster.GroupCoordinator, req.GroupID, req)
	if err != nil {
		return err
	}
	for _, m := range resp.(*protocol.LeaveGroupResponse).Members {
		if m.ErrorCode != protocol.ErrNone {
			return fmt.Errorf("remove member %s: %w", *m.GroupInstanceID, m.ErrorCode)
		}
	}
	return nil
}

// recreateTopic deletes the topic and creates it again, with some offsets behind
// it: members that start at offsets of the deleted one notice if these are beyond
// the end.
func recreateTopic(ctx context.Context, s *scene) error {
	s.load.recreated.Store(true)
	if err := s.load.awaitMore(ctx, 10*groupRate); err != nil {
		return err
	}
	if err := deleteTopic(ctx, s.client, s.topic); err != nil {
		return err
	}
	if err := pass(ctx, time.Second); err != nil {
		return err
	}
	if err := createAgain(ctx, s.client, s.topic); err != nil {
		return err
	}
	return s.load.awaitMore(ctx, 1)
}

// addPartitions adds some that get one record each, and waits until that is
// handled: members have the new partitions once they know of them.
func addPartitions(ctx context.Context, s *scene) error {
	const added = 3
	resp, err := s.client.DoController(ctx, &protocol.CreatePartitionsRequest{
		TimeoutMs: 30_000, Topics: []protocol.CreatePartitionsRequestTopic{{Name: s.topic, Count: partitions + added}},
	})
	if err != nil {
		return err
	}
	for _, r := range resp.(*protocol.CreatePartitionsResponse).Results {
		if r.ErrorCode != protocol.ErrNone {
			return fmt.Errorf("add partitions to %s: %w", r.Name, r.ErrorCode)
		}
	}
	p, err := producer.New(producer.Config{Config: s.client.Config()})
	if err != nil {
		return err
	}
	defer p.Close(ctx)
	for n := range int32(added) {
		if err := sendFirst(ctx, p, cluster.TopicPartition{Topic: s.topic, Partition: partitions + n}); err != nil {
			return fmt.Errorf("to the new partition %d: %w", partitions+n, err)
		}
	}
	for n := range int32(added) {
		for !s.group.has(partitions+n, 0) {
			if err := pass(ctx, 10*time.Millisecond); err != nil {
				return fmt.Errorf("the record of the new partition %d: %w", partitions+n, err)
			}
		}
	}
	return nil
}

// sendFirst sends the first record of a new partition, which some brokers learn of
// later than others.
func sendFirst(ctx context.Context, p *producer.Producer, tp cluster.TopicPartition) error {
	rec := record.Record{Topic: tp.Topic, Value: binary.BigEndian.AppendUint64(nil, 0)}
	for {
		f, err := p.SendTo(ctx, tp.Partition, rec)
		var unknown *producer.UnknownPartitionError
		switch {
		case err == nil:
			_, err = f.Get(ctx)
			return err
		case !errors.As(err, &unknown):
			return err
		}
		if err := pass(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}
