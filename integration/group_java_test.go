package integration

import (
	"context"
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// TestGroupWithJava has members of the Java client and of ours in one group, by an
// assignor of each rebalance protocol, with either as the leader: they share
// evenly, no member loses partitions or fails, and each record comes once.
func TestGroupWithJava(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		brokers, ok := target.(*kafkabroker.Cluster)
		if !ok || !brokers.AtLeast(2, 4) { // whose jars have the client of KIP-429
			return
		}
		for _, assignor := range []assignors.Assignor{assignors.Range(), assignors.CooperativeSticky()} {
			for _, oursLeads := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, we lead: %v", assignor.Name(), oursLeads), func(t *testing.T) {
					t.Parallel()
					testGroupWithJava(t, brokers, assignor, oursLeads)
				})
			}
		}
	})
}

func testGroupWithJava(t *testing.T, brokers *kafkabroker.Cluster, assignor assignors.Assignor, oursLeads bool) {
	const partitions = 6
	topic := newTopic(t, brokers, partitions)
	all := partitionsOf(topic, partitions)
	groupID := kafkabroker.UniqueName(t)
	javas := map[string]string{"range": "org.apache.kafka.clients.consumer.RangeAssignor",
		"cooperative-sticky": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"}
	var l ledger
	joinOurs := func() assignee {
		return join(t, brokers, groupID, topic, &l, func(cfg *consumer.Config) {
			cfg.Assignors = []assignors.Assignor{assignor}
			cfg.RebalanceListener.Lost = func(_ context.Context, _ *consumer.Consumer, lost []consumer.TopicPartition) {
				t.Errorf("our member lost %v", lost)
			}
		})
	}
	joinTheirs := func() assignee {
		return joinJava(t, brokers, groupID, []string{topic}, &l, "heartbeat.interval.ms=100", "partition.assignment.strategy="+javas[assignor.Name()])
	}
	joins := []func() assignee{joinOurs, joinTheirs, joinOurs}
	if !oursLeads {
		joins = []func() assignee{joinTheirs, joinOurs, joinTheirs}
	}
	p := newProducer(t, brokers)
	var sent []producer.Metadata
	more := func() { sent = append(sent, send(t, p, numbered(topic, 200)...)...) }
	var members []assignee
	for _, join := range joins {
		members = append(members, join())
		more()
		eventually(t, toolPatience, func() error { return shared(all, members...) })
		more()
	}
	for len(members) > 0 { // the leader first
		switch m := members[0].(type) {
		case *member:
			m.leave(t)
		case *javaMember:
			m.leave()
		}
		members = members[1:]
		if len(members) > 0 {
			eventually(t, patience, func() error { return shared(all, members...) })
			more()
			eventually(t, patience, func() error { return l.missing(sent) })
		}
	}
	l.checkOnce(t, sent)
}
