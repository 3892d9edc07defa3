package kafkabroker

import (
	"context"
	"errors"

	"github.com/barnabas-go/kafka/kafkatest"
)

// embedded is a cluster of kafkatest as a target.
type embedded struct {
	*kafkatest.Cluster
	nodes int
}

// startEmbedded starts one that creates topics on demand, as real brokers do.
func startEmbedded(config Config) (started, error) {
	if config.TLS || len(config.SASL) > 0 {
		return started{}, errors.New("kafkabroker: Config.TLS and Config.SASL are for real brokers; use kafkatest.TLS and kafkatest.SASL for the embedded one")
	}
	nodes := max(config.Nodes, 1)
	options := []kafkatest.Option{kafkatest.Brokers(nodes), kafkatest.AutoCreateTopics(1),
		kafkatest.BrokerConfig("group.consumer.heartbeat.interval.ms", consumerHeartbeats)}
	for name, value := range config.Properties {
		options = append(options, kafkatest.BrokerConfig(name, value))
	}
	c, err := kafkatest.New(options...)
	if err != nil {
		return started{}, err
	}
	return started{embedded{c, nodes}, func(bool) error { c.Close(); return nil }}, nil
}

func (embedded) Version() string { return Embedded }

func (e embedded) Nodes() []int32 {
	ids := make([]int32, e.nodes)
	for i := range ids {
		ids[i] = int32(i)
	}
	return ids
}

// Restart brings a node back at once; there is nothing to wait for.
func (e embedded) Restart(_ context.Context, node int32) error { return e.Cluster.Restart(node) }
