package integration

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

// noticeSoon has a cluster give up on a node that is silent after a few seconds.
var noticeSoon = map[string]string{
	"broker.session.timeout.ms":    "4000", // KRaft
	"zookeeper.session.timeout.ms": "4000",
}

// recovery is how long records may stay away after a fault: what the cluster
// takes to notice it, and then the clients.
const recovery = time.Minute

// TestFaults breaks nodes of a cluster of three while records are produced and
// consumed by a group. Each record comes, in order, and soon.
func TestFaults(t *testing.T) {
	forEachNew(t, kafkabroker.Config{Nodes: 3, Properties: noticeSoon}, func(t *testing.T, target kafkabroker.FaultyTarget) {
		for _, fault := range []struct {
			name     string
			inject   func(*traffic)
			protocol func(*consumer.Config)
		}{
			{"leader paused", pauseLeader, byClassicProtocol},
			{"leader killed", killLeader, byClassicProtocol},
			{"coordinator replaced, consumer protocol", replaceCoordinator, byConsumerProtocol},
			{"coordinator killed", killCoordinator, byClassicProtocol},
		} {
			switch {
			case fault.name == "coordinator killed" && !can(target, groups),
				fault.name == "leader paused" && !can(target, outlivesPause),
				strings.HasSuffix(fault.name, "consumer protocol") && !can(target, consumerProtocol):
				continue
			}
			ok := t.Run(fault.name, func(t *testing.T) {
				tr := startTraffic(t, target, fault.protocol)
				tr.waitForNews("the start")
				fault.inject(tr)
				tr.finish()
			})
			if !ok {
				return // the cluster may still be broken
			}
		}
	})
}

func killLeader(tr *traffic) {
	leader := tr.leader(0)
	must(tr.t, tr.target.Kill(leader))
	tr.waitForNews("a leader was killed")
	must(tr.t, tr.target.Restart(within(tr.t, time.Minute), leader))
	tr.waitForNews("it was started again")
}

// replaceCoordinator is killCoordinator, but the node comes back.
func replaceCoordinator(tr *traffic) {
	coordinator, err := tr.client.Coordinator(soon(tr.t), cluster.GroupCoordinator, tr.topic)
	must(tr.t, err)
	killCoordinator(tr)
	must(tr.t, tr.target.Restart(within(tr.t, time.Minute), coordinator))
	tr.waitForNews("it was started again")
}

// killCoordinator kills the coordinator of the group, which stays away.
func killCoordinator(tr *traffic) {
	coordinator, err := tr.client.Coordinator(soon(tr.t), cluster.GroupCoordinator, tr.topic)
	must(tr.t, err)
	must(tr.t, tr.target.Kill(coordinator))
	tr.waitForNews("the coordinator was killed")
	for _, m := range tr.members { // more than once, if the group has had to rebalance
		eventually(tr.t, recovery, func() error { return m.Commit(soon(tr.t)) })
	}
	if !can(tr.target, apiVersions) { // else franz-go, which has a look at the end, takes REPLICA_NOT_AVAILABLE for no leader
		must(tr.t, tr.target.Restart(within(tr.t, time.Minute), coordinator))
	}
}

func pauseLeader(tr *traffic) {
	leader := tr.leader(0)
	must(tr.t, tr.target.Pause(leader))
	tr.replace(leader)
	tr.waitForNews("a leader was paused")
	must(tr.t, tr.target.Resume(leader))
	tr.waitForNews("it was resumed")
}

// replace moves what a node leads and coordinates, where the cluster does not do
// so by itself once the node is silent: the embedded one does not.
func (tr *traffic) replace(node int32) {
	tr.t.Helper()
	mover, ok := tr.target.(interface {
		MoveLeader(topic string, partition, node int32) error
		MoveCoordinator(id string, node int32) error
		Coordinator(id string) (int32, error)
	})
	if !ok {
		return
	}
	nodes := tr.target.Nodes()
	next := nodes[(slices.Index(nodes, node)+1)%len(nodes)]
	for n := range int32(trafficPartitions) {
		if tr.leader(n) == node {
			must(tr.t, mover.MoveLeader(tr.topic, n, next))
		}
	}
	coordinator, err := mover.Coordinator(tr.topic)
	must(tr.t, err)
	if coordinator == node {
		must(tr.t, mover.MoveCoordinator(tr.topic, next))
	}
}

// leader is the node that leads a partition now.
func (tr *traffic) leader(partition int32) int32 {
	tr.t.Helper()
	must(tr.t, tr.client.Refresh(soon(tr.t)))
	node, _, ok := tr.client.Metadata().Snapshot().Leader(cluster.TopicPartition{Topic: tr.topic, Partition: partition})
	if !ok {
		tr.t.Fatalf("%s-%d has no leader", tr.topic, partition)
	}
	return node
}
