package protocol

import "github.com/barnabas-go/kafka/protocol/wire"

// StreamsKeyValue is a client tag, or the config of a topic, of a streams group
// (KIP-1071).
type StreamsKeyValue struct {
	Key   string
	Value string
}

func (k *StreamsKeyValue) code(c *wire.Coder) {
	c.String(&k.Key)
	c.String(&k.Value)
	c.Tags()
}

// StreamsTopic is a topic of Kafka Streams' own that a subtopology needs.
type StreamsTopic struct {
	Name string
	// Partitions is how many it must have, 0 for any number.
	Partitions int32
	// ReplicationFactor is how many replicas it must have, 0 for the default.
	ReplicationFactor int16
	// TopicConfigs are its configs.
	TopicConfigs []StreamsKeyValue
}

func (t *StreamsTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32(&t.Partitions)
	c.Int16(&t.ReplicationFactor)
	wire.Array(c, &t.TopicConfigs, (*StreamsKeyValue).code)
	c.Tags()
}

// StreamsTasks are the tasks of a subtopology, one per partition of its input.
type StreamsTasks struct {
	SubtopologyID string
	// Partitions are their indexes.
	Partitions []int32
}

func (t *StreamsTasks) code(c *wire.Coder) {
	c.String(&t.SubtopologyID)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// StreamsTaskOffset is how far the changelogs of a task have been read.
type StreamsTaskOffset struct {
	SubtopologyID string
	Partition     int32
	// Offset is the sum over the task's changelogs.
	Offset int64
}

func (o *StreamsTaskOffset) code(c *wire.Coder) {
	c.String(&o.SubtopologyID)
	c.Int32(&o.Partition)
	c.Int64(&o.Offset)
	c.Tags()
}

// StreamsEndpoint is where a member answers interactive queries.
type StreamsEndpoint struct {
	Host string
	Port uint16
}

func (e *StreamsEndpoint) code(c *wire.Coder) {
	c.String(&e.Host)
	c.Uint16(&e.Port)
	c.Tags()
}
