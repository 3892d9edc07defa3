package integration

import (
	"errors"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/barnabas-go/kafka/record"
)

// TestCommitOfTopicCreatedAnew commits what was read of a topic after that was
// deleted and created anew, which the client does not know yet. Brokers that know topics by their ids
// refuse it, and a consumer that starts then misses nothing; with others a name is
// all that there is.
func TestCommitOfTopicCreatedAnew(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, createTopics) {
			return
		}
		topic := newTopic(t, target, 1)
		c := &commitCase{t, target, cluster.TopicPartition{Topic: topic}, kafkabroker.UniqueName(t), byClassicProtocol}
		client, send := clientsThatCreateNothing(t, target)
		send(numbered(topic, 100)...)
		_, err := client.WaitTopic(soon(t), topic)
		must(t, err)
		own := coordinator.NewOffsets(client, c.groupID, nil)
		read := map[cluster.TopicPartition]consumer.OffsetAndMetadata{c.tp: {Offset: 40, LeaderEpoch: -1}}
		must(t, own.Commit(soon(t), read))
		id := func() wire.UUID { known, _ := client.Metadata().Snapshot().Topic(topic); return known.ID }
		for heard := true; heard; { // of the new topic by a refresh of metadata, before the commit
			before := id()
			recreateTopic(t, target, topic)
			send(numbered(topic, 100)...)
			err = own.Commit(soon(t), read)
			heard = err == nil && id() != before
		}
		offset, committed := c.committed()
		if !knowsTopicIDs(t, target) {
			if err != nil || offset.Offset != 40 {
				t.Errorf("committed %v: %v", offset, err)
			}
			return
		}
		if !errors.Is(err, protocol.ErrUnknownTopicID) || committed {
			t.Errorf("committed %v, %v: %v", offset, committed, err)
		}
		c.read(c.consumer(manually, most(10)), 0, 10)
	})
}

// clientsThatCreateNothing returns a client, and a function that sends records: none
// of them has the brokers create a topic again that was deleted.
func clientsThatCreateNothing(t *testing.T, target kafkabroker.Target) (client *cluster.Client, sends func(...record.Record)) {
	t.Helper()
	cfg := clusterConfig(t, target)
	cfg.DisableAutoTopicCreation = true
	client, err := cluster.NewClient(cfg)
	must(t, err)
	closeAtEnd(t, client.Close)
	return client, func(records ...record.Record) {
		send(t, newProducer(t, target, func(p *producer.Config) { p.DisableAutoTopicCreation = true }), records...)
	}
}

// knowsTopicIDs tells whether the brokers take commits by topic ids.
func knowsTopicIDs(t *testing.T, target kafkabroker.Target) bool {
	client := newClient(t, target)
	must(t, client.Bootstrap(soon(t)))
	node, _ := client.LeastLoadedNode()
	c, err := client.Conn(soon(t), node, cluster.UseGeneral)
	must(t, err)
	version, _ := c.Version(protocol.OffsetCommit)
	if _, real := target.(*kafkabroker.Cluster); real && version >= 10 != can(target, offsetsByTopicID) {
		t.Errorf("OffsetCommit is of version %d", version)
	}
	return version >= 10
}

// recreateTopic deletes a topic of one partition and creates it again.
func recreateTopic(t *testing.T, target kafkabroker.Target, name string) {
	t.Helper()
	client := newClient(t, target)
	resp, err := client.DoController(soon(t), &protocol.DeleteTopicsRequest{
		TimeoutMs: 30_000, Topics: []protocol.DeleteTopicsRequestTopic{{Name: &name}},
	})
	must(t, err)
	if code := resp.(*protocol.DeleteTopicsResponse).Responses[0].ErrorCode; code != protocol.ErrNone {
		t.Fatal(code)
	}
	createTopic(t, target, name, 1)
}
