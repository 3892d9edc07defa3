package coordinator

import (
	"iter"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// topicIDs are the ids of topics, by their names. An offset that is committed by
// the id cannot be taken for one in a topic of the same name that was created after
// the topic was deleted, as brokers do since Kafka 4.1. Where the metadata lack an id,
// or the broker is older, all goes by names.
type topicIDs map[string]wire.UUID

// topicIDs returns the ids that topics have now.
func (o *Offsets) topicIDs(partitions iter.Seq[cluster.TopicPartition]) topicIDs {
	ids := make(topicIDs)
	snapshot := o.client.Metadata().Snapshot()
	for tp := range partitions {
		if t, ok := snapshot.Topic(tp.Topic); ok {
			ids[tp.Topic] = t.ID
		}
	}
	return ids
}

// name returns the name of a topic in an answer, which may have the id only.
func (ids topicIDs) name(name string, id wire.UUID) string {
	if name != "" || id.IsZero() {
		return name
	}
	for topic, known := range ids {
		if known == id {
			return topic
		}
	}
	return ""
}

// unknownID handles that the coordinator does not know the id of a topic: it may
// only be later than others to know a new one. It returns false if the topic has
// another id now, or none: then it was deleted.
func (o *Offsets) unknownID(topic string, id wire.UUID) (wait bool) {
	o.client.RequestUpdate()
	t, known := o.client.Metadata().Snapshot().Topic(topic)
	return known && t.ID == id && t.Err != protocol.ErrUnknownTopicOrPartition
}
